"""What a stored record is beside its content: its row, and the version an edit has to name."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from tracker.domain.register import KINDS, Kind
from tracker.models import Donor, Pledge, Rate, Receipt, Refund
from tracker.queries.records import KEYED, Keyed

_KEYS = {
    "donors": Donor.code,
    "pledges": Pledge.reference,
    "receipts": Receipt.reference,
    "refunds": Refund.reference,
}
_ROWS: dict[Kind, type[Donor | Pledge | Receipt | Refund]] = {
    "donors": Donor,
    "pledges": Pledge,
    "receipts": Receipt,
    "refunds": Refund,
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A record's row: its table and id for the audit trail, and its version."""

    table: str
    id: int
    version: int


def stamp_of(session: Session, programme_id: int, kind: Kind, key: str) -> Stamp | None:
    """The stamp of a live donor, pledge, receipt or refund; None where there is none."""
    return _stamp(session, programme_id, kind, key, voided=False)


def stamp_of_voided(session: Session, programme_id: int, kind: Kind, key: str) -> Stamp | None:
    """The stamp of a voided record; None where there is none."""
    return _stamp(session, programme_id, kind, key, voided=True)


def _stamp(session: Session, programme_id: int, kind: Kind, key: str, *, voided: bool) -> Stamp | None:
    row = _ROWS[kind]
    state = row.voided_at_utc.is_not(None) if voided else row.voided_at_utc.is_(None)
    query = select(row.id, row.version).where(row.programme_id == programme_id, _KEYS[kind] == key, state)
    found = session.execute(query).first()
    return Stamp(row.__tablename__, found[0], found[1]) if found else None


def keys_by_id(session: Session, programme_id: int, kind: Kind) -> dict[int, str]:
    """Codes or references by stored id, voided records too: what the audit trail's ids mean."""
    row = _ROWS[kind]
    found = session.execute(select(row.id, _KEYS[kind]).where(row.programme_id == programme_id))
    return {row[0]: row[1] for row in found}


@dataclass(frozen=True, slots=True)
class Life:
    """A record, voided or not, as its history's page needs it."""

    table: str
    id: int
    key: str
    voided_at_utc: datetime | None
    void_reason: str


def life_of(session: Session, programme_id: int, kind: str, key: str) -> Life | None:
    """A donor, pledge, receipt, refund or rate (`EUR 2026-03-01`), voided or not, or None."""
    found = next((known for known in KINDS if known == kind), None)
    if found is None or "\0" in key:
        return None
    row = KEYED[found]
    query = select(row).where(row.programme_id == programme_id, _has_key(found, key))
    record = cast(Keyed | None, session.scalars(query).one_or_none())
    if record is None:
        return None
    return Life(record.__tablename__, record.id, key, record.voided_at_utc, record.void_reason)


def _has_key(kind: Kind, key: str) -> ColumnElement[bool]:
    if kind != "rates":
        return _KEYS[kind] == key
    currency, _blank, day = key.partition(" ")
    try:
        return (Rate.currency == currency) & (Rate.effective_on == date.fromisoformat(day))
    except ValueError:
        return false()
