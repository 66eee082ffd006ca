"""A donor's statement: from what was on hand at the opening to what is on hand at the closing.

    opening + receipts − refunds − allocated ± adjustments = closing

`allocated` is money set against months that ended in the period. `adjustments` is what became known, or was
decided, of the time before the period: the opening as it is seen now, less the opening as it was stated.
Each cent of it is put down to the record that moved it: the records that differ are changed one by one, and
after each the opening is worked out anew. Amounts are USD cents.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple

from tracker.domain.contributions import Facts, Pledge, Receipt, facts_as_of
from tracker.domain.items import receipt_window
from tracker.domain.months import month_of
from tracker.domain.received import Amounts, Received, first_open_month, minus, plus, received_by
from tracker.domain.walking import Changed, How, changed_fields, walk

Kind = Literal["programme", "budget", "pledge", "receipt", "refund", "others", "rules"]


class Period(NamedTuple):
    """Days `first … last`, both inclusive."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Movement:
    """The lines of a statement. `closing = later + unused + beside`, exactly.

    `later` is assigned to months that have not ended: provisional until they have. `beside` is targeted and
    held money.
    """

    opening: Amounts
    receipts: Amounts
    refunds: Amounts
    allocated: Amounts
    adjustments: Amounts
    closing: Amounts
    later: Amounts
    unused: Amounts
    beside: Amounts


def movement(
    received: Received, donor: str | None, period: Period, opening: Amounts | None = None
) -> Movement:
    """What one donor's money (or everybody's) did in a period.

    `received` is by the period's last day. `opening` is what an earlier statement closed with; without it,
    the opening as it is seen now, so that nothing is left to adjust.
    """
    now = received.on_hand_before(donor, period.first)
    stated = now if opening is None else opening
    lots = list(received.lots_of(donor))
    came = [lot.gross for lot in lots if lot.received_on >= period.first]
    back = [g.parts for lot in lots for g in lot.givebacks if g.refund.refunded_on >= period.first]
    after = first_open_month(period.last)
    used = received.traced(donor, range(month_of(period.first), after))
    later = received.traced(donor, range(after, received.programme.last_month + 1))
    nil = received.nil
    receipts, refunds = plus(nil, *came), plus(nil, *back)
    adjustments = minus(now, stated)
    closing = minus(plus(stated, receipts, adjustments), refunds, used)
    outcomes = len(received.programme.codes)
    beside = (*nil[:outcomes], *closing[outcomes:])
    return Movement(
        stated, receipts, refunds, used, adjustments, closing, later, received.unused(donor), beside
    )


# What moved the opening


@dataclass(frozen=True, slots=True)
class Cause:
    """A record that moved an opening, and by how much.

    `donors` are whose record it is (two, where money was assigned to another donor); empty for what is
    everybody's. `fields` are the facts that changed. Kind `others`: records of other donors, told apart to
    nobody; `rules`: what this program reckons differently from the one that stated the opening.
    """

    kind: Kind
    reference: str
    how: How
    amounts: Amounts
    donors: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()


