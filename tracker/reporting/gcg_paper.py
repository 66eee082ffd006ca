"""What the GCG's two-page summary says, as data: of a report masked already. Amounts are USD cents.

The figures are the position's and the workbook's own (`workbook.figures`), so that both papers of a meeting
agree to the cent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Final, Literal, NamedTuple

import pandas as pd
from flask_babel import gettext as _

from tracker.domain.budget import Outcome
from tracker.domain.changes import Standing
from tracker.domain.months import Month, parse_month
from tracker.domain.position import STABLE_MONTHS, Cell, Position, Total
from tracker.domain.problems import Refused
from tracker.domain.vocabulary import Lens
from tracker.queries.report import Report
from tracker.reporting.changes import line_names
from tracker.reporting.narrative import LARGEST, OpenInstalment, first_month_ahead, open_instalments
from tracker.reporting.sentences import (
    Amount,
    Day,
    Dollars,
    MonthName,
    MonthRange,
    Sentence,
    Share,
    Usd,
    Value,
    say,
    say_n,
)
from tracker.reporting.workbook.figures import AGES, KINDS, Figures

Tone = Literal["plain", "bad"]
CELL: Final = ("Outcome", "Month", "Required", "Received", "Signed", "Pledged", "Gap")
"""The columns of the workbook's sheet Position that hold a cell's figures (docs/formats.md)."""

_ANCHOR: Final = re.compile(r"[1-9][0-9]*:[0-9a-f]{64}")


class Tile(NamedTuple):
    """A figure that leads the paper: USD cents, a month or a word; with a line below."""

    label: str
    figure: Value
    words: Sentence
    tone: Tone = "plain"


class Line(NamedTuple):
    """A line of figures: a name, and the sum that stands beside it."""

    name: str
    total: Total


class ChangeRow(NamedTuple):
    """A line of the bridge. `whole`: where all stands, not what moved."""

    words: str
    moved: Standing
    whole: bool = False


class AgeRow(NamedTuple):
    """Open instalments of one class of lateness."""

    words: str
    signed: int
    pledged: int


class KindRow(NamedTuple):
    """Contributors of one sort: how many have given, what was received, what is open."""

    words: str
    given: int
    received: int
    open: int


@dataclass(frozen=True)
class Summary:
    """What the paper's tables show, of a masked report."""

    report: Report

    @property
    def book(self) -> Position:
        """The position."""
        return self.report.position

    @property
    def figures(self) -> Figures:
        """The workbook's figures of the same report."""
        return Figures(self.report)

    def title(self) -> tuple[Sentence, ...]:
        """The answer, in a sentence or two."""
        return tuple(_title(self.book))

    def tiles(self) -> tuple[Tile, ...]:
        """The five figures."""
        return (
            _ahead_tile(self.report),
            _through_tile(self.book),
            _cliff_tile(self.book),
            _lapsed_tile(self.book),
            _stable_tile(self.book),
        )

    def outcomes(self) -> list[tuple[Outcome, Total]]:
        """Each outcome with its figures over all months."""
        sums = self.book.by_outcome()
        return [(outcome, sums[outcome.code]) for outcome in self.book.programme.outcomes]

    def years(self) -> list[Line]:
        """Each calendar year of the programme."""
        years = sorted({cell.month // 12 for cell in self.book.cells})
        return [
            Line(str(year), self.book.sum_of(c for c in self.book.cells if c.month // 12 == year))
            for year in years
        ]

    def requirement(self) -> int | None:
        """What one month needs; None where months need different amounts."""
        found = {total.required for total in self.figures.by_month.values()}
        return found.pop() if len(found) == 1 else None

    def moneyless(self) -> Sentence | None:
        """The months ahead that no money of any kind reaches."""
        months = self.figures.moneyless
        if not months:
            return None
        gap = sum(self.figures.by_month[month].ahead for month in months)
        return say_n(
            "*%(count)s month ahead has no money of any kind*, %(months)s: %(gap)s.",
            "*%(count)s months ahead have no money of any kind*, %(months)s: %(gap)s.",
            len(months),
            tone="bad",
            months=MonthRange(months[0], months[-1]),
            gap=Usd(gap),
        )

    def changes(self) -> list[ChangeRow]:
        """From the previous paper's figures to this one's; nothing for a first paper."""
        since = self.report.since
        if since is None:
            return []
        words, told = line_names(), since.changes
        return [
            ChangeRow("", told.before, whole=True),
            *(ChangeRow(words[line.kind], line.moved) for line in told.lines),
            ChangeRow("", told.after, whole=True),
        ]

    def change_words(self) -> Sentence | None:
        """How what is still to raise has changed; None for a first paper."""
        since = self.report.since
        if since is None:
            return None
        before, after = since.changes.before.ahead, since.changes.after.ahead
        day = Day(since.as_of)
        if before == after:
            pattern = _("As of %(day)s, %(after)s was still to raise, *as it is now*.")
            return say(pattern, day=day, after=Usd(after))
        more = _("As of %(day)s, %(before)s was still to raise; now it is %(after)s, *%(moved)s more*.")
        less = _("As of %(day)s, %(before)s was still to raise; now it is %(after)s, *%(moved)s less*.")
        moved = Amount(abs(after - before))
        return say(
            more if after > before else less, day=day, before=Usd(before), after=Usd(after), moved=moved
        )

    def movers(self) -> list[tuple[str, int]]:
        """What moved that figure, the largest first: words and cents."""
        since = self.report.since
        lines = since.changes.lines if since else ()
        found = [(line_names()[line.kind], line.moved.ahead) for line in lines if line.moved.ahead]
        return sorted(found, key=lambda one: -abs(one[1]))

    def largest(self) -> tuple[OpenInstalment, ...]:
        """The largest open instalments."""
        return open_instalments(self.book)[:LARGEST]

    def smaller(self) -> tuple[int, int]:
        """How many others there are, and what they are worth."""
        rest = open_instalments(self.book)[LARGEST:]
        return len(rest), sum(one.state.open_usd_minor for one in rest)

    def open_total(self) -> int:
        """All open instalments."""
        return sum(one.state.open_usd_minor for one in open_instalments(self.book))

    def donor_name(self, code: str) -> str:
        """What a contributor is called in this edition."""
        return self.figures.donor_name(code)

    def ageing(self) -> list[AgeRow]:
        """Open instalments by days late, in the workbook's classes."""
        words = age_words()
        return [
            AgeRow(words[name], self.figures.age_sum(name, "signed"), self.figures.age_sum(name, "pledged"))
            for name in AGES
        ]

    def kinds(self) -> list[KindRow]:
        """Contributors by kind, in the workbook's order."""
        words = sort_words()
        return [KindRow(words[name], *self.figures.kind_sums(kinds)) for name, kinds in KINDS]


# The answer


def _title(book: Position) -> Iterator[Sentence]:
    start, total, end = first_month_ahead(book), book.total, MonthName(book.programme.last_month)
    firm, every = book.headlines["signed"], book.headlines["pledged"]
    if start is None:
        yield say(_("The programme ended in %(month)s."), month=end)
        if any(cell.status == "gap" for cell in book.cells):
            yield say(_("USD %(amount)s of its requirement found no money."), amount=Dollars(total.gap))
        else:
            yield say(_("Money received, signed and pledged covers every month of it."))
        return
    if not total.received + total.signed + total.pledged:
        pattern = _("USD %(amount)s is still to raise: no money covers a month yet.")
        yield say(pattern, amount=Dollars(total.ahead))
        return
    if firm.cliff_month is None:
        yield say(_("Money received and signed covers every outcome through %(month)s."), month=end)
        return
    if every.cliff_month is None:
        yield say(_("Every outcome is covered through %(month)s, pledges counted."), month=end)
    else:
        pattern = _("USD %(amount)s is still to raise, from %(month)s on.")
        yield say(pattern, amount=Dollars(total.ahead), month=MonthName(every.cliff_month))
    if firm.funded_through is None:
        yield say(_("Firm money does not cover %(month)s."), month=MonthName(start))
    else:
        yield say(_("Firm money lasts through %(month)s."), month=MonthName(firm.funded_through))


# The tiles


def _ahead_tile(report: Report) -> Tile:
    total, since = report.position.total, report.since
    share = Share(total.ahead, total.required)
    if since is None:
        words = say(_("%(share)s of the requirement; pledges count as covering"), share=share)
    else:
        moved = total.ahead - since.changes.before.ahead
        sign = "+" if moved > 0 else ""
        pattern = _("%(sign)s%(moved)s since %(day)s; pledges count as covering")
        words = say(pattern, sign=sign, moved=Amount(moved), day=Day(since.as_of, short=True))
    return Tile(_("Still to raise, USD"), Amount(total.ahead), words)


def _through(book: Position, lens: Lens) -> Value:
    month = book.headlines[lens].funded_through
    return MonthName(month) if month is not None else _("no month")


def _cliff(book: Position, lens: Lens) -> Value:
    month = book.headlines[lens].cliff_month
    return MonthName(month) if month is not None else _("none")


def _through_tile(book: Position) -> Tile:
    label = _("Funded through (firm)")
    if first_month_ahead(book) is None:
        return Tile(label, _("ended"), say(_("the programme is over")))
    words = say(
        _("received alone %(received)s; with pledges %(pledged)s"),
        received=_through(book, "received"),
        pledged=_through(book, "pledged"),
    )
    return Tile(label, _through(book, "signed"), words)


def _cliff_tile(book: Position) -> Tile:
    label = _("Cliff month, pledges counted")
    if first_month_ahead(book) is None:
        return Tile(label, _("ended"), say(_("the programme is over")))
    words = say(
        _("without pledges %(signed)s; received alone %(received)s"),
        signed=_cliff(book, "signed"),
        received=_cliff(book, "received"),
    )
    tone: Tone = "bad" if book.headlines["pledged"].cliff_month is not None else "plain"
    return Tile(label, _cliff(book, "pledged"), words, tone)


def _lapsed_tile(book: Position) -> Tile:
    short = {cell.month for cell in book.cells if cell.status == "gap" and cell.month < book.as_of_month}
    words = say_n("%(count)s month gone by with a gap", "%(count)s months gone by with a gap", len(short))
    return Tile(_("Lapsed, USD"), Amount(book.total.lapsed), words)


def _stable_tile(book: Position) -> Tile:
    label, start = _("Stable funding base"), first_month_ahead(book)
    if start is None:
        return Tile(label, _("No"), say(_("the programme is over")))
    months = min(STABLE_MONTHS, book.programme.last_month - start + 1)
    if book.stable_funding_base:
        pattern = _("received and signed cover each of the next %(months)s months")
        return Tile(label, _("Yes"), say(pattern, months=months))
    pattern = _("received and signed do not cover each of the next %(months)s months")
    return Tile(label, _("No"), say(pattern, months=months))


# Words


def age_words() -> dict[str, str]:
    """The workbook's classes of lateness, in the reader's language."""
    words = (
        _("not yet due"),
        _("1 to 30 days"),
        _("31 to 60 days"),
        _("61 to 90 days"),
        _("91 to 180 days"),
        _("181 to 365 days"),
        _("more than 365 days"),
    )
    return dict(zip(AGES, words, strict=True))


def sort_words() -> dict[str, str]:
    """The workbook's sorts of contributors, in the reader's language."""
    words = (
        _("Governments"),
        _("International organizations"),
        _("Social partners"),
        _("Foundations"),
        _("Private sector"),
        _("Civil society"),
        _("Other"),
    )
    return dict(zip((name for name, _kinds in KINDS), words, strict=True))


# The workbook of the paper


def marked_draft(report: Report) -> Report:
    """The same report, whose programme is named as of a draft: so every sheet of its workbook says it."""
    programme = report.position.programme
    named = replace(programme, name=_("Draft, not frozen: %(name)s", name=programme.name))
    return replace(report, position=replace(report.position, programme=named))


def cells_of_workbook(content: bytes) -> list[tuple[str, Month, int, int, int, int, int]]:
    """The figures that a frozen workbook holds on its sheet Position, cell by cell.

    Raises `ValueError` where the bytes are no such workbook.
    """
    header, *rows = _sheet(content, "Position")
    try:
        places = [header.index(name) for name in CELL]
        found = [[row[at] for at in places] for row in rows]
        return [(str(one[0]), parse_month(str(one[1])), *_cents(one[2:])) for one in found]
    except (TypeError, Refused) as error:
        raise ValueError(str(error)) from error


def _cents(values: list[Any]) -> tuple[int, int, int, int, int]:
    required, received, signed, pledged, gap = (round(value * 100) for value in values)
    return required, received, signed, pledged, gap


def anchor_of_workbook(content: bytes) -> str:
    """The audit anchor that a frozen workbook prints, `N:HASH`. Raises `ValueError` where it prints none."""
    rows = (row for row in _sheet(content, "Notes") if row[:1] == ["Audit anchor"])
    texts = (str(value) for row in rows for value in row)
    found = next((match for text in texts if (match := _ANCHOR.fullmatch(text))), None)
    if found is None:
        raise ValueError("no anchor on the sheet Notes")
    return found[0]


def _sheet(content: bytes, name: str) -> list[list[Any]]:
    """The stored values of a sheet. Raises `ValueError` where there is no such sheet or no workbook."""
    try:
        frame = pd.read_excel(
            BytesIO(content), sheet_name=name, header=None, dtype=object, na_filter=False, engine="calamine"
        )
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # calamine is Rust: what it panics on is not an Exception
        raise ValueError(f"no workbook with a sheet {name}") from error
    return [list(row) for row in frame.itertuples(index=False, name=None)]


def cells_of(book: Position) -> list[tuple[str, Month, int, int, int, int, int]]:
    """The same of a position that was worked out now."""
    return [_figures(cell) for cell in book.cells]


def _figures(cell: Cell) -> tuple[str, Month, int, int, int, int, int]:
    return (
        cell.outcome,
        cell.month,
        cell.required,
        cell.received,
        cell.signed,
        cell.pledged,
        cell.gap,
    )
