"""The audit trail, written: one entry a change, in the transaction of the change, chained by hash."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tracker.domain.chain import ChainEntry, chain_hash
from tracker.domain.permissions import Actor
from tracker.models import AuditEntry, Programme
from tracker.queries.rows import Row, row_text
from tracker.queries.trail import newest


@dataclass(frozen=True, slots=True)
class Change:
    """One row changed: `before` None where it is new."""

    action: str
    entity: str
    entity_id: int
    reference: str
    before: Row | None
    after: Row | None


def append(session: Session, *, actor: Actor, programme_id: int, changes: Sequence[Change]) -> None:
    """Add an entry for each change, in order. Writers of one programme wait for each other here."""
    if not changes:
        return
    session.execute(select(Programme.id).where(Programme.id == programme_id).with_for_update())
    seq, digest = newest(session, programme_id)
    rows = []
    for change in changes:
        seq += 1
        entry = ChainEntry(
            seq,
            actor.at_utc,
            actor.name,
            change.action,
            change.entity,
            change.entity_id,
            change.reference,
            None if change.before is None else row_text(change.before),
            None if change.after is None else row_text(change.after),
            actor.request_id,
        )
        digest = chain_hash(digest, entry)
        rows.append({"programme_id": programme_id, "hash": digest, **entry._asdict()})
    session.execute(insert(AuditEntry), rows)
