"""Money ready to cover months: its window (R6), its split over outcomes (R4), its lens (R8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracker.domain.budget import BudgetVersion, Programme, version_in_force
from tracker.domain.contributions import Facts, InstalmentState, NetReceipt, Pledge, PledgeState, Receipt
from tracker.domain.earmark import CORE, Earmark, earmark_weights
from tracker.domain.money import split
from tracker.domain.months import Month, month_of
from tracker.domain.vocabulary import Lens

Use = Literal["core", "targeted", "held"]


@dataclass(frozen=True, slots=True)
class Item:
    """A receipt, or an open instalment, as the waterfall sees it.

    `parts_minor` are USD cents by outcome, in the programme's order, and re-add to `usd_minor`; empty
    for targeted and held money, which never covers the core. The window is `covers_from … covers_until`,
    both inclusive; one that ends before it starts leaves all of the money unused.
    """

    lens: Lens
    use: Use
    reference: str
    donor: str
    dated_on: date
    usd_minor: int
    parts_minor: tuple[int, ...]
    covers_from: Month
    covers_until: Month
    earmark: Earmark
    support_cost: bool
    version_number: int
    pledge: str | None
    exact: bool = False
    retroactive: bool = False

    @property
    def order(self) -> tuple[int, int, date, str]:
        """R8: whose window ends first, then starts first, then the earlier date, then the reference."""
        return self.covers_until, self.covers_from, self.dated_on, self.reference


def receipt_window(receipt: Receipt, pledge: Pledge | None, programme: Programme) -> tuple[Month, Month]:
    """The months a receipt may pay for, both inclusive (R6)."""
    start = receipt.covers_from
    if start is None:
        start = month_of(receipt.received_on)
        if pledge and pledge.covers_from is not None:
            start = max(start, pledge.covers_from)
    until = receipt.covers_until
    if until is None and pledge:
        until = pledge.covers_until
    return max(start, programme.first_month), programme.last_month if until is None else until


def instalment_window(
    due_on: date, pledge: Pledge, programme: Programme, as_of_month: Month
) -> tuple[Month, Month]:
    """The months an open instalment may pay for: late money cannot pay for past months (R6)."""
    start = max(month_of(due_on), as_of_month, programme.first_month)
    if pledge.covers_from is not None:
        start = max(start, pledge.covers_from)
    return start, programme.last_month if pledge.covers_until is None else pledge.covers_until


def receipt_earmark(receipt: Receipt, pledge: Pledge | None) -> Earmark:
    """Its own, else its pledge's, else core (R4)."""
    return receipt.earmark or (pledge.earmark if pledge else CORE)


class Items:
    """Builds items from facts cut to a day; remembers weights, which few contributions differ in.

    `terms` are all pledges by reference, later ones too: a receipt inherits its pledge's terms whatever
    its date (R7).
    """

    def __init__(self, facts: Facts, day: date, terms: Mapping[str, Pledge]) -> None:
        self._facts, self._day, self._pledges = facts, day, terms
        self._month = month_of(day)
        self._versions: dict[Month, BudgetVersion] = {}
        self._weights: dict[tuple[Earmark, bool, int], tuple[int, ...] | None] = {}

    def all(self, net: Mapping[str, NetReceipt], states: Mapping[str, PledgeState]) -> tuple[Item, ...]:
        """Every receipt with money left in it and every open instalment."""
        receipts = [self.of_receipt(one) for one in net.values() if one.net_usd_minor]
        open_ones = [
            self.of_instalment(i) for s in states.values() for i in s.instalments if i.open_usd_minor
        ]
        return (*receipts, *open_ones)

    def of_receipt(self, net: NetReceipt) -> Item:
        """A receipt less its refunds. An exact split is scaled to what is left (R4)."""
        receipt = net.receipt
        pledge = self._pledges.get(receipt.pledge) if receipt.pledge is not None else None
        covers_from, covers_until = receipt_window(receipt, pledge, self._facts.programme)
        earmark = receipt_earmark(receipt, pledge)
        support_cost = pledge.support_cost if pledge else True
        weights, number = self._weigh(earmark, support_cost, covers_from)
        exact = weights is not None and receipt.split is not None
        if weights is not None and receipt.split is not None:
            weights = receipt.split
        return Item(
            lens="received",
            use=_use(earmark),
            reference=receipt.reference,
            donor=receipt.donor,
            dated_on=receipt.received_on,
            usd_minor=net.net_usd_minor,
            parts_minor=split(net.net_usd_minor, weights) if weights else (),
            covers_from=covers_from,
            covers_until=covers_until,
            earmark=earmark,
            support_cost=support_cost,
            version_number=number,
            pledge=receipt.pledge,
            exact=exact,
            retroactive=receipt.covers_from is not None
            and receipt.covers_from < month_of(receipt.received_on),
        )

    def of_instalment(self, state: InstalmentState, as_of_month: Month | None = None) -> Item:
        """What is open of an instalment, at the as-of rate. It cannot pay for months before `as_of_month`."""
        pledge = state.pledge
        month = self._month if as_of_month is None else as_of_month
        covers_from, covers_until = instalment_window(state.due_on, pledge, self._facts.programme, month)
        weights, number = self._weigh(pledge.earmark, pledge.support_cost, covers_from)
        return Item(
            lens=pledge.lens,
            use=_use(pledge.earmark),
            reference=state.reference,
            donor=pledge.donor,
            dated_on=state.due_on,
            usd_minor=state.open_usd_minor,
            parts_minor=split(state.open_usd_minor, weights) if weights else (),
            covers_from=covers_from,
            covers_until=covers_until,
            earmark=pledge.earmark,
            support_cost=pledge.support_cost,
            version_number=number,
            pledge=pledge.reference,
        )

    def _weigh(
        self, earmark: Earmark, support_cost: bool, month: Month
    ) -> tuple[tuple[int, ...] | None, int]:
        """Weights by the budget version in force in the first covered month, and its number (R4)."""
        version = self._versions.get(month)
        if version is None:
            version = self._versions[month] = version_in_force(self._facts.versions, month, self._day)
        key = (earmark, support_cost, version.number)
        if key not in self._weights:
            codes = self._facts.programme.codes
            self._weights[key] = earmark_weights(earmark, support_cost, version, codes)
        return self._weights[key], version.number


def _use(earmark: Earmark) -> Use:
    match earmark.kind:
        case "targeted":
            return "targeted"
        case "hold":
            return "held"
        case _:
            return "core"
