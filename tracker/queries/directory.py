"""Donors by name, and who contributed what: lists for pages. Each list walks a position once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeVar

from sqlalchemy.orm import Session

from tracker.domain.contributions import InstalmentState, NetReceipt, PledgeState, Refund
from tracker.domain.entries import DonorEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import NoRate, Rates
from tracker.domain.folding import folded
from tracker.domain.items import Item
from tracker.domain.months import Month
from tracker.domain.position import Position
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.queries import records

T = TypeVar("T")
Use = Literal["unused", "held", "unknown", "targeted", "retroactive", "ending"]
ENDING_MONTHS: Final = 3
"""A window is about to end where it ends in the as-of month or one of the three after it."""


def donor_entries(session: Session, programme_id: int) -> dict[str, DonorEntry]:
    """Every live donor, by code."""
    return {entry.code: entry for entry in records.donors(session, programme_id)}


# Donors


@dataclass(frozen=True, slots=True)
class Contributor:
    """A donor and its money on a day. Amounts in USD cents; open money by the as-of rate.

    `pledged_usd_minor` is at the rate of each pledge's base day (R5); 0 where it was not asked for.
    """

    donor: DonorEntry
    pledges: int
    received_usd_minor: int
    open_usd_minor: int
    last_receipt_on: date | None
    oldest_due_on: date | None
    pledged_usd_minor: int = 0


def contributors(
    book: Position, donors: Mapping[str, DonorEntry], rates: Rates | None = None
) -> list[Contributor]:
    """Every donor with what it pledged and paid by the as-of day, by name."""
    receipts = _grouped(book.receipts.values(), lambda net: net.receipt.donor)
    pledges = _grouped(book.pledges.values(), lambda state: state.pledge.donor)
    by_name = sorted(donors.values(), key=lambda donor: folded(donor.name))
    return [_contributor(d, receipts.get(d.code, []), pledges.get(d.code, []), rates) for d in by_name]


def _grouped(rows: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _contributor(
    donor: DonorEntry, receipts: list[NetReceipt], pledges: list[PledgeState], rates: Rates | None
) -> Contributor:
    due = [i.due_on for state in pledges for i in state.instalments if i.open_minor]
    return Contributor(
        donor,
        len(pledges),
        sum(net.net_usd_minor for net in receipts),
        sum(state.open_usd_minor for state in pledges),
        max((net.receipt.received_on for net in receipts), default=None),
        min(due, default=None),
        sum(at_base(state, state.pledge.amount_minor, rates) for state in pledges) if rates else 0,
    )


def at_base(state: PledgeState, minor: int, rates: Rates) -> int:
    """USD cents of an amount of a pledge at its base day's rate (R5).

    0 where no rate was in force: then nothing was received or is open, or there would be no position.
    """
    base = state.pledge.signed_on or state.pledge.pledged_on
    try:
        return rates.to_usd(minor, state.pledge.currency, base)
    except NoRate:
        return 0


@dataclass(frozen=True, slots=True)
class Bridge:
    """From what was pledged to what was received and is open, in USD cents; the parts re-add exactly.

    `pledged + unpledged + above − ended − deducted + exchange = received + open`
    """

    pledged: int
    received: int
    open: int
    unpledged: int
    above: int
    ended: int
    deducted: int

    @property
    def difference(self) -> int:
        """What received and open are together above what was pledged; below zero where less."""
        return self.received + self.open - self.pledged

    @property
    def exchange(self) -> int:
        """What rates have done since the base days, roundings included."""
        return self.difference - self.unpledged - self.above + self.ended + self.deducted


def bridge(book: Position, donors: Iterable[str], rates: Rates) -> Bridge:
    """Why received and open money do not add up to the pledges of some donors."""
    chosen = set(donors)
    states = [state for state in book.pledges.values() if state.pledge.donor in chosen]
    nets = [net for net in book.receipts.values() if net.receipt.donor in chosen]
    return Bridge(
        pledged=sum(at_base(state, state.pledge.amount_minor, rates) for state in states),
        received=sum(net.net_usd_minor for net in nets),
        open=sum(state.open_usd_minor for state in states),
        unpledged=sum(net.net_usd_minor for net in nets if net.receipt.pledge not in book.pledges),
        above=sum(at_base(state, state.overpaid_minor, rates) for state in states),
        ended=sum(at_base(state, state.unpaid_minor, rates) for state in states),
        deducted=sum(state.deductions_usd_minor for state in states),
    )


# Pledges and instalments


def open_instalments(book: Position, donor: str | None = None) -> list[InstalmentState]:
    """Instalments with something open, oldest first; of one donor, or of all."""
    found = [
        instalment
        for state in book.pledges.values()
        for instalment in state.instalments
        if instalment.open_minor and donor in (None, state.pledge.donor)
    ]
    return sorted(found, key=lambda i: (i.due_on, i.reference))


def all_instalments(book: Position) -> list[InstalmentState]:
    """Every instalment of every pledge, by day."""
    found = (one for state in book.pledges.values() for one in state.instalments)
    return sorted(found, key=lambda i: (i.due_on, i.reference))


def is_ending(until: Month | None, book: Position) -> bool:
    """Whether a window that ends before the programme does is about to end."""
    if until is None or until >= book.programme.last_month:
        return False
    return book.as_of_month <= until <= book.as_of_month + ENDING_MONTHS


def ending_pledges(book: Position) -> list[PledgeState]:
    """Pledges and agreements, not closed, whose months are about to end."""
    states = book.pledges.values()
    return [s for s in states if s.pledge.closed_on is None and is_ending(s.pledge.covers_until, book)]


# Receipts and refunds


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt and what became of it by the as-of day, in USD cents. One dated later became nothing yet."""

    entry: ReceiptEntry
    given_back_usd_minor: int
    unused_usd_minor: int
    uses: frozenset[Use]

    @property
    def net_usd_minor(self) -> int:
        """Its USD less what was given back."""
        return self.entry.receipt.usd_minor - self.given_back_usd_minor


