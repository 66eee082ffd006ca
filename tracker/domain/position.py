"""The position: what money covers which outcome in which month, and what is missing (R8 to R11).

One frozen `Position` holds every figure of a report; pages, workbook, JSON and papers dress it and add
nothing up themselves. Amounts are USD cents.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush
from typing import NamedTuple

from tracker.domain.budget import BudgetVersion, Programme, version_in_force
from tracker.domain.contributions import (
    Facts,
    NetReceipt,
    PledgeState,
    facts_as_of,
    net_receipts,
    pledge_states,
)
from tracker.domain.items import Item, Items
from tracker.domain.months import Month, month_of
from tracker.domain.vocabulary import LENSES, STATUSES, Lens, Status

STABLE_MONTHS = 12


class ByLens(NamedTuple):
    """One amount for each lens."""

    received: int = 0
    signed: int = 0
    pledged: int = 0


class Cell(NamedTuple):
    """One outcome in one month: `required = received + signed + pledged + gap`, exactly (R9)."""

    outcome: str
    month: Month
    required: int
    received: int
    signed: int
    pledged: int
    gap: int
    status: Status


class TraceRow(NamedTuple):
    """What one item covers in one cell (R11). Month None: unused, targeted or held money.

    `outcome` is an outcome's code, or `targeted` or `held`.
    """

    lens: Lens
    reference: str
    donor: str
    outcome: str
    month: Month | None
    amount: int


class Total(NamedTuple):
    """A sum of cells. `gap = lapsed + ahead`; gaps are added up, never netted (R9)."""

    required: int
    received: int
    signed: int
    pledged: int
    gap: int
    lapsed: int
    ahead: int


@dataclass(frozen=True, slots=True)
class Headlines:
    """For one lens and all harder ones: the last month of the unbroken run, the first not covered (R9)."""

    funded_through: Month | None
    cliff_month: Month | None


@dataclass(frozen=True)
class Position:
    """Every figure of a report as of one day.

    Cells stand by outcome, then month; items by lens, then in R8's order; `trace` in the order of FORMATS
    (lens, outcome, month, as spent). `headlines` are cumulative: `signed` means received + signed, `pledged`
    all three.
    """

    programme: Programme
    as_of: date
    versions: tuple[BudgetVersion, ...]
    cells: tuple[Cell, ...]
    trace: tuple[TraceRow, ...]
    items: tuple[Item, ...]
    receipts: dict[str, NetReceipt]
    pledges: dict[str, PledgeState]
    total: Total
    unused: ByLens
    targeted: ByLens
    held: ByLens
    headlines: dict[Lens, Headlines]
    stable_funding_base: bool

    @property
    def as_of_month(self) -> Month:
        """The month that separates lapsed from ahead."""
        return month_of(self.as_of)

    def cell(self, outcome: str, month: Month) -> Cell:
        """One cell. Raises `KeyError` where the programme has no such outcome or month."""
        months = self.programme.months
        if outcome not in self.programme.codes or month not in months:
            raise KeyError((outcome, month))
        return self.cells[self.programme.codes.index(outcome) * len(months) + month - months.start]

    def sum_of(self, cells: Iterable[Cell]) -> Total:
        """Add up any cells of this position."""
        return add_up(cells, self.as_of_month)

    def by_outcome(self) -> dict[str, Total]:
        """Totals by outcome, over all months."""
        return {
            code: self.sum_of(c for c in self.cells if c.outcome == code) for code in self.programme.codes
        }

    def by_month(self) -> dict[Month, Total]:
        """Totals by month, over all outcomes."""
        cells: dict[Month, list[Cell]] = {Month(m): [] for m in self.programme.months}
        for cell in self.cells:
            cells[cell.month].append(cell)
        return {month: self.sum_of(chosen) for month, chosen in cells.items()}


def add_up(cells: Iterable[Cell], as_of_month: Month) -> Total:
    """Add up cells; the gap of months before the as-of month is lapsed, the rest ahead."""
    chosen = list(cells)
    gap = sum(c.gap for c in chosen)
    lapsed = sum(c.gap for c in chosen if c.month < as_of_month)
    return Total(
        required=sum(c.required for c in chosen),
        received=sum(c.received for c in chosen),
        signed=sum(c.signed for c in chosen),
        pledged=sum(c.pledged for c in chosen),
        gap=gap,
        lapsed=lapsed,
        ahead=gap - lapsed,
    )


def position(facts: Facts, as_of: date) -> Position:
    """The position as of a day.

    Raises `exchange.NoRate` where an amount has to be converted and no rate is in force, and
    `budget.NoBudget` where no budget version is.
    """
    cut = facts_as_of(facts, as_of)
    net = net_receipts(cut)
    states = pledge_states(cut, as_of, net)
    terms = {pledge.reference: pledge for pledge in facts.pledges}
    found = Items(cut, as_of, terms).all(net, states)
    items = tuple(sorted(found, key=lambda item: (LENSES.index(item.lens), item.order)))
    cells, trace = waterfall(cut, as_of, items)
    headlines = {lens: _headlines(cut.programme, cells, as_of, lens) for lens in LENSES}
    return Position(
        programme=cut.programme,
        as_of=as_of,
        versions=cut.versions,
        cells=cells,
        trace=trace,
        items=items,
        receipts=net,
        pledges=states,
        total=add_up(cells, month_of(as_of)),
        unused=_beside(trace, {*cut.programme.codes}),
        targeted=_beside(trace, {"targeted"}),
        held=_beside(trace, {"held"}),
        headlines=headlines,
        stable_funding_base=_stable(cut.programme, headlines["signed"], as_of),
    )


def waterfall(
    facts: Facts, as_of: date, items: Iterable[Item]
) -> tuple[tuple[Cell, ...], tuple[TraceRow, ...]]:
    """R8: per outcome, received, then signed, then pledged money fills the months in order.

    `items` stand in R8's order within their lens.
    """
    programme = facts.programme
    months = [Month(m) for m in programme.months]
    required = [version_in_force(facts.versions, m, as_of).requirements_minor for m in months]
    by_lens: dict[Lens, list[Item]] = {lens: [] for lens in LENSES}
    for item in items:
        by_lens[item.lens].append(item)
    rows: dict[Lens, list[TraceRow]] = {lens: [] for lens in LENSES}
    cells: list[Cell] = []
    for index, code in enumerate(programme.codes):
        needs = [amounts[index] for amounts in required]
        covered = {
            lens: _fill(lens, code, index, by_lens[lens], months, needs, rows[lens]) for lens in LENSES
        }
        for at, month in enumerate(months):
            parts = (covered["received"][at], covered["signed"][at], covered["pledged"][at])
            whole = required[at][index]
            status = _status(whole, parts, programme.tolerance_minor)
            cells.append(Cell(code, month, whole, *parts, whole - sum(parts), status))
    for lens in LENSES:
        rows[lens].extend(_set_aside(by_lens[lens]))
    return tuple(cells), tuple(row for lens in LENSES for row in rows[lens])


def _fill(
    lens: Lens,
    code: str,
    index: int,
    items: list[Item],
    months: list[Month],
    needs: list[int],
    rows: list[TraceRow],
) -> list[int]:
    """One lens of one outcome. Lowers `needs` by what it covers, adds to `rows`, returns what it covers."""
    left = {i.reference: i.parts_minor[index] for i in items if i.parts_minor and i.parts_minor[index]}
    waiting = sorted((i for i in items if i.reference in left), key=lambda i: i.covers_from, reverse=True)
    ready: list[tuple[tuple[int, int, date, str], Item]] = []
    covered = [0] * len(months)
    for at, month in enumerate(months):
        while waiting and waiting[-1].covers_from <= month:
            item = waiting.pop()
            heappush(ready, (item.order, item))
        while needs[at] and ready:
            item = ready[0][1]
            taken = min(needs[at], left[item.reference]) if item.covers_until >= month else 0
            if taken:
                rows.append(TraceRow(lens, item.reference, item.donor, code, month, taken))
                needs[at] -= taken
                covered[at] += taken
                left[item.reference] -= taken
            if not taken or not left[item.reference]:
                heappop(ready)
    unused = ((i, left[i.reference]) for i in items if left.get(i.reference))
    rows.extend(TraceRow(lens, i.reference, i.donor, code, None, rest) for i, rest in unused)
    return covered


def _set_aside(items: list[Item]) -> list[TraceRow]:
    """Targeted, then held money of one lens, each in R8's order."""
    return [
        TraceRow(item.lens, item.reference, item.donor, item.use, None, item.usd_minor)
        for use in ("targeted", "held")
        for item in items
        if item.use == use
    ]


