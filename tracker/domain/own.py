"""One donor's part of a position: all that a donor may see of single contributions.

`part_of` is the one filter. Whatever is shown to a donor of pledges, receipts and what they cover comes
from an `OwnPart`, which holds nothing of anybody else. Amounts are USD cents unless the name says otherwise.

`beside_of` is the one rule for what a donor may see of all the others together. No figure is published from
which the money of fewer than `FEWEST` others could be worked out by subtraction: see its docstring.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple

from tracker.domain.budget import BudgetVersion, Programme
from tracker.domain.contributions import NetReceipt, PledgeState
from tracker.domain.items import Item
from tracker.domain.months import Month, month_of
from tracker.domain.position import ByLens, Position, TraceRow
from tracker.domain.vocabulary import LENSES

FEWEST: Final = 3
"""A figure of the others together is shown where at least this many of them are in it."""

Published = Literal["cells", "total", "nothing"]
"""What is published of the others: every outcome and month, the programme's totals alone, or nothing."""

Why = Literal["", "few", "alone", "past"]
"""Why less than everything is: fewer than `FEWEST` others; some of fewer than `FEWEST` stand alone in the
cells that they cover; or the reading is not the latest one."""


@dataclass(frozen=True)
class OwnPart:
    """Items, trace, receipts and pledges of one donor, in the position's order. The budget is public."""

    donor: str
    programme: Programme
    as_of: date
    versions: tuple[BudgetVersion, ...]
    items: tuple[Item, ...]
    trace: tuple[TraceRow, ...]
    receipts: dict[str, NetReceipt]
    pledges: dict[str, PledgeState]

    @property
    def as_of_month(self) -> Month:
        """The month of the as-of day."""
        return month_of(self.as_of)


def part_of(book: Position, donor: str) -> OwnPart:
    """What belongs to one donor, by its code."""
    return OwnPart(
        donor=donor,
        programme=book.programme,
        as_of=book.as_of,
        versions=book.versions,
        items=tuple(item for item in book.items if item.donor == donor),
        trace=tuple(row for row in book.trace if row.donor == donor),
        receipts={key: net for key, net in book.receipts.items() if net.receipt.donor == donor},
        pledges={key: state for key, state in book.pledges.items() if state.pledge.donor == donor},
    )


class BesideCell(NamedTuple):
    """One outcome in one month, as a donor may see it.

    `others` is what all others cover together, in all lenses; `others` and `gap` are both None where they
    are not published, else `required = own + others + gap`.
    """

    outcome: str
    month: Month
    required: int
    own: ByLens
    others: int | None
    gap: int | None