class _Step(NamedTuple):
    """One record to be changed, and the facts with it changed."""

    kind: Kind
    reference: str
    how: How
    donors: frozenset[str]
    fields: tuple[str, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Restatement:
    """From the facts an opening was stated by to those known now: each donor's opening, step by step."""

    nil: Amounts
    steps: tuple[tuple[_Step, dict[str, Amounts]], ...]

    def causes(self, donor: str, total: Amounts) -> tuple[Cause, ...]:
        """What moved one donor's opening; the amounts re-add to `total`.

        Records of other donors are one cause together.
        """
        own, others, left = [], self.nil, total
        for step, moved in self.steps:
            amounts = moved.get(donor)
            if amounts is None:
                continue
            left = minus(left, amounts)
            if step.donors and donor not in step.donors:
                others = plus(others, amounts)
            else:
                own.append(Cause(step.kind, step.reference, step.how, amounts, step.donors, step.fields))
        if any(others):
            own.append(Cause("others", "", "changed", others))
        if any(left):
            own.append(Cause("rules", "", "changed", left))
        return tuple(own)


def restatement(before: Facts, before_on: date, after: Facts, period: Period) -> Restatement:
    """Walk from the facts `before`, as of the day an opening was stated for, to those known now, record by
    record, and see after each what every donor had on hand when the period began."""
    nil = (0,) * (len(after.programme.codes) + 2)
    start, end = _cut(before, before_on), _cut(after, period.last)
    openings = _openings(start, period)
    steps = []
    for step in _steps(start, end, period):
        now = _openings(step.facts, period)
        moved = {donor: minus(now.get(donor, nil), openings.get(donor, nil)) for donor in {*now, *openings}}
        changed = {donor: amounts for donor, amounts in moved.items() if any(amounts)}
        if changed:
            steps.append((step, changed))
        openings = now
    return Restatement(nil, tuple(steps))


def _cut(facts: Facts, day: date) -> Facts:
    """Facts by a day; pledges all stay, for a receipt inherits their terms whatever its date (R7)."""
    return replace(facts_as_of(facts, day), pledges=facts.pledges)


def _openings(facts: Facts, period: Period) -> dict[str, Amounts]:
    received = received_by(facts, period.last)
    return {donor: received.on_hand_before(donor, period.first) for donor in received.donors}


def _steps(start: Facts, end: Facts, period: Period) -> Iterator[_Step]:
    """Terms first, then money, by date. New money for the period's own months comes in at once, for it
    moves no earlier month (R11)."""
    facts = start
    if facts.programme != end.programme:
        facts = replace(facts, programme=end.programme)
        yield _Step("programme", end.programme.code, "changed", frozenset(), (), facts)
    for version in walk(facts.versions, end.versions, lambda v: str(v.number)):
        facts = replace(facts, versions=version.rows)
        yield _Step("budget", version.key, version.how, frozenset(), (), facts)
    for pledge in walk(facts.pledges, end.pledges, lambda p: p.reference, _terms):
        facts = replace(facts, pledges=pledge.rows)
        yield _Step("pledge", pledge.key, pledge.how, _whose(pledge), changed_fields(pledge), facts)
    facts = _new_money(facts, end, period)
    receipts = walk(facts.receipts, _by_date(end.receipts), lambda r: r.reference)
    for receipt in receipts:
        there = {row.reference for row in receipt.rows}  # a receipt that is gone takes its refunds along
        kept = tuple(row for row in facts.refunds if row.receipt in there)
        facts = replace(facts, receipts=receipt.rows, refunds=kept)
        yield _Step("receipt", receipt.key, receipt.how, _whose(receipt), changed_fields(receipt), facts)
    donors = {row.reference: row.donor for row in end.receipts}
    wanted = tuple(sorted(end.refunds, key=lambda r: (r.refunded_on, r.reference)))
    for refund in walk(facts.refunds, wanted, lambda r: r.reference):
        facts = replace(facts, refunds=refund.rows)
        whose = frozenset(donors[r.receipt] for r in (refund.was, refund.now) if r and r.receipt in donors)
        yield _Step("refund", refund.key, refund.how, whose, changed_fields(refund), facts)


def _new_money(facts: Facts, end: Facts, period: Period) -> Facts:
    known = {receipt.reference for receipt in facts.receipts}
    pledges = {pledge.reference: pledge for pledge in end.pledges}
    first = month_of(period.first)
    new = []
    for receipt in end.receipts:
        pledge = pledges.get(receipt.pledge) if receipt.pledge is not None else None
        starts, _ = receipt_window(receipt, pledge, end.programme)
        if receipt.reference not in known and receipt.received_on >= period.first and starts >= first:
            new.append(receipt)
    return replace(facts, receipts=(*facts.receipts, *new))


def _by_date(receipts: Iterable[Receipt]) -> list[Receipt]:
    return sorted(receipts, key=lambda receipt: (receipt.received_on, receipt.reference))


def _terms(pledge: Pledge) -> object:
    """What its receipts inherit; nothing else of a pledge moves received money."""
    return pledge.earmark, pledge.support_cost, pledge.covers_from, pledge.covers_until


def _whose(changed: Changed[Pledge] | Changed[Receipt]) -> frozenset[str]:
    return frozenset(row.donor for row in (changed.was, changed.now) if row)