def receipt_lines(book: Position, entries: Iterable[ReceiptEntry]) -> list[ReceiptLine]:
    """Receipts with what became of them, in the order they come."""
    unused, uses = unused_by_receipt(book), uses_by_receipt(book)
    lines = []
    for entry in entries:
        net = book.receipts.get(entry.key)
        back = net.receipt.usd_minor - net.net_usd_minor if net else 0
        use = uses.get(entry.key, frozenset())
        lines.append(ReceiptLine(entry, back, unused.get(entry.key, 0), use))
    return lines


def unused_by_receipt(book: Position) -> dict[str, int]:
    """USD cents of each receipt that find no month (R8)."""
    codes, unused = set(book.programme.codes), dict[str, int]()
    for row in book.trace:
        if row.lens == "received" and row.month is None and row.outcome in codes:
            unused[row.reference] = unused.get(row.reference, 0) + row.amount
    return unused


def uses_by_receipt(book: Position) -> dict[str, frozenset[Use]]:
    """What is to be said of each receipt that counts, where anything is."""
    unused = unused_by_receipt(book)
    found = {i.reference: frozenset(_uses(i, book, unused)) for i in book.items if i.lens == "received"}
    return {reference: uses for reference, uses in found.items() if uses}


def _uses(item: Item, book: Position, unused: Mapping[str, int]) -> Iterable[Use]:
    if item.reference in unused:
        yield "unused"
    if item.use == "held":
        yield "held"
    if item.donor == UNIDENTIFIED_DONOR:
        yield "unknown"
    if item.use == "targeted":
        yield "targeted"
    if item.retroactive:
        yield "retroactive"
    if is_ending(item.covers_until, book):
        yield "ending"


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A refund with the receipt it was given back from. `usd_minor` is None for one after the as-of day."""

    entry: RefundEntry
    receipt: ReceiptEntry
    usd_minor: int | None

    @property
    def refund(self) -> Refund:
        """The refund itself."""
        return self.entry.refund


def refund_lines(session: Session, programme_id: int, book: Position) -> list[RefundLine]:
    """Every refund, by day."""
    receipts = {entry.key: entry for entry in records.receipts(session, programme_id)}
    usd = {r.reference: cents for net in book.receipts.values() for r, cents in net.refunds}
    lines = [
        RefundLine(entry, receipts[entry.refund.receipt], usd.get(entry.key))
        for entry in records.refunds(session, programme_id)
        if entry.refund.receipt in receipts
    ]
    return sorted(lines, key=lambda line: (line.refund.refunded_on, line.entry.key))


def by_currency(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Amounts added up within each currency, by code: they are never added across."""
    sums: dict[str, int] = {}
    for currency, minor in amounts:
        sums[currency] = sums.get(currency, 0) + minor
    return dict(sorted(sums.items()))
