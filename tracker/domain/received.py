"""What was received by a day, whose it is, and which months that have ended it was set against.

A statement counts whole movements, so a receipt is kept here gross, with each refund beside it; a refund's
parts are what it takes from its receipt's. Amounts are USD cents.

`Amounts` stand by outcome in the programme's order, then targeted, then held.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from tracker.domain.budget import Programme
from tracker.domain.contributions import Facts, NetReceipt, Refund, facts_as_of, net_receipts
from tracker.domain.items import Items
from tracker.domain.months import Month, month_of
from tracker.domain.position import TraceRow, waterfall

Amounts = tuple[int, ...]


def columns(programme: Programme) -> tuple[str, ...]:
    """What `Amounts` stand for, as the trace names it: `O1`, `O2`, `O3`, `PS`, `targeted`, `held`."""
    return (*programme.codes, "targeted", "held")


def plus(*amounts: Amounts) -> Amounts:
    """
    >>> plus((1, 2), (10, 20))
    (11, 22)
    """
    return tuple(sum(parts) for parts in zip(*amounts, strict=True))


def minus(amounts: Amounts, *others: Amounts) -> Amounts:
    """
    >>> minus((11, 22), (10, 20), (1, 1))
    (0, 1)
    """
    return plus(amounts, *(tuple(-part for part in other) for other in others))


def first_open_month(day: date) -> Month:
    """The first month that has not ended by the end of a day; all before it have.

    >>> from tracker.domain.months import month_text
    >>> month_text(first_open_month(date(2026, 12, 31))), month_text(first_open_month(date(2026, 12, 30)))
    ('2027-01', '2026-12')
    """
    return month_of(day + timedelta(days=1))


class Giveback(NamedTuple):
    """A refund, and what it takes from its receipt's parts."""

    refund: Refund
    parts: Amounts


class Lot(NamedTuple):
    """A receipt as it arrived, split over what it is for, and what was given back of it."""

    donor: str
    reference: str
    received_on: date
    gross: Amounts
    givebacks: tuple[Giveback, ...]

    def net_before(self, day: date) -> Amounts:
        """Its parts less the refunds dated before a day."""
        taken = [g.parts for g in self.givebacks if g.refund.refunded_on < day]
        return minus(self.gross, *taken) if taken else self.gross

    @property
    def net(self) -> Amounts:
        """Its parts less all refunds."""
        return minus(self.gross, *(g.parts for g in self.givebacks)) if self.givebacks else self.gross


@dataclass(frozen=True)
class Received:
    """All receipts by a day, in order of reference, and the received lens of the trace as of that day."""

    programme: Programme
    day: date
    lots: tuple[Lot, ...]
    trace: tuple[TraceRow, ...]

    @property
    def nil(self) -> Amounts:
        """Nothing of anything."""
        return (0,) * len(columns(self.programme))

    @property
    def donors(self) -> tuple[str, ...]:
        """Whose money there is, by code."""
        return tuple(sorted({lot.donor for lot in self.lots}))

    def lots_of(self, donor: str | None) -> Iterator[Lot]:
        """One donor's receipts, or everybody's."""
        return (lot for lot in self.lots if donor is None or lot.donor == donor)

    def traced(self, donor: str | None, months: range) -> Amounts:
        """What is set against months [start, end), of one donor or of everybody."""
        rows = (row for row in self.trace if row.month is not None and row.month in months)
        return self._add(row for row in rows if donor is None or row.donor == donor)

    def unused(self, donor: str | None) -> Amounts:
        """What no month can use by the end of its window, by outcome."""
        codes = self.programme.codes
        rows = (row for row in self.trace if row.month is None and row.outcome in codes)
        return self._add(row for row in rows if donor is None or row.donor == donor)

    def _add(self, rows: Iterable[TraceRow]) -> Amounts:
        names = columns(self.programme)
        sums = dict.fromkeys(names, 0)
        for row in rows:
            sums[row.outcome] += row.amount
        return tuple(sums[name] for name in names)

    def on_hand_before(self, donor: str | None, day: date) -> Amounts:
        """What a donor had on hand when a day began: receipts less refunds before it, less what was set
        against months that had ended by then, as this trace says."""
        money = [lot.net_before(day) for lot in self.lots_of(donor) if lot.received_on < day]
        used = self.traced(donor, range(0, month_of(day)))
        return minus(plus(*money), used) if money else minus(self.nil, used)


def received_by(facts: Facts, day: date) -> Received:
    """What was received by a day. A receipt inherits its pledge's terms whatever its date (R7)."""
    cut = facts_as_of(facts, day)
    terms = {pledge.reference: pledge for pledge in facts.pledges}
    items = Items(cut, day, terms)
    net = net_receipts(cut)
    ready = [items.of_receipt(one) for one in net.values() if one.net_usd_minor]
    _, trace = waterfall(cut, day, sorted(ready, key=lambda item: item.order))
    lots = tuple(_lot(one, items, len(cut.programme.codes)) for one in net.values())
    return Received(cut.programme, day, lots, trace)


def _lot(net: NetReceipt, items: Items, outcomes: int) -> Lot:
    """Gross first; then each refund takes what it changes of the parts."""
    left = net.receipt.usd_minor
    gross = parts = _parts(net, items, left, outcomes)
    givebacks = []
    for refund, usd in net.refunds:
        left -= usd
        after = _parts(net, items, left, outcomes)
        givebacks.append(Giveback(refund, minus(parts, after)))
        parts = after
    return Lot(net.receipt.donor, net.receipt.reference, net.receipt.received_on, gross, tuple(givebacks))


def _parts(net: NetReceipt, items: Items, usd_minor: int, outcomes: int) -> Amounts:
    """How an amount of this receipt is split: over the outcomes, or whole to what stands beside them."""
    item = items.of_receipt(net._replace(net_usd_minor=usd_minor))
    core = item.parts_minor or (0,) * outcomes
    beside = (usd_minor if item.use == "targeted" else 0, usd_minor if item.use == "held" else 0)
    return (*core, *beside)
