"""Open sessions, kept alive by use."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.models import LoginSession
from tracker.services.users import token_hash


def touch(session: Session, *, actor: Actor, token: str) -> None:
    """Remember that a session was used now. One that has ended stays ended."""
    used = update(LoginSession).where(
        LoginSession.token_hash == token_hash(token), LoginSession.ended_at_utc.is_(None)
    )
    session.execute(used.values(seen_at_utc=actor.at_utc))