def _status(required: int, parts: tuple[int, int, int], tolerance_minor: int) -> Status:
    """R9: covered to the cent, or short by less than the tolerance; the cents stay in the gap."""
    short = required
    for part, status in zip(parts, STATUSES, strict=False):
        short -= part
        if short <= 0 or short < tolerance_minor:
            return status
    return "gap"


def _beside(trace: Iterable[TraceRow], outcomes: set[str]) -> ByLens:
    sums = dict.fromkeys(LENSES, 0)
    for row in trace:
        if row.month is None and row.outcome in outcomes:
            sums[row.lens] += row.amount
    return ByLens(**sums)


def _headlines(programme: Programme, cells: Iterable[Cell], as_of: date, lens: Lens) -> Headlines:
    covering = STATUSES[: LENSES.index(lens) + 1]
    short = {cell.month for cell in cells if cell.status not in covering}
    start = max(month_of(as_of), programme.first_month)
    ahead = [Month(m) for m in range(start, programme.last_month + 1)]
    cliff = next((month for month in ahead if month in short), None)
    if not ahead or cliff == start:
        return Headlines(None, cliff)
    return Headlines(Month(cliff - 1) if cliff is not None else programme.last_month, cliff)


def _stable(programme: Programme, signed: Headlines, as_of: date) -> bool:
    """Received + signed cover every one of the next 12 months, or those left in the programme (R9)."""
    start = max(month_of(as_of), programme.first_month)
    last = min(start + STABLE_MONTHS - 1, programme.last_month)
    return signed.funded_through is not None and signed.funded_through >= last
