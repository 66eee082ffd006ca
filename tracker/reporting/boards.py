"""The board: outcomes by month, one year open and the others one column each.

The accessible twin of the picture, with the same links. The lens changes the figure, not the status.
Amounts are USD cents.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from flask_babel import gettext as _
from flask_babel import ngettext

from tracker.domain.budget import Outcome
from tracker.domain.months import Month
from tracker.domain.position import Cell, Position
from tracker.domain.vocabulary import STATUSES, Status
from tracker.reporting.sentences import MonthName, Sentence, say

Figure = Literal["received", "signed", "pledged", "gap"]
FIGURES: Final[tuple[Figure, ...]] = ("received", "signed", "pledged", "gap")
Shown = Literal["funded", "committed", "pledged", "gap", "lapsed"]
"""A cell's status as pages show it: a gap of the past is lapsed."""


def shown_status(status: Status, month: Month, as_of_month: Month) -> Shown:
    """`lapsed` for a gap before the as-of month, else the status itself."""
    return "lapsed" if status == "gap" and month < as_of_month else status


def status_words() -> dict[Shown, str]:
    """The word that stands beside each shape."""
    return {
        "funded": _("funded"),
        "committed": _("committed"),
        "pledged": _("pledged"),
        "gap": _("gap"),
        "lapsed": _("lapsed"),
    }


@dataclass(frozen=True, slots=True)
class Column:
    """A month of the open year, or a whole year. `last` is the year's last month inside the programme."""

    year: int
    month: Month | None
    last: Month
    cliff: bool = False

    @property
    def short_year(self) -> bool:
        """Whether the programme ends before the year does."""
        return self.last % 12 != 11


@dataclass(frozen=True, slots=True)
class Entry:
    """One figure of the board: cents, the status' shape, and what happened in words."""

    amount: int
    shown: Shown
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The table. `rows` pair an outcome with an entry for each column; `totals` are cents by column."""

    figure: Figure
    open_year: int
    years: tuple[int, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Outcome, tuple[Entry, ...]], ...]
    totals: tuple[int, ...]
    why_open: Sentence

    @property
    def months(self) -> tuple[tuple[Month, bool, tuple[tuple[Outcome, Entry], ...], int], ...]:
        """The open year turned round, for narrow screens: month, cliff, entries by outcome, total."""
        return tuple(
            (
                column.month,
                column.cliff,
                tuple((outcome, row[at]) for outcome, row in self.rows),
                self.totals[at],
            )
            for at, column in enumerate(self.columns)
            if column.month is not None
        )


def board(book: Position, figure: Figure = "gap", year: int | None = None) -> Board:
    """The board with one year open: the one asked for, else the cliff month's, else today's."""
    months = book.programme.months
    years = tuple(range(months[0] // 12, months[-1] // 12 + 1))
    cliff = book.headlines["pledged"].cliff_month
    opened, why = _open_year(book, years, year)
    columns = tuple(_columns(months, years, opened, cliff))
    words = status_words()
    by_column = [[c for c in book.cells if _inside(c.month, column)] for column in columns]

    def entries(code: str) -> tuple[Entry, ...]:
        own = ([c for c in cells if c.outcome == code] for cells in by_column)
        return tuple(_entry(cells, figure, book.as_of_month, words) for cells in own)

    rows = tuple((outcome, entries(outcome.code)) for outcome in book.programme.outcomes)
    totals = tuple(sum(getattr(c, figure) for c in cells) for cells in by_column)
    return Board(figure, opened, years, columns, rows, totals, why)


def _open_year(book: Position, years: tuple[int, ...], asked: int | None) -> tuple[int, Sentence]:
    cliff = book.headlines["pledged"].cliff_month
    if asked in years:
        return asked, say(_("%(year)s is open."), year=str(asked))
    if cliff is not None:
        return cliff // 12, say(
            _("%(year)s is open because it holds the cliff month."), year=str(cliff // 12)
        )
    year = min(max(book.as_of.year, years[0]), years[-1])
    return year, say(_("%(year)s is open."), year=str(year))


def _columns(months: range, years: Iterable[int], opened: int, cliff: Month | None) -> Iterable[Column]:
    for year in years:
        inside = range(max(year * 12, months[0]), min(year * 12 + 11, months[-1]) + 1)
        last = Month(inside[-1])
        if year == opened:
            yield from (Column(year, Month(m), last, m == cliff) for m in inside)
        yield Column(year, None, last)


def _inside(month: Month, column: Column) -> bool:
    return month == column.month if column.month is not None else month // 12 == column.year


def _entry(cells: list[Cell], figure: Figure, as_of_month: Month, words: Mapping[Shown, str]) -> Entry:
    amount = sum(getattr(cell, figure) for cell in cells)
    states = [shown_status(cell.status, cell.month, as_of_month) for cell in cells]
    if len(cells) == 1:
        return Entry(amount, states[0], (words[states[0]],))
    gaps, lapsed = states.count("gap"), states.count("lapsed")
    said = []
    if gaps:
        said.append(ngettext("%(num)d gap", "%(num)d gaps", gaps))
    if lapsed:
        said.append(ngettext("%(num)d lapsed", "%(num)d lapsed", lapsed))
    if said:
        return Entry(amount, "gap" if gaps else "lapsed", tuple(said))
    softest = max((cell.status for cell in cells), key=STATUSES.index)
    return Entry(amount, softest, (words[softest],))


def month_caption(column: Column) -> Sentence:
    """What names a month of the board to someone who hears it: `March 2029`."""
    return say("%(month)s", month=MonthName(column.month or column.last))
