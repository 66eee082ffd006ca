"""From one paper to the next: what changed the gap, line by line, each opened to its records.

Between the position as of D0 from the facts known then, and that as of D1 from the facts known now, lie

    corrections of the past · exchange · budget revisions · new pledges · signatures · receipts · refunds ·
    closings · slipped instalments · time passing

in this order. Records are brought from their old state to their new one, one at a time, and after each the
position is worked out anew, so that lines and records re-add to the difference exactly. Late money that was
paid after all is no slip: what slips is open to the end. Where very many records changed, only lines are
worked out, and give the same sums. Amounts are USD cents.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

from tracker.domain.contributions import (
    Facts,
    InstalmentState,
    Pledge,
    Refund,
    facts_as_of,
    net_receipts,
    pledge_states,
)
from tracker.domain.exchange import Rate, Rates
from tracker.domain.items import Items
from tracker.domain.months import Month, month_of
from tracker.domain.position import waterfall
from tracker.domain.vocabulary import LENSES
from tracker.domain.walking import Changed, How, walk

Kind = Literal[
    "corrections",
    "exchange",
    "budget",
    "pledges",
    "signatures",
    "receipts",
    "refunds",
    "closings",
    "slipped",
    "time",
]
KINDS: Final[tuple[Kind, ...]] = (
    "corrections",
    "exchange",
    "budget",
    "pledges",
    "signatures",
    "receipts",
    "refunds",
    "closings",
    "slipped",
    "time",
)
"""The lines of a bridge, in the order they are walked."""


class Standing(NamedTuple):
    """Where all the requirement stands: `required = received + signed + pledged + ahead + lapsed`."""

    required: int = 0
    received: int = 0
    signed: int = 0
    pledged: int = 0
    ahead: int = 0
    lapsed: int = 0

    def since(self, other: "Standing") -> "Standing":
        """What moved from another standing to this one."""
        return Standing(*(now - then for now, then in zip(self, other, strict=True)))

    def plus(self, other: "Standing") -> "Standing":
        """Two movements together."""
        return Standing(*(one + two for one, two in zip(self, other, strict=True)))


class RecordMove(NamedTuple):
    """What one record moved. `entity` and `reference` name it; `dated_on` is when it happened, if it did."""

    entity: str
    reference: str
    donor: str
    dated_on: date | None
    how: How
    moved: Standing


class ChangeLine(NamedTuple):
    """One line of the bridge: what moved in all, and the records that moved it (all that changed, where
    records were not walked)."""

    kind: Kind
    moved: Standing
    records: tuple[RecordMove, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """From `before` to `after`; the lines, in the order of `KINDS`, re-add to the difference.

    Where it is not `by_record`, what each record moved was not worked out, and stands as nil.
    """

    before_on: date
    after_on: date
    before: Standing
    after: Standing
    lines: tuple[ChangeLine, ...]
    by_record: bool = True


@dataclass(frozen=True, slots=True)
class _State:
    """What a standing is worked out from, each part by itself.

    `facts` are cut already; `terms` are all pledges; `valued_on` the day whose rates value open money;
    `pays_from` the month before which an open instalment cannot pay, where it is not `month`; `now` the
    month that parts lapsed from ahead.
    """

    facts: Facts
    terms: tuple[Pledge, ...]
    valued_on: date
    month: Month
    now: Month
    pays_from: Mapping[str, Month] = field(default_factory=dict)

    def standing(self) -> Standing:
        """Where the requirement stands."""
        items = Items(self.facts, date.max, {pledge.reference: pledge for pledge in self.terms})
        net = net_receipts(self.facts)
        found = [items.of_receipt(one) for one in net.values() if one.net_usd_minor]
        for part in self.open_instalments():
            found.append(items.of_instalment(part, self.pays_from.get(part.reference, self.month)))
        ordered = sorted(found, key=lambda item: (LENSES.index(item.lens), item.order))
        cells, _ = waterfall(self.facts, date.max, ordered)
        lapsed = sum(cell.gap for cell in cells if cell.month < self.now)
        return Standing(
            sum(cell.required for cell in cells),
            sum(cell.received for cell in cells),
            sum(cell.signed for cell in cells),
            sum(cell.pledged for cell in cells),
            sum(cell.gap for cell in cells) - lapsed,
            lapsed,
        )

    def open_instalments(self) -> list[InstalmentState]:
        """What is open, in USD above nil."""
        states = pledge_states(self.facts, self.valued_on, net_receipts(self.facts))
        return [part for state in states.values() for part in state.instalments if part.open_usd_minor]


class _Step(NamedTuple):
    """One record brought to its new state, and everything with it; None where nobody will ask for it."""

    kind: Kind
    entity: str
    reference: str
    donor: str
    dated_on: date | None
    how: How
    state: _State | None


def changes(before: Facts, before_on: date, after: Facts, after_on: date, most: int | None = None) -> Changes:
    """The bridge from one paper to the next. `after_on` is not before `before_on`.

    With more than `most` steps only lines are worked out. Raises `exchange.NoRate` and `budget.NoBudget` as a
    position does.
    """
    state = _State(
        facts_as_of(before, before_on),
        before.pledges,
        before_on,
        month_of(before_on),
        month_of(before_on),
    )
    steps, by_record = _kept(_Walk(state, after, before_on, after_on).steps(), most)
    first = standing = state.standing()
    records: dict[Kind, list[RecordMove]] = {kind: [] for kind in KINDS}
    moves: dict[Kind, Standing] = dict.fromkeys(KINDS, Standing())
    for step in steps:
        moved = Standing()
        if step.state is not None:
            now = step.state.standing()
            moved, standing = now.since(standing), now
            moves[step.kind] = moves[step.kind].plus(moved)
        if any(moved) or not by_record:
            own = moved if by_record else Standing()
            records[step.kind].append(RecordMove(*step[1:6], own))
    lines = tuple(
        ChangeLine(kind, moves[kind], tuple(records[kind]) if any(moves[kind]) or by_record else ())
        for kind in KINDS
    )
    return Changes(before_on, after_on, first, standing, lines, by_record)


def _kept(steps: Iterator[_Step], most: int | None) -> tuple[list[_Step], bool]:
    """All steps; beyond `most` of them only the last of each line keeps its state. And whether all do."""
    found: list[_Step] = []
    by_record = True
    for step in steps:
        if by_record and most is not None and len(found) >= most:
            by_record = False
            found = [
                one if two.kind != one.kind else one._replace(state=None)
                for one, two in pairwise((*found, step))
            ]
        elif not by_record and found[-1].kind == step.kind:
            found[-1] = found[-1]._replace(state=None)
        found.append(step)
    return found, by_record


class _Walk:
    """The steps from one state to the other; each begins where the one before it ended."""

    def __init__(self, state: _State, after: Facts, before_on: date, after_on: date) -> None:
        self.state, self.after = state, after
        self.before_on, self.after_on = before_on, after_on

    def steps(self) -> Iterator[_Step]:
        """All steps, in the order of `KINDS`."""
        yield from self._corrections()
        yield from self._exchange()
        yield from self._budget()
        yield from self._pledges()
        yield from self._signatures()
        yield from self._receipts()
        yield from self._refunds()
        yield from self._closings()
        yield from self._slipped()
        self.state = replace(self.state, now=month_of(self.after_on))
        yield _Step("time", "month", "", "", self.after_on, "changed", self.state)

    def _to(
        self,
        kind: Kind,
        entity: str,
        reference: str,
        *,
        donor: str = "",
        dated_on: date | None = None,
        how: How = "added",
        **facts: Any,
    ) -> _Step:
        """Go to a state whose facts differ in some parts."""
        self.state = replace(self.state, facts=replace(self.state.facts, **facts))
        return _Step(kind, entity, reference, donor, dated_on, how, self.state)

    # What is known differently of the time to the earlier day

    def _corrections(self) -> Iterator[_Step]:
        wanted = facts_as_of(self.after, self.before_on)
        facts = self.state.facts
        if facts.programme != wanted.programme:
            code, programme = wanted.programme.code, wanted.programme
            yield self._to("corrections", "programme", code, how="changed", programme=programme)
        gone = yield from self._corrected_rates(facts)
        for version in walk(facts.versions, wanted.versions, lambda v: str(v.number)):
            rows = version.rows
            yield self._to("corrections", "budget_version", version.key, how=version.how, versions=rows)
        yield from self._corrected_pledges()
        for receipt in walk(facts.receipts, wanted.receipts, lambda r: r.reference):
            row = receipt.now or receipt.was
            assert row is not None
            there = {one.reference for one in receipt.rows}
            refunds = tuple(one for one in self.state.facts.refunds if one.receipt in there)
            yield self._to(
                "corrections",
                "receipt",
                receipt.key,
                donor=row.donor,
                dated_on=row.received_on,
                how=receipt.how,
                receipts=receipt.rows,
                refunds=refunds,
            )
        for refund in walk(self.state.facts.refunds, wanted.refunds, lambda r: r.reference):
            yield self._refund("corrections", refund)
        for key in gone:
            rates = tuple(r for r in self.state.facts.rates.all() if _rate_key(r) != key)
            yield self._to("corrections", "rate", key, how="removed", rates=Rates(rates))

    def _corrected_rates(self, facts: Facts) -> Generator[_Step, None, list[str]]:
        """New and changed rates; those that are gone are told, and go last, for they may still be needed."""
        was = [rate for rate in facts.rates.all() if rate.effective_on <= self.before_on]
        now = [rate for rate in self.after.rates.all() if rate.effective_on <= self.before_on]
        kept = {_rate_key(rate): rate for rate in was}
        gone = [key for key in kept if key not in {_rate_key(rate) for rate in now}]
        self.state = replace(self.state, facts=replace(facts, rates=Rates(was)))
        for rate in now:
            key = _rate_key(rate)
            if kept.get(key) == rate:
                continue
            how: How = "changed" if key in kept else "added"
            kept[key] = rate
            rates = Rates(kept.values())
            yield self._to("corrections", "rate", key, dated_on=rate.effective_on, how=how, rates=rates)
        return gone

    def _corrected_pledges(self) -> Iterator[_Step]:
        """Terms count for receipts whatever the pledge's date, so later pledges are walked too."""
        for pledge in walk(self.state.terms, self.after.pledges, lambda p: p.reference):
            row = pledge.now or pledge.was
            assert row is not None
            self.state = replace(self.state, terms=pledge.rows)
            cut = facts_as_of(replace(self.state.facts, pledges=pledge.rows), self.before_on).pledges
            yield self._to(
                "corrections",
                "pledge",
                pledge.key,
                donor=row.donor,
                dated_on=row.pledged_on,
                how=pledge.how,
                pledges=cut,
            )

    # What happened between the two days

    def _exchange(self) -> Iterator[_Step]:
        """Open money at the later day's rates, one currency after the other."""
        rates = {_rate_key(rate): rate for rate in self.state.facts.rates.all()}
        self.state = replace(self.state, valued_on=self.after_on)
        later = [r for r in self.after.rates.all() if self.before_on < r.effective_on <= self.after_on]
        for currency in dict.fromkeys(rate.currency for rate in later):
            rates |= {_rate_key(rate): rate for rate in later if rate.currency == currency}
            yield self._to("exchange", "rate", currency, how="changed", rates=Rates(rates.values()))

    def _budget(self) -> Iterator[_Step]:
        wanted = facts_as_of(self.after, self.after_on).versions
        for version in walk(self.state.facts.versions, wanted, lambda v: str(v.number)):
            assert version.now is not None
            yield self._to(
                "budget",
                "budget_version",
                version.key,
                dated_on=version.now.adopted_on,
                versions=version.rows,
            )

    def _pledges(self) -> Iterator[_Step]:
        for pledge in sorted(self.after.pledges, key=lambda p: (p.pledged_on, p.reference)):
            if self._between(pledge.pledged_on):
                bare = replace(pledge, signed_on=None, closed_on=None)
                rows = (*self.state.facts.pledges, bare)
                yield self._pledge("pledges", pledge, pledge.pledged_on, rows)

    def _signatures(self) -> Iterator[_Step]:
        for pledge in sorted(self.after.pledges, key=lambda p: (p.signed_on or date.max, p.reference)):
            if pledge.signed_on and self._between(pledge.signed_on):
                rows = self._with(pledge.reference, signed_on=pledge.signed_on)
                yield self._pledge("signatures", pledge, pledge.signed_on, rows)

    def _receipts(self) -> Iterator[_Step]:
        for receipt in sorted(self.after.receipts, key=lambda r: (r.received_on, r.reference)):
            if self._between(receipt.received_on):
                yield self._to(
                    "receipts",
                    "receipt",
                    receipt.reference,
                    donor=receipt.donor,
                    dated_on=receipt.received_on,
                    receipts=(*self.state.facts.receipts, receipt),
                )

    def _refunds(self) -> Iterator[_Step]:
        wanted = facts_as_of(self.after, self.after_on).refunds
        for refund in walk(self.state.facts.refunds, wanted, lambda r: r.reference):
            yield self._refund("refunds", refund)

    def _closings(self) -> Iterator[_Step]:
        for pledge in sorted(self.after.pledges, key=lambda p: (p.closed_on or date.max, p.reference)):
            if pledge.closed_on and self._between(pledge.closed_on):
                rows = self._with(pledge.reference, closed_on=pledge.closed_on)
                yield self._pledge("closings", pledge, pledge.closed_on, rows)

    def _slipped(self) -> Iterator[_Step]:
        """What is open to the end can no longer pay for the months gone by."""
        month = month_of(self.after_on)
        for part in sorted(self.state.open_instalments(), key=lambda part: (part.due_on, part.reference)):
            pays_from = {**self.state.pays_from, part.reference: month}
            self.state = replace(self.state, pays_from=pays_from)
            donor = part.pledge.donor
            yield _Step("slipped", "instalment", part.reference, donor, part.due_on, "changed", self.state)
        self.state = replace(self.state, month=month, pays_from={})

    # Helpers

    def _between(self, day: date) -> bool:
        return self.before_on < day <= self.after_on

    def _with(self, reference: str, **terms: Any) -> tuple[Pledge, ...]:
        pledges = self.state.facts.pledges
        return tuple(replace(p, **terms) if p.reference == reference else p for p in pledges)

    def _pledge(self, kind: Kind, pledge: Pledge, day: date, rows: tuple[Pledge, ...]) -> _Step:
        return self._to(
            kind, "pledge", pledge.reference, donor=pledge.donor, dated_on=day, how="added", pledges=rows
        )

    def _refund(self, kind: Kind, refund: Changed[Refund]) -> _Step:
        row = refund.now or refund.was
        assert row is not None
        donors = {receipt.reference: receipt.donor for receipt in self.state.facts.receipts}
        return self._to(
            kind,
            "refund",
            refund.key,
            donor=donors.get(row.receipt, ""),
            dated_on=row.refunded_on,
            how=refund.how,
            refunds=refund.rows,
        )


def _rate_key(rate: Rate) -> str:
    return f"{rate.currency} {rate.effective_on.isoformat()}"
