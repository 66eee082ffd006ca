"""Signing in, step by step: the password first, then the second factor where there is one or has to be.

Between the steps the browser holds a token that opens nothing but the next step, once, for ten minutes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.models import SecondFactor, SignInStep, User
from tracker.queries.users import normal_email
from tracker.services import passwords
from tracker.services.tokens import new_token, token_hash

STEP_LIFE: Final = timedelta(minutes=10)
Next = Literal["open", "code", "set_up"]


@dataclass(frozen=True, slots=True)
class Proven:
    """Somebody whose password fits. `next` is what is still asked: nothing, a code, or to set codes up."""

    user_id: int
    email: str
    next: Next
    stored: str = ""


def prove(
    session: Session, *, programme_id: int, email: str, password: str, factor_roles: Collection[str] = ()
) -> Proven | None:
    """Whose password this is, or None. Takes as long for an unknown address as for a known one.

    It only reads: no write waits while a password is tried.
    """
    query = select(User).where(User.programme_id == programme_id, User.email == normal_email(email))
    user = session.scalars(query).one_or_none()
    if not passwords.fits(user.password_hash if user else "", password) or user is None:
        return None
    if user.disabled_at_utc is not None:
        return None
    return Proven(user.id, user.email, _next(session, user, factor_roles), user.password_hash)


def _next(session: Session, user: User, factor_roles: Collection[str]) -> Next:
    query = select(SecondFactor.id).where(SecondFactor.user_id == user.id, SecondFactor.secret != "")
    if session.scalar(query) is not None:
        return "code"
    return "set_up" if user.role in factor_roles else "open"


def rehash(session: Session, *, proven: Proven, password: str) -> None:
    """Hash the password anew where hashing has grown dearer. The same password, so no new row version."""
    if passwords.outgrown(proven.stored):
        kept = update(User).where(User.id == proven.user_id, User.password_hash == proven.stored)
        session.execute(kept.values(password_hash=passwords.hash_of(password)))


def begin_step(session: Session, *, actor: Actor, programme_id: int, user_id: int) -> str:
    """The password fitted: a token for the next step; older ones of this login end."""
    older = update(SignInStep).where(SignInStep.user_id == user_id, SignInStep.ended_at_utc.is_(None))
    session.execute(older.values(ended_at_utc=actor.at_utc))
    token = new_token()
    step = SignInStep(
        programme_id=programme_id, user_id=user_id, token_hash=token_hash(token), started_at_utc=actor.at_utc
    )
    session.add(step)
    session.flush()
    return token


def step_of(
    session: Session, *, token: str, now: datetime, factor_roles: Collection[str] = ()
) -> Proven | None:
    """Whose half-done sign-in this is; None where it ended, grew too old or was never begun."""
    query = select(User).join(SignInStep, SignInStep.user_id == User.id)
    query = query.where(
        SignInStep.token_hash == token_hash(token),
        SignInStep.ended_at_utc.is_(None),
        SignInStep.started_at_utc > now - STEP_LIFE,
        User.disabled_at_utc.is_(None),
    )
    user = session.scalars(query).one_or_none()
    return Proven(user.id, user.email, _next(session, user, factor_roles)) if user else None


def end_step(session: Session, *, actor: Actor, token: str) -> bool:
    """Use a half-done sign-in up. False where it ended before: two at once, and this one lost."""
    ended = update(SignInStep).where(
        SignInStep.token_hash == token_hash(token), SignInStep.ended_at_utc.is_(None)
    )
    found = session.scalars(ended.values(ended_at_utc=actor.at_utc).returning(SignInStep.id))
    return found.one_or_none() is not None
