"""Stored rows as entries: the same frozen records that files and forms become.

Voided records are left out; their keys come from `voided_keys`. `known` is an audit entry's number: the
records as they stood after it, out of the trail. None is all that is known, out of the tables.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from tracker.domain.contributions import Instalment, Pledge, Receipt, Refund
from tracker.domain.earmark import Earmark, parse_earmark, parse_exact_split
from tracker.domain.entries import DonorEntry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.months import Month, parse_month
from tracker.domain.register import Kind
from tracker.models import Donor, DonorAlias, Outcome
from tracker.models import Instalment as InstalmentRow
from tracker.models import Pledge as PledgeRow
from tracker.models import Rate as RateRow
from tracker.models import Receipt as ReceiptRow
from tracker.models import Refund as RefundRow
from tracker.queries.known import rows_known

Keyed = Donor | PledgeRow | ReceiptRow | RefundRow | RateRow
KEYED: dict[Kind, type[Keyed]] = {
    "donors": Donor,
    "rates": RateRow,
    "pledges": PledgeRow,
    "receipts": ReceiptRow,
    "refunds": RefundRow,
}


@lru_cache(maxsize=4096)
def earmark_of(text: str, codes: tuple[str, ...]) -> Earmark:
    """A stored earmark. Few differ, so they are remembered."""
    return parse_earmark(text, codes)


@lru_cache(maxsize=4096)
def month_or_none(text: str | None) -> Month | None:
    """A stored month."""
    return parse_month(text) if text else None


def codes_of(session: Session, programme_id: int) -> tuple[str, ...]:
    """Outcome codes in the programme's order."""
    query = select(Outcome.code).where(Outcome.programme_id == programme_id).order_by(Outcome.position)
    return tuple(session.scalars(query))


def _rows(
    session: Session, table: type[Keyed], programme_id: int, known: int | None, donor: str | None = None
) -> Iterable[Any]:
    """The rows of a table that are not voided, of one donor or all, each by the names of its columns."""
    columns = table.__table__.columns
    query = select(*columns).where(table.programme_id == programme_id, table.voided_at_utc.is_(None))
    if donor is not None:
        whose = select(Donor.id).where(Donor.programme_id == programme_id, Donor.code == donor)
        donor_id = session.scalar(whose)
        query = query.where(columns["donor_id"] == donor_id)
    if known is None:
        return session.execute(query)
    found = rows_known(session, programme_id, table, known)
    live = (row for row in found if row.voided_at_utc is None)
    return live if donor is None else (row for row in live if row.donor_id == donor_id)


def _keys(session: Session, table: type[Keyed], programme_id: int) -> dict[int, str]:
    """What a record another one names is known by; that never changes."""
    key = table.code if table is Donor else table.reference  # type: ignore[union-attr]
    query = select(table.id, key).where(table.programme_id == programme_id)
    return {row[0]: row[1] for row in session.execute(query)}


def donors(session: Session, programme_id: int, known: int | None = None) -> Iterator[DonorEntry]:
    """Every live donor, by code."""
    aliases: dict[int, list[str]] = {}
    query = select(DonorAlias.donor_id, DonorAlias.name).where(DonorAlias.programme_id == programme_id)
    for donor_id, name in session.execute(query.order_by(DonorAlias.position)):
        aliases.setdefault(donor_id, []).append(name)
    for row in sorted(_rows(session, Donor, programme_id, known), key=lambda row: row.code):
        names = aliases.get(row.id, ()) if known is None else row.aliases
        yield DonorEntry(
            row.code,
            row.name,
            row.kind,
            row.country,
            row.iati_ref,
            row.email,
            tuple(names),
            bool(row.anonymous),
        )


def rates(session: Session, programme_id: int, known: int | None = None) -> Iterator[RateEntry]:
    """Every live rate, by currency and day."""
    found = _rows(session, RateRow, programme_id, known)
    for row in sorted(found, key=lambda row: (row.currency, row.effective_on)):
        yield RateEntry(Rate(row.currency, row.effective_on, Decimal(row.value)))


def pledge(session: Session, programme_id: int, reference: str) -> PledgeEntry | None:
    """One live pledge, or None."""
    columns = PledgeRow.__table__.columns
    query = select(*columns).where(
        PledgeRow.programme_id == programme_id,
        PledgeRow.reference == reference,
        PledgeRow.voided_at_utc.is_(None),
    )
    rows = session.execute(query).all()
    ids = [row.id for row in rows]
    schedules = _schedules(session, programme_id, InstalmentRow.pledge_id.in_(ids))
    return next(_pledges(session, programme_id, rows, schedules), None)


