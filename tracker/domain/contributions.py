"""Pledges, receipts and refunds, and what they amount to on a day (R5 to R7, R10).

`Facts` is everything a position follows from. `facts_as_of` cuts it to a day; every other function here
takes facts already cut. Amounts are minor units of their own currency unless the name says `usd`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from tracker.domain.budget import BudgetVersion, Programme
from tracker.domain.earmark import CORE, Earmark
from tracker.domain.exchange import Rates
from tracker.domain.money import PROGRAMME_CURRENCY, round_half_away
from tracker.domain.months import Month, first_day
from tracker.domain.vocabulary import Lens

NO_REFUNDS: Final[tuple["Refund", ...]] = ()


@dataclass(frozen=True, slots=True)
class Instalment:
    """One dated part of a pledge, in the pledge's currency."""

    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Pledge:
    """An announced intention; a firm obligation from `signed_on`; its open rest ends on `closed_on`."""

    reference: str
    donor: str
    currency: str
    amount_minor: int
    pledged_on: date
    signed_on: date | None = None
    closed_on: date | None = None
    earmark: Earmark = CORE
    support_cost: bool = True
    covers_from: Month | None = None
    covers_until: Month | None = None
    instalments: tuple[Instalment, ...] = ()

    @property
    def lens(self) -> Lens:
        """`signed` once an agreement is, else `pledged`."""
        return "signed" if self.signed_on else "pledged"

    @property
    def schedule(self) -> tuple[Instalment, ...]:
        """Its instalments by due date; without any, one of the whole (R7).

        That one is due on the later of the pledge date and the first day of `covers_from`.
        """
        if self.instalments:
            return tuple(sorted(self.instalments, key=lambda i: i.due_on))
        start = first_day(self.covers_from) if self.covers_from is not None else self.pledged_on
        return (Instalment(max(self.pledged_on, start), self.amount_minor),)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that arrived. `usd_minor` was fixed when it was recorded; `split` is an officer's exact split."""

    reference: str
    donor: str
    received_on: date
    currency: str
    amount_minor: int
    usd_minor: int
    pledge: str | None = None
    earmark: Earmark | None = None
    split: tuple[int, ...] | None = None
    covers_from: Month | None = None
    covers_until: Month | None = None

    @property
    def deduction_minor(self) -> int:
        """USD cents that a bank or a levy kept; only USD receipts have deductions (R5)."""
        return self.amount_minor - self.usd_minor if self.currency == PROGRAMME_CURRENCY else 0


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back from a receipt, in the receipt's currency. `usd_minor` only where it was stated."""

    reference: str
    receipt: str
    refunded_on: date
    amount_minor: int
    usd_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that figures follow from. Order of the tuples is free."""

    programme: Programme
    versions: tuple[BudgetVersion, ...]
    rates: Rates
    pledges: tuple[Pledge, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    refunds: tuple[Refund, ...] = ()


def facts_as_of(facts: Facts, day: date) -> Facts:
    """Only what had happened by a day (R10): later signatures and closings are as if they were not."""
    return replace(
        facts,
        versions=tuple(v for v in facts.versions if v.adopted_on is None or v.adopted_on <= day),
        pledges=tuple(_pledge_as_of(p, day) for p in facts.pledges if p.pledged_on <= day),
        receipts=tuple(r for r in facts.receipts if r.received_on <= day),
        refunds=tuple(r for r in facts.refunds if r.refunded_on <= day),
    )


def _pledge_as_of(pledge: Pledge, day: date) -> Pledge:
    signed = pledge.signed_on if pledge.signed_on and pledge.signed_on <= day else None
    closed = pledge.closed_on if pledge.closed_on and pledge.closed_on <= day else None
    if signed == pledge.signed_on and closed == pledge.closed_on:
        return pledge
    return replace(pledge, signed_on=signed, closed_on=closed)


class NetReceipt(NamedTuple):
    """A receipt less its refunds. `net_minor` is in the receipt's currency, `net_usd_minor` in USD.

    `refunds` holds each refund with its USD cents, in order of date, then reference.
    """

    receipt: Receipt
    net_minor: int
    net_usd_minor: int
    refunds: tuple[tuple[Refund, int], ...] = ()

    @property
    def value_usd_minor(self) -> int:
        """What it settles, in USD: a USD receipt's amount, deductions included; else its USD (R7)."""
        return self.net_minor if self.receipt.currency == PROGRAMME_CURRENCY else self.net_usd_minor


def refunds_usd(receipt: Receipt, refunds: Iterable[Refund]) -> list[tuple[Refund, int]]:
    """Each refund with its USD cents, in order of date, then reference (R5).

    Stated, else its share of the receipt's USD, rounded; the refund that empties the receipt takes all
    that is left; never more than what is left.
    """
    left_minor, left_usd = receipt.amount_minor, receipt.usd_minor
    valued = []
    for refund in sorted(refunds, key=lambda r: (r.refunded_on, r.reference)):
        if refund.usd_minor is not None:
            usd = refund.usd_minor
        elif refund.amount_minor >= left_minor:
            usd = left_usd
        else:
            usd = round_half_away(Fraction(refund.amount_minor * receipt.usd_minor, receipt.amount_minor))
        usd = min(usd, left_usd)
        left_minor, left_usd = left_minor - refund.amount_minor, left_usd - usd
        valued.append((refund, usd))
    return valued


