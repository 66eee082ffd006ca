"""Stored rows as entries: the same frozen records that files and forms become.

Voided records are left out; their keys come from `voided_keys`.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select
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


def _live(table: type[Keyed], programme_id: int) -> Select[Any]:
    """All columns of the rows that are not voided."""
    columns = table.__table__.columns
    return select(*columns).where(table.programme_id == programme_id, table.voided_at_utc.is_(None))


def donors(session: Session, programme_id: int) -> Iterator[DonorEntry]:
    """Every live donor, by code."""
    aliases: dict[int, list[str]] = {}
    query = select(DonorAlias.donor_id, DonorAlias.name).where(DonorAlias.programme_id == programme_id)
    for donor_id, name in session.execute(query.order_by(DonorAlias.position)):
        aliases.setdefault(donor_id, []).append(name)
    for row in session.execute(_live(Donor, programme_id).order_by(Donor.code)):
        names = tuple(aliases.get(row.id, ()))
        yield DonorEntry(
            row.code, row.name, row.kind, row.country, row.iati_ref, row.email, names, bool(row.anonymous)
        )


def rates(session: Session, programme_id: int) -> Iterator[RateEntry]:
    """Every live rate, by currency and day."""
    for row in session.execute(_live(RateRow, programme_id).order_by(RateRow.currency, RateRow.effective_on)):
        yield RateEntry(Rate(row.currency, row.effective_on, Decimal(row.value)))


def pledges(session: Session, programme_id: int, only: str | None = None) -> Iterator[PledgeEntry]:
    """Every live pledge with its schedule, by reference; or the one of a reference alone."""
    codes = codes_of(session, programme_id)
    schedules = _schedules(session, programme_id, only)
    live = _live(PledgeRow, programme_id).add_columns(Donor.code).join(Donor, Donor.id == PledgeRow.donor_id)
    if only is not None:
        live = live.where(PledgeRow.reference == only)
    for row in session.execute(live.order_by(PledgeRow.reference)):
        pledge = Pledge(
            reference=row.reference,
            donor=row.code,
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


def _schedules(session: Session, programme_id: int, only: str | None) -> dict[int, tuple[Instalment, ...]]:
    row = InstalmentRow
    query = select(row.pledge_id, row.due_on, row.amount_minor)
    query = query.where(row.programme_id == programme_id, row.superseded_at_utc.is_(None))
    if only is not None:
        query = query.join(PledgeRow, PledgeRow.id == row.pledge_id).where(PledgeRow.reference == only)
    schedules: dict[int, list[Instalment]] = {}
    for pledge_id, due_on, amount_minor in session.execute(query.order_by(row.pledge_id, row.due_on)):
        schedules.setdefault(pledge_id, []).append(Instalment(due_on, amount_minor))
    return {pledge_id: tuple(instalments) for pledge_id, instalments in schedules.items()}


def receipts(session: Session, programme_id: int, only: str | None = None) -> Iterator[ReceiptEntry]:
    """Every live receipt, by reference; or the one of a reference alone."""
    codes = codes_of(session, programme_id)
    live = _live(ReceiptRow, programme_id).add_columns(Donor.code, PledgeRow.reference.label("pledge"))
    live = live.join(Donor, Donor.id == ReceiptRow.donor_id)
    live = live.outerjoin(PledgeRow, PledgeRow.id == ReceiptRow.pledge_id)
    if only is not None:
        live = live.where(ReceiptRow.reference == only)
    for row in session.execute(live.order_by(ReceiptRow.reference)):
        receipt = Receipt(
            reference=row.reference,
            donor=row.code,
            received_on=row.received_on,
            currency=row.currency,
            amount_minor=row.amount_minor,
            usd_minor=row.usd_minor,
            pledge=row.pledge,
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


def refunds(session: Session, programme_id: int) -> Iterator[RefundEntry]:
    """Every live refund, by reference."""
    live = _live(RefundRow, programme_id).add_columns(ReceiptRow.reference.label("receipt"))
    live = live.join(ReceiptRow, ReceiptRow.id == RefundRow.receipt_id)
    for row in session.execute(live.order_by(RefundRow.reference)):
        refund = Refund(row.reference, row.receipt, row.refunded_on, row.amount_minor, row.usd_minor)
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