class BesideTotal(NamedTuple):
    """A sum of cells; `others` and `gap`, and how the gap is parted by the as-of month, where published."""

    required: int
    own: ByLens
    others: int | None = None
    gap: int | None = None
    lapsed: int | None = None
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """The programme around one donor's money: `cells` by outcome, then month, as a donor may see them.

    `received` is what the whole programme has received less refunds; None where it is not published.
    """

    published: Published
    why: Why
    cells: tuple[BesideCell, ...]
    total: BesideTotal
    received: int | None
    as_of_month: Month

    def by_outcome(self) -> dict[str, BesideTotal]:
        """Sums over all months."""
        codes = dict.fromkeys(cell.outcome for cell in self.cells)
        return {code: self._sum(c for c in self.cells if c.outcome == code) for code in codes}

    def by_month(self) -> dict[Month, BesideTotal]:
        """Sums over all outcomes."""
        cells: dict[Month, list[BesideCell]] = {}
        for cell in self.cells:
            cells.setdefault(cell.month, []).append(cell)
        return {month: self._sum(chosen) for month, chosen in cells.items()}

    def of_year(self, year: int) -> BesideTotal:
        """The sum of the programme's months in a year."""
        return self._sum(cell for cell in self.cells if cell.month // 12 == year)

    def _sum(self, cells: Iterable[BesideCell]) -> BesideTotal:
        return _add_up(list(cells), self.as_of_month)


def _add_up(cells: list[BesideCell], as_of_month: Month) -> BesideTotal:
    own = ByLens(*(sum(c.own[at] for c in cells) for at in range(len(LENSES))))
    known = BesideTotal(sum(c.required for c in cells), own)
    gaps = [(c.month, c.gap) for c in cells if c.gap is not None]
    if len(gaps) < len(cells):
        return known
    return known._replace(
        others=sum(c.others or 0 for c in cells),
        gap=sum(gap for _, gap in gaps),
        lapsed=sum(gap for month, gap in gaps if month < as_of_month),
        ahead=sum(gap for month, gap in gaps if month >= as_of_month),
    )


def beside_of(book: Position, donor: str, *, latest: bool) -> Beside:
    """What one donor may see of the programme: the rule against subtraction.

    The requirement and the donor's own money are always shown. Of the others:

    - nothing where the reading is not the `latest`: two days held against each other would tell what one
      contributor gave in between;
    - nothing where fewer than `FEWEST` others cover anything;
    - the programme's total and whole gap alone where, in some outcome, fewer than `FEWEST` others stand
      alone in the months they cover: the sum of those months would be theirs;
    - else every outcome and month; the lenses are never told apart.

    What the programme has received is published where at least `FEWEST` others have paid, and where what
    the two published sums differ by (open money that covers, received money that does not) is nobody's or
    that of at least `FEWEST` others.
    """
    others = _others_by_cell(book, donor)
    published, why = _published(others, latest)
    cells = _cells(book, donor, others)
    total = _add_up(cells, book.as_of_month)
    if published != "cells":
        cells = [cell._replace(others=None, gap=None) for cell in cells]
        total = total._replace(lapsed=None, ahead=None)
    if published == "nothing":
        total = total._replace(others=None, gap=None)
    received = sum(net.net_usd_minor for net in book.receipts.values())
    known = latest and may_tell_received(book, donor, with_total=published != "nothing")
    return Beside(published, why, tuple(cells), total, received if known else None, book.as_of_month)


Cells = Mapping[tuple[str, Month], Mapping[str, int]]
"""What each other donor covers of an outcome in a month."""


def _others_by_cell(book: Position, donor: str) -> Cells:
    found: dict[tuple[str, Month], dict[str, int]] = {}
    for row in book.trace:
        if row.month is not None and row.donor != donor:
            cell = found.setdefault((row.outcome, row.month), {})
            cell[row.donor] = cell.get(row.donor, 0) + row.amount
    return found


def _published(others: Cells, latest: bool) -> tuple[Published, Why]:
    if not latest:
        return "nothing", "past"
    everybody = {donor for cell in others.values() for donor in cell}
    if len(everybody) < FEWEST:
        return "nothing", "few"
    smallest = min(len(group) for group in standing_together(others))
    return ("cells", "") if smallest >= FEWEST else ("total", "alone")


def standing_together(others: Cells) -> list[frozenset[str]]:
    """Per outcome, the donors whose months are joined by shared cells.

    The cells that a group covers add up to what the group gives to that outcome, and to nothing less:
    a group of one is one contribution laid open.
    """
    groups: dict[str, list[set[str]]] = {}
    for (outcome, _month), cell in others.items():
        joined = set(cell)
        apart = []
        for group in groups.get(outcome, []):
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups[outcome] = [*apart, joined]
    return [frozenset(group) for found in groups.values() for group in found]


def _cells(book: Position, donor: str, others: Cells) -> list[BesideCell]:
    own: dict[tuple[str, Month], ByLens] = {}
    for row in book.trace:
        if row.month is not None and row.donor == donor:
            key = (row.outcome, row.month)
            before = own.get(key, ByLens())
            own[key] = before._replace(**{row.lens: getattr(before, row.lens) + row.amount})
    return [
        BesideCell(
            cell.outcome,
            cell.month,
            cell.required,
            own.get((cell.outcome, cell.month), ByLens()),
            sum(others.get((cell.outcome, cell.month), {}).values()),
            cell.gap,
        )
        for cell in book.cells
    ]


def may_tell_received(book: Position, donor: str, *, with_total: bool) -> bool:
    """Whether a donor may be told what the whole programme has received; `with_total`: beside what the
    others cover."""
    payers = {net.receipt.donor for net in book.receipts.values() if net.net_usd_minor} - {donor}
    between = {
        row.donor
        for row in book.trace
        if row.donor != donor and (row.lens == "received") == (row.month is None)
    }
    return len(payers) >= FEWEST and (not with_total or not between or len(between) >= FEWEST)
