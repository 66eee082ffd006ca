"""Mappings kept under a name: what the columns of somebody's table mean, as TOML texts."""

import tomllib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.models import AuditEntry, ImportMapping, Upload

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class StoredMapping:
    """A mapping as it stands."""

    id: int
    version: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Use:
    """How a mapping came to stand as it does, and when a file was last recorded with it.

    `recorded_at_utc` is None where none was.
    """

    changed_by: str
    changed_at_utc: datetime
    recorded_at_utc: datetime | None


def mappings(session: Session, programme_id: int) -> dict[str, StoredMapping]:
    """Every live mapping, by its name, in the order of the names."""
    row = ImportMapping
    query = select(row).where(row.programme_id == programme_id, row.voided_at_utc.is_(None))
    found = sorted(session.scalars(query), key=lambda one: one.name.casefold())
    return {one.name: StoredMapping(one.id, one.version, one.name, one.text) for one in found}


def mapping(session: Session, programme_id: int, id_: int) -> StoredMapping | None:
    """One live mapping, or None."""
    if id_ > LARGEST_ID:
        return None
    found = mappings(session, programme_id).values()
    return next((one for one in found if one.id == id_), None)


def uses(session: Session, programme_id: int) -> dict[int, Use]:
    """What became of every live mapping, by its id."""
    entry, recorded = AuditEntry, _recorded(session, programme_id)
    query = select(entry.entity_id, entry.actor, entry.at_utc).where(
        entry.programme_id == programme_id, entry.entity == ImportMapping.__tablename__
    )
    last = {id_: (who, when) for id_, who, when in session.execute(query.order_by(entry.seq))}
    return {
        one.id: Use(*last[one.id], recorded.get(one.name)) for one in mappings(session, programme_id).values()
    }


def _recorded(session: Session, programme_id: int) -> dict[str, datetime]:
    """When a file was last recorded with a mapping, by the mapping's name."""
    row = Upload
    query = select(row.mapping, row.closed_at_utc).where(
        row.programme_id == programme_id, row.state == "recorded", row.mapping != ""
    )
    found: dict[str, datetime] = {}
    for text, closed_at_utc in session.execute(query.order_by(row.closed_at_utc)):
        name = name_in(text)
        if name and closed_at_utc is not None:
            found[name] = closed_at_utc
    return found


def name_in(text: str) -> str:
    """The name that a mapping's text gives itself; '' where it gives none.

    >>> name_in('name = "CERF"'), name_in("not TOML"), name_in("name = 3")
    ('CERF', '', '')
    """
    try:
        name = tomllib.loads(text).get("name", "")
    except (ValueError, RecursionError):
        return ""
    return name if isinstance(name, str) else ""
