"""A form posted twice records once: each form carries a one-time key."""

from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.models import FormKey


class KeyReused(Exception):
    """The same key came with another body."""


def body_hash(fields: list[tuple[str, str]]) -> str:
    """What a form said, as one hash."""
    return sha256(repr(sorted(fields)).encode()).hexdigest()


def answer_of(session: Session, *, programme_id: int, key: str, body: str) -> str | None:
    """Where a form that was recorded before led to. Raises `KeyReused` where it said something else."""
    query = select(FormKey).where(FormKey.programme_id == programme_id, FormKey.key == key)
    used = session.scalars(query).one_or_none()
    if used is None:
        return None
    if used.body_hash != body:
        raise KeyReused(key)
    return used.answer


def keep(session: Session, *, actor: Actor, programme_id: int, key: str, body: str, answer: str) -> None:
    """Remember that this form was recorded, and where it led to."""
    session.add(
        FormKey(programme_id=programme_id, key=key, body_hash=body, answer=answer, used_at_utc=actor.at_utc)
    )
    session.flush()
