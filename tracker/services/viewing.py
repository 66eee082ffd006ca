"""An officer views as a donor: one session's view is another's, read-only, and the audit trail says so.

The entries stand under the donor with its whole row before and after, which viewing does not change. A
session that ends otherwise (age, a disabled login) leaves no entry of its own: the view ended with it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tracker.domain.permissions import Actor, allowed
from tracker.models import Donor, LoginSession, User
from tracker.queries.rows import row_of
from tracker.services import audit
from tracker.services.audit import Change
from tracker.services.users import token_hash


def start(session: Session, *, actor: Actor, token: str, code: str) -> None:
    """Let an open session see what a donor sees. Raises `LookupError` where there is no such donor.

    Raises `PermissionError` where the session is not of somebody who may view as a donor.
    """
    opened = _opened(session, token)
    role = session.scalar(select(User.role).where(User.id == opened.user_id)) if opened else None
    if opened is None or role is None or not allowed(role, "view_as"):  # type: ignore[arg-type]
        raise PermissionError(actor.name)
    query = select(Donor.id).where(
        Donor.programme_id == opened.programme_id, Donor.code == code, Donor.voided_at_utc.is_(None)
    )
    donor_id = session.scalar(query)
    if donor_id is None:
        raise LookupError(code)
    stop(session, actor=actor, token=token)
    opened.viewed_donor_id = donor_id
    _note(session, actor, "view_as", donor_id)


def stop(session: Session, *, actor: Actor, token: str) -> str | None:
    """Give an open session its own view back: the code of the donor it saw, None where it saw none."""
    opened = _opened(session, token)
    if opened is None or opened.viewed_donor_id is None:
        return None
    donor_id, opened.viewed_donor_id = opened.viewed_donor_id, None
    return _note(session, actor, "stop_viewing", donor_id)


def _opened(session: Session, token: str) -> LoginSession | None:
    query = select(LoginSession).where(
        LoginSession.token_hash == token_hash(token), LoginSession.ended_at_utc.is_(None)
    )
    return session.scalars(query.with_for_update()).one_or_none()


def _note(session: Session, actor: Actor, action: str, donor_id: int) -> str:
    session.flush()
    donor = session.scalars(
        select(Donor).where(Donor.id == donor_id).options(selectinload(Donor.aliases))
    ).one()
    row = row_of(donor)
    change = Change(action, Donor.__tablename__, donor.id, donor.code, row, row)
    audit.append(session, actor=actor, programme_id=donor.programme_id, changes=[change])
    return donor.code
