"""What a stored record is beside its content: its row, and the version an edit has to name."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.register import Kind
from tracker.models import Donor, Pledge, Receipt

_KEYS = {"donors": Donor.code, "pledges": Pledge.reference, "receipts": Receipt.reference}
_ROWS: dict[Kind, type[Donor | Pledge | Receipt]] = {
    "donors": Donor,
    "pledges": Pledge,
    "receipts": Receipt,
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A record's row: its table and id for the audit trail, and its version."""

    table: str
    id: int
    version: int


def stamp_of(session: Session, programme_id: int, kind: Kind, key: str) -> Stamp | None:
    """The stamp of a live donor, pledge or receipt; None where there is none."""
    row = _ROWS[kind]
    query = select(row.id, row.version).where(
        row.programme_id == programme_id, _KEYS[kind] == key, row.voided_at_utc.is_(None)
    )
    found = session.execute(query).first()
    return Stamp(row.__tablename__, found[0], found[1]) if found else None


def keys_by_id(session: Session, programme_id: int, kind: Kind) -> dict[int, str]:
    """Codes or references by stored id, voided records too: what the audit trail's ids mean."""
    row = _ROWS[kind]
    found = session.execute(select(row.id, _KEYS[kind]).where(row.programme_id == programme_id))
    return {row[0]: row[1] for row in found}
