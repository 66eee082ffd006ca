"""Donors that were merged: which, into whom, what went over, and what two donors have before they are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.entries import DonorEntry
from tracker.models import (
    Attachment,
    Caretaker,
    Contact,
    Donor,
    DonorAlias,
    DonorMerge,
    Note,
    Pledge,
    Receipt,
    Statement,
)
from tracker.queries import records
from tracker.queries.users import list_users

Belonging = Pledge | Receipt | Contact | Note | Attachment | Caretaker
BELONGING: tuple[type[Belonging], ...] = (Pledge, Receipt, Contact, Note, Attachment, Caretaker)
"""What belongs to a donor and goes over. Issued statements are frozen and stay; logins stay as well."""


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge. `moved` is table to row ids, `aliases` the names gained; `undone_at_utc` None: it holds."""

    id: int
    version: int
    donor: str
    into: str
    reason: str
    moved: Mapping[str, tuple[int, ...]]
    aliases: tuple[str, ...]
    merged_at_utc: datetime
    merged_by: str
    undone_at_utc: datetime | None
    undone_by: str
    undo_reason: str

    @property
    def holds(self) -> bool:
        """Whether it was not undone."""
        return self.undone_at_utc is None


def merges(session: Session, programme_id: int) -> list[Merge]:
    """Every merge, the newest first, those that were undone too."""
    into = aliased(Donor)
    query = select(DonorMerge, Donor.code, into.code).join(Donor, Donor.id == DonorMerge.donor_id)
    query = query.join(into, into.id == DonorMerge.into_id).where(DonorMerge.programme_id == programme_id)
    return [_merge(*found) for found in session.execute(query.order_by(DonorMerge.id.desc()))]


def _merge(row: DonorMerge, donor: str, into: str) -> Merge:
    moved = json.loads(row.moved)
    return Merge(
        id=row.id,
        version=row.version,
        donor=donor,
        into=into,
        reason=row.reason,
        moved={table: tuple(ids) for table, ids in moved.items() if table != "aliases"},
        aliases=tuple(moved["aliases"]),
        merged_at_utc=row.merged_at_utc,
        merged_by=row.merged_by,
        undone_at_utc=row.undone_at_utc,
        undone_by=row.undone_by,
        undo_reason=row.undo_reason,
    )


def merge_of(session: Session, programme_id: int, donor: str) -> Merge | None:
    """The merge by which a donor is another one now; None where it is itself."""
    return next((one for one in merges(session, programme_id) if one.donor == donor and one.holds), None)


def merged_codes(session: Session, programme_id: int) -> dict[str, str]:
    """Codes of merged donors, each with the code of the live donor that it is now."""
    into = aliased(Donor)
    query = select(Donor.code, into.code).join(DonorMerge, DonorMerge.donor_id == Donor.id)
    query = query.join(into, into.id == DonorMerge.into_id)
    query = query.where(DonorMerge.programme_id == programme_id, DonorMerge.undone_at_utc.is_(None))
    direct = {row[0]: row[1] for row in session.execute(query)}
    return {code: _last(code, direct) for code in direct}


def _last(code: str, direct: Mapping[str, str]) -> str:
    while code in direct:
        code = direct[code]
    return code


def merged_into(session: Session, programme_id: int, into: str) -> list[Merge]:
    """The merges that hold by which others became this donor, the newest first."""
    return [one for one in merges(session, programme_id) if one.into == into and one.holds]


def merged_donor(session: Session, programme_id: int, code: str) -> DonorEntry | None:
    """A donor as its row says, merged or not; None where there never was one."""
    query = select(Donor).where(Donor.programme_id == programme_id, Donor.code == code)
    row = session.scalars(query).one_or_none()
    if row is None:
        return None
    names = select(DonorAlias.name).where(DonorAlias.donor_id == row.id).order_by(DonorAlias.position)
    facts = (row.code, row.name, row.kind, row.country, row.iati_ref, row.email)
    return DonorEntry(*facts, tuple(session.scalars(names)), row.anonymous)


# What a donor has


@dataclass(frozen=True, slots=True)
class InCurrency:
    """What a donor pledged and paid in one currency, in its minor units; refunds are not taken off."""

    currency: str
    pledged_minor: int
    received_minor: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What is recorded of one donor. `counts` are rows by table, voided ones too, and `voided` those alone.

    `logins` are addresses of its own logins, each with whether it is enabled.
    """

    donor: DonorEntry
    version: int
    counts: Mapping[str, int]
    voided: int
    by_currency: tuple[InCurrency, ...]
    logins: tuple[tuple[str, bool], ...]
    statements: int

    @property
    def open_logins(self) -> tuple[str, ...]:
        """Addresses that may sign in."""
        return tuple(email for email, enabled in self.logins if enabled)


def holding(session: Session, programme_id: int, code: str) -> Holding | None:
    """What is recorded of a live donor; None where there is none."""
    entry = next((one for one in records.donors(session, programme_id) if one.code == code), None)
    if entry is None:
        return None
    where = (Donor.programme_id == programme_id, Donor.code == code)
    donor_id, version = session.execute(select(Donor.id, Donor.version).where(*where)).one()
    counts = {table.__tablename__: _count(session, table, donor_id) for table in BELONGING}
    voided = sum(_count(session, table, donor_id, voided=True) for table in BELONGING)
    logins = [one for one in list_users(session, programme_id) if one.donor == code]
    return Holding(
        donor=entry,
        version=version,
        counts=counts,
        voided=voided,
        by_currency=_by_currency(session, programme_id, code),
        logins=tuple((one.email, not one.disabled) for one in logins),
        statements=_count(session, Statement, donor_id),
    )


def _count(session: Session, table: Any, donor_id: int, *, voided: bool = False) -> int:
    query = select(func.count()).select_from(table).where(table.donor_id == donor_id)
    if voided:
        query = query.where(table.voided_at_utc.is_not(None))
    return session.scalar(query) or 0


def _by_currency(session: Session, programme_id: int, code: str) -> tuple[InCurrency, ...]:
    pledged: dict[str, int] = {}
    received: dict[str, int] = {}
    for one in records.pledges(session, programme_id, donor=code):
        pledged[one.pledge.currency] = pledged.get(one.pledge.currency, 0) + one.pledge.amount_minor
    for paid in records.receipts(session, programme_id, donor=code):
        money = paid.receipt
        received[money.currency] = received.get(money.currency, 0) + money.amount_minor
    return tuple(
        InCurrency(currency, pledged.get(currency, 0), received.get(currency, 0))
        for currency in sorted({*pledged, *received})
    )


def record_counts(session: Session, programme_id: int) -> dict[str, int]:
    """How many live pledges and receipts each donor has, by code; none is not there."""
    counts: dict[str, int] = {}
    for table in (Pledge, Receipt):
        query = select(Donor.code, func.count()).join(table, table.donor_id == Donor.id)
        query = query.where(table.programme_id == programme_id, table.voided_at_utc.is_(None))
        for code, count in session.execute(query.group_by(Donor.code)):
            counts[code] = counts.get(code, 0) + count
    return counts
