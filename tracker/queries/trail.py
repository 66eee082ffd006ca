"""The audit trail, read."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.chain import START, ChainEntry, chain_hash
from tracker.models import AuditEntry


def newest(session: Session, programme_id: int) -> tuple[int, str]:
    """Number and hash of the newest entry; (0, zeros) where there is none."""
    query = select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.programme_id == programme_id)
    row = session.execute(query.order_by(AuditEntry.seq.desc()).limit(1)).first()
    return (row[0], row[1]) if row else (0, START)


def hash_of(session: Session, programme_id: int, seq: int) -> str | None:
    """The stored hash of one entry, or None where there is no such entry."""
    row = AuditEntry
    return session.scalar(select(row.hash).where(row.programme_id == programme_id, row.seq == seq))


def anchor_text(session: Session, programme_id: int) -> str:
    """The newest entry as papers print it: `N:HASH`."""
    number, digest = newest(session, programme_id)
    return f"{number}:{digest}"


def entries(session: Session, programme_id: int) -> Iterator[tuple[ChainEntry, str]]:
    """Every entry with its stored hash, oldest first."""
    row = AuditEntry
    columns = (
        row.seq,
        row.at_utc,
        row.actor,
        row.action,
        row.entity,
        row.entity_id,
        row.reference,
        row.before,
        row.after,
        row.request_id,
        row.hash,
    )
    query = select(*columns).where(row.programme_id == programme_id).order_by(row.seq)
    with session.execute(query.execution_options(yield_per=2000)) as found:
        for *facts, digest in found:
            yield ChainEntry(*facts), digest


def history(session: Session, programme_id: int, entity: str, entity_id: int) -> list[ChainEntry]:
    """The life of one record, newest first."""
    row = AuditEntry
    query = select(row).where(
        row.programme_id == programme_id, row.entity == entity, row.entity_id == entity_id
    )
    return [
        ChainEntry(
            e.seq,
            e.at_utc,
            e.actor,
            e.action,
            e.entity,
            e.entity_id,
            e.reference,
            e.before,
            e.after,
            e.request_id,
        )
        for e in session.scalars(query.order_by(row.seq.desc()))
    ]


def chain_breaks(session: Session, programme_id: int) -> Iterator[str]:
    """The first entry that is missing or does not carry its hash; nothing where the chain holds."""
    expected, digest = 1, START
    for entry, stored in entries(session, programme_id):
        if entry.seq != expected:
            yield f"entry {expected} is missing"
            return
        digest = chain_hash(digest, entry)
        if digest != stored:
            yield f"entry {entry.seq} ({entry.action} {entry.entity} {entry.reference}) was changed"
            return
        expected += 1