def pledges(
    session: Session, programme_id: int, known: int | None = None, donor: str | None = None
) -> Iterator[PledgeEntry]:
    """Every live pledge with its schedule, by reference; of one donor, where its code is given."""
    rows = sorted(_rows(session, PledgeRow, programme_id, known, donor), key=lambda row: row.reference)
    if known is None:
        schedules = _schedules(session, programme_id)
    else:
        schedules = {row.id: _schedule(row.instalments) for row in rows}
    return _pledges(session, programme_id, rows, schedules)


def _pledges(
    session: Session, programme_id: int, rows: Iterable[Any], schedules: Mapping[int, tuple[Instalment, ...]]
) -> Iterator[PledgeEntry]:
    codes, donors = codes_of(session, programme_id), _keys(session, Donor, programme_id)
    for row in rows:
        pledge = Pledge(
            reference=row.reference,
            donor=donors[row.donor_id],
            currency=row.currency,
            amount_minor=row.amount_minor,
            pledged_on=row.pledged_on,
            signed_on=row.signed_on,
            closed_on=row.closed_on,
            earmark=earmark_of(row.earmark, codes),
            support_cost=bool(row.support_cost),
            covers_from=month_or_none(row.covers_from),
            covers_until=month_or_none(row.covers_until),
            instalments=schedules.get(row.id, ()),
        )
        yield PledgeEntry(pledge, row.agreement_ref, row.notes)


def _schedules(
    session: Session, programme_id: int, *whose: ColumnElement[bool]
) -> dict[int, tuple[Instalment, ...]]:
    row = InstalmentRow
    query = select(row.pledge_id, row.due_on, row.amount_minor)
    query = query.where(row.programme_id == programme_id, row.superseded_at_utc.is_(None), *whose)
    schedules: dict[int, list[Instalment]] = {}
    for pledge_id, due_on, amount_minor in session.execute(query.order_by(row.pledge_id, row.due_on)):
        schedules.setdefault(pledge_id, []).append(Instalment(due_on, amount_minor))
    return {pledge_id: tuple(instalments) for pledge_id, instalments in schedules.items()}


def _schedule(kept: Iterable[tuple[str, int]]) -> tuple[Instalment, ...]:
    """A schedule as the trail holds it."""
    return tuple(Instalment(date.fromisoformat(due_on), amount_minor) for due_on, amount_minor in kept)


def receipts(
    session: Session, programme_id: int, known: int | None = None, donor: str | None = None
) -> Iterator[ReceiptEntry]:
    """Every live receipt, by reference; of one donor, where its code is given."""
    codes, donors = codes_of(session, programme_id), _keys(session, Donor, programme_id)
    pledge = _keys(session, PledgeRow, programme_id)
    for row in sorted(_rows(session, ReceiptRow, programme_id, known, donor), key=lambda row: row.reference):
        receipt = Receipt(
            reference=row.reference,
            donor=donors[row.donor_id],
            received_on=row.received_on,
            currency=row.currency,
            amount_minor=row.amount_minor,
            usd_minor=row.usd_minor,
            pledge=None if row.pledge_id is None else pledge[row.pledge_id],
            earmark=earmark_of(row.earmark, codes) if row.earmark else None,
            split=_split_of(row.exact_split, codes),
            covers_from=month_or_none(row.covers_from),
            covers_until=month_or_none(row.covers_until),
        )
        yield ReceiptEntry(receipt, bool(row.usd_stated), row.ledger_ref, row.notes)


def _split_of(text: str, codes: tuple[str, ...]) -> tuple[int, ...] | None:
    if not text:
        return None
    parts = parse_exact_split(text, codes, PROGRAMME_CURRENCY)
    return tuple(parts.get(code, 0) for code in codes)


def refunds(session: Session, programme_id: int, known: int | None = None) -> Iterator[RefundEntry]:
    """Every live refund, by reference."""
    receipt = _keys(session, ReceiptRow, programme_id)
    for row in sorted(_rows(session, RefundRow, programme_id, known), key=lambda row: row.reference):
        whose = receipt[row.receipt_id]
        refund = Refund(row.reference, whose, row.refunded_on, row.amount_minor, row.usd_minor)
        yield RefundEntry(refund, row.ledger_ref, row.notes)


def voided_keys(session: Session, programme_id: int) -> set[tuple[Kind, str]]:
    """Keys of voided records, which stay taken."""
    taken: set[tuple[Kind, str]] = set()
    for kind, row in KEYED.items():
        where = (row.programme_id == programme_id, row.voided_at_utc.is_not(None))
        if row is RateRow:
            days = session.execute(select(RateRow.currency, RateRow.effective_on).where(*where))
            taken.update((kind, rate_key(currency, day)) for currency, day in days)
        else:
            key = row.code if row is Donor else row.reference  # type: ignore[union-attr]
            taken.update((kind, reference) for reference in session.scalars(select(key).where(*where)))
    return taken


def rate_key(currency: str, effective_on: date) -> str:
    """What a rate is known by: `EUR 2026-03-01`."""
    return f"{currency} {effective_on.isoformat()}"
