"""Logins, read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.vocabulary import Role
from tracker.models import Donor, LoginSession, User
from tracker.queries.stamps import Stamp

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who has signed in, or may. `donor` is the code of the donor a donor's login belongs to."""

    email: str
    name: str
    role: Role
    donor: str | None
    disabled: bool
    has_password: bool
    programme_id: int


def login_of_session(session: Session, token_hash: str, now: datetime) -> tuple[Login, datetime] | None:
    """Whose open session this is, and when it was last seen; None where it ended or grew too old."""
    query = select(User, Donor.code, LoginSession.seen_at_utc).join(
        LoginSession, LoginSession.user_id == User.id
    )
    query = query.outerjoin(Donor, Donor.id == User.donor_id).where(
        LoginSession.token_hash == token_hash,
        LoginSession.ended_at_utc.is_(None),
        LoginSession.started_at_utc > now - LONGEST,
        LoginSession.seen_at_utc > now - IDLE,
        User.disabled_at_utc.is_(None),
    )
    row = session.execute(query).first()
    return (_login(row[0], row[1]), row[2]) if row else None


def list_users(session: Session, programme_id: int) -> list[Login]:
    """Every login, by address."""
    query = select(User, Donor.code).outerjoin(Donor, Donor.id == User.donor_id)
    query = query.where(User.programme_id == programme_id).order_by(User.email)
    return [_login(user, donor) for user, donor in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Seat:
    """A login on the administrators' list: its row, and when it was last used (UTC; None: never)."""

    login: Login
    stamp: Stamp
    donor_name: str
    seen_at_utc: datetime | None

    @property
    def state(self) -> str:
        """`active`, `waiting` for its first password, or `disabled`."""
        if self.login.disabled:
            return "disabled"
        return "active" if self.login.has_password else "waiting"


def seats(session: Session, programme_id: int) -> list[Seat]:
    """Every login with its row and its last use, by address."""
    last = select(LoginSession.user_id, func.max(LoginSession.seen_at_utc).label("seen_at_utc"))
    seen = last.where(LoginSession.programme_id == programme_id).group_by(LoginSession.user_id).subquery()
    query = select(User, Donor.code, Donor.name, seen.c.seen_at_utc)
    query = query.outerjoin(Donor, Donor.id == User.donor_id).outerjoin(seen, seen.c.user_id == User.id)
    rows = session.execute(query.where(User.programme_id == programme_id).order_by(User.email))
    return [
        Seat(_login(user, code), Stamp(User.__tablename__, user.id, user.version), name or "", seen_at)
        for user, code, name, seen_at in rows
    ]


def _login(user: User, donor: str | None) -> Login:
    role: Role = user.role  # type: ignore[assignment]
    disabled, has_password = user.disabled_at_utc is not None, bool(user.password_hash)
    return Login(user.email, user.name, role, donor, disabled, has_password, user.programme_id)