def net_receipts(facts: Facts) -> dict[str, NetReceipt]:
    """Every receipt less its refunds, in order of reference."""
    refunds: dict[str, list[Refund]] = {}
    for refund in facts.refunds:
        refunds.setdefault(refund.receipt, []).append(refund)
    receipts = sorted(facts.receipts, key=lambda r: r.reference)
    return {r.reference: _net(r, refunds.get(r.reference, NO_REFUNDS)) for r in receipts}


def _net(receipt: Receipt, refunds: Iterable[Refund]) -> NetReceipt:
    valued = refunds_usd(receipt, refunds) if refunds else []
    return NetReceipt(
        receipt,
        receipt.amount_minor - sum(refund.amount_minor for refund, _ in valued),
        receipt.usd_minor - sum(usd for _, usd in valued),
        tuple(valued),
    )


@dataclass(frozen=True, slots=True)
class InstalmentState:
    """An instalment on a day: what receipts settled of it and what is open, in the pledge's currency.

    `open_usd_minor` is the open amount at the as-of rate; zero where the pledge is closed.
    """

    pledge: Pledge
    number: int
    due_on: date
    amount_minor: int
    settled_minor: int
    open_minor: int
    open_usd_minor: int

    @property
    def reference(self) -> str:
        """As printed in the trace: `PLEDGE@DUE_ON`."""
        return f"{self.pledge.reference}@{self.due_on.isoformat()}"


@dataclass(frozen=True, slots=True)
class PledgeState:
    """A pledge on a day. `settled_minor` may exceed the pledge (over-payment); `open_minor` stops at zero.

    `unpaid_minor` is what closing ended; it is zero while the pledge is open. Exchange differences are
    in USD cents: realised on what was received, unrealised on what is open (R5).
    """

    pledge: Pledge
    settled_minor: int
    received_usd_minor: int
    deductions_usd_minor: int
    open_minor: int
    open_usd_minor: int
    unpaid_minor: int
    realised_usd_minor: int
    unrealised_usd_minor: int
    instalments: tuple[InstalmentState, ...]

    @property
    def overpaid_minor(self) -> int:
        """What was received beyond the pledge, in its currency."""
        return max(0, self.settled_minor - self.pledge.amount_minor)


def settled_by(net: NetReceipt, pledge: Pledge, rates: Rates) -> int:
    """What one receipt settles of its pledge, in the pledge's currency, rounded once (R7)."""
    if net.receipt.currency == pledge.currency:
        return net.net_minor
    return rates.from_usd(net.value_usd_minor, pledge.currency, net.receipt.received_on)


def pledge_states(facts: Facts, day: date, net: Mapping[str, NetReceipt]) -> dict[str, PledgeState]:
    """Every pledge on a day, in order of reference.

    `facts` are cut to the day, `net` comes from `net_receipts`.
    """
    by_pledge: dict[str, list[NetReceipt]] = {}
    for one in net.values():
        if one.receipt.pledge is not None:
            by_pledge.setdefault(one.receipt.pledge, []).append(one)
    pledges = sorted(facts.pledges, key=lambda p: p.reference)
    return {p.reference: _pledge_state(p, by_pledge.get(p.reference, []), facts.rates, day) for p in pledges}


def _pledge_state(pledge: Pledge, received: list[NetReceipt], rates: Rates, day: date) -> PledgeState:
    settled = [settled_by(net, pledge, rates) for net in received]
    rest = max(0, pledge.amount_minor - sum(settled))
    instalments = _settle(pledge, sum(settled), rates, day)
    open_usd = sum(i.open_usd_minor for i in instalments)
    base = pledge.signed_on or pledge.pledged_on
    at_base = [rates.to_usd(part, pledge.currency, base) for part in settled]
    open_at_base = sum(rates.to_usd(i.open_minor, pledge.currency, base) for i in instalments)
    return PledgeState(
        pledge=pledge,
        settled_minor=sum(settled),
        received_usd_minor=sum(net.net_usd_minor for net in received),
        deductions_usd_minor=sum(net.value_usd_minor - net.net_usd_minor for net in received),
        open_minor=0 if pledge.closed_on else rest,
        open_usd_minor=open_usd,
        unpaid_minor=rest if pledge.closed_on else 0,
        realised_usd_minor=sum(net.value_usd_minor for net in received) - sum(at_base),
        unrealised_usd_minor=open_usd - open_at_base,
        instalments=instalments,
    )


def _settle(pledge: Pledge, settled_minor: int, rates: Rates, day: date) -> tuple[InstalmentState, ...]:
    """Receipts settle instalments in order of due date; a closed pledge has nothing open."""
    states = []
    for number, instalment in enumerate(pledge.schedule, start=1):
        paid = min(instalment.amount_minor, settled_minor)
        settled_minor -= paid
        unpaid = 0 if pledge.closed_on else instalment.amount_minor - paid
        usd = rates.to_usd(unpaid, pledge.currency, day)
        states.append(
            InstalmentState(pledge, number, instalment.due_on, instalment.amount_minor, paid, unpaid, usd)
        )
    return tuple(states)
