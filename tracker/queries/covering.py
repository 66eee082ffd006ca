"""What some of a position's money covers: the trace of one receipt, one pledge or one donor, added up.

Amounts are USD cents. Nothing here reckons anew: it only chooses rows of the trace (R11).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tracker.domain.budget import Programme
from tracker.domain.months import Month
from tracker.domain.position import ByLens, Position, TraceRow
from tracker.domain.vocabulary import LENSES, Lens


class Traced(Protocol):
    """A position, or one donor's part of it."""

    @property
    def programme(self) -> Programme:
        """Whose outcomes and months are covered."""

    @property
    def trace(self) -> tuple[TraceRow, ...]:
        """What covers what."""


class Covered(NamedTuple):
    """One month and lens: what is covered of each outcome, in the programme's order."""

    month: Month
    lens: Lens
    parts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All outcomes."""
        return sum(self.parts)


class Run(NamedTuple):
    """Months in a row that are covered, and how much in all."""

    first: Month
    last: Month
    amount: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """`rows` stand by month, then lens. `unused` found no month; targeted and held money never covers."""

    rows: tuple[Covered, ...]
    by_outcome: tuple[int, ...]
    unused: ByLens
    targeted: ByLens
    held: ByLens

    @property
    def total(self) -> int:
        """Everything that is set against a month."""
        return sum(self.by_outcome)

    @property
    def beside(self) -> int:
        """What stands beside: unused, targeted and held."""
        return sum(self.unused) + sum(self.targeted) + sum(self.held)

    @property
    def months(self) -> tuple[Month, ...]:
        """Every month that is covered in part, once."""
        return tuple(dict.fromkeys(row.month for row in self.rows))

    @property
    def runs(self) -> tuple[Run, ...]:
        """The covered months, those in a row joined."""
        runs: list[Run] = []
        for row in self.rows:
            if runs and row.month - runs[-1].last <= 1:
                runs[-1] = Run(runs[-1].first, row.month, runs[-1].amount + row.total)
            else:
                runs.append(Run(row.month, row.month, row.total))
        return tuple(runs)


def coverage(book: Traced, keep: Callable[[TraceRow], bool]) -> Coverage:
    """What the chosen rows of the trace cover."""
    codes = book.programme.codes
    cells: dict[tuple[Month, Lens], list[int]] = {}
    beside: dict[str, dict[Lens, int]] = {}
    for row in filter(keep, book.trace):
        if row.month is None:
            kind = row.outcome if row.outcome in ("targeted", "held") else "unused"
            sums = beside.setdefault(kind, dict.fromkeys(LENSES, 0))
            sums[row.lens] += row.amount
        else:
            cells.setdefault((row.month, row.lens), [0] * len(codes))[codes.index(row.outcome)] += row.amount
    order = sorted(cells, key=lambda key: (key[0], LENSES.index(key[1])))
    rows = tuple(Covered(month, lens, tuple(cells[month, lens])) for month, lens in order)
    by_outcome = tuple(sum(row.parts[at] for row in rows) for at in range(len(codes)))
    aside = {kind: ByLens(**beside.get(kind, {})) for kind in ("unused", "targeted", "held")}
    return Coverage(rows, by_outcome, **aside)


def of_donor(code: str, *lenses: Lens) -> Callable[[TraceRow], bool]:
    """Rows of one donor, in the lenses given or in all."""
    return lambda row: row.donor == code and (not lenses or row.lens in lenses)


def of_receipt(reference: str) -> Callable[[TraceRow], bool]:
    """Rows of one receipt."""
    return lambda row: row.lens == "received" and row.reference == reference


def of_pledge(book: Position, reference: str) -> Callable[[TraceRow], bool]:
    """Rows of a pledge: its receipts and what is open of it."""
    mine = {(item.lens, item.reference) for item in book.items if item.pledge == reference}
    return lambda row: (row.lens, row.reference) in mine
