"""The audit trail, read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from tracker.domain.chain import START, ChainEntry, chain_hash
from tracker.models import Attachment, AuditEntry, Caretaker, Contact, DonorMerge, Note, Refund, Statement

KEPT_WITH: Final[dict[str, tuple[tuple[Any, str], ...]]] = {
    "donor": (
        *((table, "donor_id") for table in (Contact, Note, Attachment, Caretaker, Statement)),
        *((DonorMerge, column) for column in ("donor_id", "into_id")),
    ),
    "pledge": tuple((table, "pledge_id") for table in (Note, Attachment, Caretaker)),
    "receipt": ((Refund, "receipt_id"), (Attachment, "receipt_id")),
}
"""What belongs to a record and is told with its life: tables, and the column that says so."""


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
    return _read(session, programme_id, [(row.entity == entity) & (row.entity_id == entity_id)])


def life(session: Session, programme_id: int, entity: str, entity_id: int) -> list[ChainEntry]:
    """The life of one record and of what is kept with it (contacts, notes, files, refunds), newest first."""
    row = AuditEntry
    own = (row.entity == entity) & (row.entity_id == entity_id)
    with_it = [
        (row.entity == table.__tablename__)
        & row.entity_id.in_(select(table.id).where(getattr(table, column) == entity_id))
        for table, column in KEPT_WITH.get(entity, ())
    ]
    return _read(session, programme_id, [or_(own, *with_it)])


@dataclass(frozen=True, slots=True)
class Asked:
    """A part of the trail. Moments are UTC, `until_utc` excluded; `before` is an entry's number."""

    entities: Sequence[str]
    actor: str = ""
    since_utc: datetime | None = None
    until_utc: datetime | None = None
    before: int | None = None


def changes(session: Session, programme_id: int, asked: Asked, most: int) -> list[ChainEntry]:
    """The newest entries of a part of the trail. Walks back from the end, so that it stays quick."""
    row = AuditEntry
    wanted: list[ColumnElement[bool]] = [row.entity.in_(asked.entities)]
    if asked.actor:
        wanted.append(row.actor == asked.actor)
    if asked.since_utc is not None:
        wanted.append(row.at_utc >= asked.since_utc)
    if asked.until_utc is not None:
        wanted.append(row.at_utc < asked.until_utc)
    if asked.before is not None:
        wanted.append(row.seq < asked.before)
    return _read(session, programme_id, wanted, most)


def actors(session: Session, programme_id: int) -> list[str]:
    """Everybody who has recorded something."""
    row = AuditEntry
    query = select(row.actor).where(row.programme_id == programme_id).distinct()
    return sorted(session.scalars(query))


def _read(
    session: Session, programme_id: int, wanted: Iterable[ColumnElement[bool]], most: int | None = None
) -> list[ChainEntry]:
    row = AuditEntry
    columns = [getattr(row, name) for name in ChainEntry._fields]
    query = select(*columns).where(row.programme_id == programme_id, *wanted).order_by(row.seq.desc())
    return [ChainEntry(*facts) for facts in session.execute(query.limit(most))]


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
