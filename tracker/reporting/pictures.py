"""The picture of all months and outcomes: what is drawn, and where.

A `Picture` holds what a drawing shows; `draw_wide` and `draw_folded` turn it into SVG. They write strings,
because 264 cells through a template cost more than the rest of the page. Every rectangle is one outcome in
one month; its area is the requirement, at one scale for the whole programme, filled from below with
received, signed and pledged money. Money is whole cents; only geometry is in floating point.

Fills are classes of look.css and pattern attributes, so that a strict CSP allows them. Every month is a
link with its figures in its title. The patterns (`macros/board.svg.j2`, `defs`) stand once in the page.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Protocol

from flask_babel import gettext as _
from markupsafe import Markup, escape

from tracker.domain.budget import Programme
from tracker.domain.months import Month, month_text
from tracker.domain.position import Cell, Position, Total
from tracker.domain.vocabulary import LENSES, Lens

Fill = Literal["received", "signed", "pledged", "other", "rest", "gap", "lapsed"]
Layers = tuple[tuple[Fill, int], ...]
MonthUrl = Callable[[str], str]
"""From `2029-03` to the address of that month's page; nothing where it has none."""
Whose = Literal["all", "own", "own_alone"]
"""What is told apart: the lenses of all money; a donor's own beside all others'; or its own alone."""

WIDTH: Final = 1320
LABELS: Final = 172
BARE_TOP: Final = 27
LINE: Final = 17
TALL: Final = 208
BETWEEN: Final = 7
YEAR_GAP: Final = 6
WIDEST_STEP: Final = 34.0
LETTER_STEP: Final = 11.0
CHARACTER: Final = 6.2
FLAG_CHARACTER: Final = 6.5
"""About the width of one character of 12 px, to tell whether a label stays inside the picture."""


class Writer(Protocol):
    """Figures, months and days in the reader's language: `tracker.presentation.Writer`."""

    def money(self, minor: int, currency: str = ..., /) -> str:
        """`20,064.70`"""

    def month_long(self, month: Month, /) -> str:
        """`March 2029`"""

    def month_short(self, month: Month, /) -> str:
        """`Mar 2029`"""

    def month_letter(self, month: Month, /) -> str:
        """`M`"""

    def day_short(self, day: date, /) -> str:
        """`30 Jun 2028`"""


@dataclass(frozen=True, slots=True)
class Band:
    """One outcome's strip. Its height stands for the most it needs in any month, in USD cents."""

    code: str
    short_name: str
    most: int
    required_now: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Lenses that cover every outcome through the same month, the hardest first."""

    lenses: tuple[Lens, ...]
    last: Month


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn. `today` None: the as-of day lies outside the programme's months.

    Where it is a donor's own (`tracker.reporting.own.own_picture`), the lenses of its cells are the donor's:
    all other contributors' money is in one pale ink, never told apart, or not drawn at all.
    """

    cells: tuple[tuple[Cell, ...], ...]
    months: tuple[Month, ...]
    totals: tuple[Total, ...]
    bands: tuple[Band, ...]
    as_of_month: Month
    today: date | None
    reaches: tuple[Reach, ...]
    cliff: Month | None
    words: str
    whose: Whose = "all"


def picture(book: Position, words: str) -> Picture:
    """The picture of a position. `words` say the same for people who do not see it."""
    months = tuple(Month(m) for m in book.programme.months)
    size = len(months)
    rows = tuple(book.cells[at * size : (at + 1) * size] for at in range(len(book.programme.codes)))
    return Picture(
        cells=rows,
        months=months,
        totals=tuple(book.by_month().values()),
        bands=bands(book.programme, rows, book.as_of_month),
        as_of_month=book.as_of_month,
        today=book.as_of if months[0] <= book.as_of_month <= months[-1] else None,
        reaches=reaches(book),
        cliff=book.headlines["pledged"].cliff_month,
        words=words,
    )


def bands(programme: Programme, rows: tuple[tuple[Cell, ...], ...], as_of_month: Month) -> tuple[Band, ...]:
    """A strip for each outcome, whose cells are one of the rows."""
    now = min(max(as_of_month, programme.first_month), programme.last_month) - programme.first_month
    return tuple(
        Band(outcome.code, outcome.short_name, max(c.required for c in row) or 1, row[now].required)
        for outcome, row in zip(programme.outcomes, rows, strict=True)
    )


def reaches(book: Position) -> tuple[Reach, ...]:
    """Where each lens ends; lenses that end in one month are one line."""
    by_month: dict[Month, list[Lens]] = {}
    for lens in LENSES:
        last = book.headlines[lens].funded_through
        if last is not None:
            by_month.setdefault(last, []).append(lens)
    return tuple(Reach(tuple(lenses), last) for last, lenses in by_month.items())


def reach_words(reach: Reach) -> str:
    """What stands beside a line; the month follows it.

    >>> reach_words(Reach(("signed", "pledged"), Month(24350)))
    '+ signed agreements and pledges: to'
    """
    return {
        ("received",): _("received: every outcome covered to"),
        ("received", "signed"): _("received and signed: every outcome covered to"),
        ("received", "signed", "pledged"): _("received, signed and pledged: every outcome covered to"),
        ("signed",): _("+ signed agreements: to"),
        ("signed", "pledged"): _("+ signed agreements and pledges: to"),
        ("pledged",): _("+ pledges: to"),
    }[reach.lenses]


def layers(shown: Picture, cell: Cell) -> Layers:
    """What fills one rectangle from below; the amounts re-add to the requirement."""
    known: Layers = ("received", cell.received), ("signed", cell.signed), ("pledged", cell.pledged)
    rest = cell.required - cell.received - cell.signed - cell.pledged
    if shown.whose == "own_alone":
        return *known, ("rest", rest)
    empty: Fill = "gap" if cell.month >= shown.as_of_month else "lapsed"
    return *known, ("other", rest - cell.gap), (empty, cell.gap)


class _Ink:
    """Collects rectangles by fill, so that a drawing is a handful of paths."""

    def __init__(self, shown: Picture, tall: float, between: float) -> None:
        self.shown, self.paths = shown, dict[Fill, list[str]]()
        self.scale = tall / sum(band.most for band in shown.bands)
        self.offsets, y = [], 0.0
        for band in shown.bands:
            self.offsets.append(y)
            y += band.most * self.scale + between
        self.height = y - between

    def month(self, at: int, x: float, y: float, bar: float) -> None:
        """All outcomes of one month, whose top left corner is (x, y)."""
        for row, band, offset in zip(self.shown.cells, self.shown.bands, self.offsets, strict=True):
            bottom = y + offset + band.most * self.scale
            for fill, amount in layers(self.shown, row[at]):
                if amount > 0:
                    height = amount * self.scale
                    bottom -= height
                    self._rectangle(fill, x, bottom, bar, height)

    def _rectangle(self, fill: Fill, x: float, y: float, width: float, height: float) -> None:
        if fill in ("gap", "lapsed", "other", "rest"):  # outlines lie inside, so that neighbours stay apart
            x, y, width, height = x + 0.5, y + 0.5, width - 1, max(height - 1, 0.6)
        self.paths.setdefault(fill, []).append(f"M{x:.1f} {y:.2f}h{width:.1f}v{height:.2f}h-{width:.1f}z")

    def drawn(self, prefix: str) -> str:
        """The paths, lighter ones first."""
        return "".join(
            f'<path {_fill(fill, prefix)} d="{"".join(self.paths[fill])}"/>'
            for fill in ("rest", "lapsed", "gap", "other", "pledged", "signed", "received")
            if fill in self.paths
        )


def _fill(fill: str, prefix: str) -> str:
    if fill in ("signed", "pledged"):
        return f'class="o-ink" fill="url(#{prefix}-{fill})"'
    return f'class="c-{fill}"'


def _room_above(shown: Picture) -> int:
    """Room for today's label, one line a reach, and the cliff's flag."""
    marked = shown.today is not None or shown.cliff is not None
    return BARE_TOP + LINE * max(len(shown.reaches), marked and shown.whose == "all")


class _Frame:
    """Where months stand in the wide picture."""

    def __init__(self, shown: Picture, ink: _Ink) -> None:
        self.first, self.first_year = shown.months[0], shown.months[0] // 12
        years = shown.months[-1] // 12 - self.first_year
        self.step = min((WIDTH - LABELS - years * YEAR_GAP) / len(shown.months), WIDEST_STEP)
        self.bar = self.step - 2
        self.top = _room_above(shown)
        self.bottom = self.top + ink.height

    def x(self, month: Month) -> float:
        """The left edge of a month."""
        years = month // 12 - self.first_year
        return LABELS + (month - self.first) * self.step + years * YEAR_GAP

    def day(self, day: date) -> float:
        """Where a day ends."""
        month = Month(day.year * 12 + day.month - 1)
        return self.x(month) + self.step * day.day / monthrange(day.year, day.month)[1] - 1


def draw_wide(shown: Picture, write: Writer, month_url: MonthUrl, prefix: str = "p") -> Markup:
    """All months side by side, for 1200 px and more."""
    ink = _Ink(shown, TALL if shown.whose == "all" else 150, BETWEEN)
    frame = _Frame(shown, ink)
    for at, month in enumerate(shown.months):
        ink.month(at, frame.x(month), frame.top, frame.bar)
    ruler, crowded = _ruler(shown, frame, write, prefix)
    foot = frame.bottom + (60 if crowded else 44)
    parts = [
        f'<svg class="board" viewBox="0 0 {WIDTH} {foot:.0f}" role="group" '
        f'aria-labelledby="{prefix}-t" aria-describedby="{prefix}-d">'
        f'<title id="{prefix}-t">{escape(_("Funding by outcome and month"))}</title>'
        f'<desc id="{prefix}-d">{escape(shown.words)}</desc>',
        ink.drawn(prefix),
        _bands(shown, frame, ink, write),
        *_months_wide(shown, frame, write, month_url),
        _today(shown, frame, write, below=crowded),
        ruler,
        _flag(shown, frame, write),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704  every text in it has been escaped


def _titles(shown: Picture, write: Writer) -> list[str]:
    """Each month's figures in words, escaped."""
    pattern = _(
        "%(month)s: required %(required)s, received %(received)s, signed %(signed)s, pledged %(pledged)s, "
        "gap %(gap)s"
    )
    own_pattern = _("%(month)s: your contribution covers %(own)s of %(required)s")
    titles = []
    for month, total in zip(shown.months, shown.totals, strict=True):
        values = {name: write.money(amount) for name, amount in total._asdict().items() if name in pattern}
        values["month"] = write.month_long(month)
        values["own"] = write.money(total.received + total.signed + total.pledged)
        titles.append(str(escape((pattern if shown.whose == "all" else own_pattern) % values)))
    return titles


def _opened(url: str, title: str) -> tuple[str, str]:
    """How a month opens and closes: as a link, or where it leads nowhere as a part of the picture."""
    if url:
        return f'<a href="{escape(url)}" class="month"><title>{title}</title>', "</a>"
    return f'<g class="month"><title>{title}</title>', "</g>"


def _months_wide(shown: Picture, frame: _Frame, write: Writer, month_url: MonthUrl) -> list[str]:
    """Letters, years and a link over each month."""
    parts = []
    top, tall = frame.top - 4, frame.bottom - frame.top + 24
    for month, title in zip(shown.months, _titles(shown, write), strict=True):
        x = frame.x(month)
        letter = escape(write.month_letter(month)) if frame.step >= LETTER_STEP else ""
        start, end = _opened(month_url(month_text(month)), title)
        parts.append(
            f'{start}<rect class="hit" x="{x - 1:.1f}" y="{top}" width="{frame.step:.1f}" '
            f'height="{tall:.1f}"/>'
            f'<text class="ax" x="{x + frame.bar / 2:.1f}" y="{frame.bottom + 15:.0f}">{letter}</text>{end}'
        )
        if month % 12 == 0 or month == shown.months[0]:
            parts.append(f'<text class="yr" x="{x:.1f}" y="{frame.bottom + 36:.0f}">{month // 12}</text>')
    return parts


def _bands(shown: Picture, frame: _Frame, ink: _Ink, write: Writer) -> str:
    """Names of the outcomes, and the dark line of their requirement, which steps where a budget does."""
    parts = []
    for row, band, offset in zip(shown.cells, shown.bands, ink.offsets, strict=True):
        y, height = frame.top + offset, band.most * ink.scale
        each = escape(_("%(amount)s a month", amount=write.money(band.required_now)))
        middle = y + height / 2 + (0 if shown.whose == "all" else 6)
        parts.append(
            f'<path class="req" d="{_requirement(row, frame, y + height, ink.scale)}"/>'
            f'<text class="lab" x="0" y="{middle - 2:.1f}"><tspan class="b">{escape(band.code)}</tspan> '
            f"{escape(band.short_name)}</text>"
        )
        if shown.whose == "all":  # the donor's bands are too low for a second line
            parts.append(f'<text class="sub" x="0" y="{middle + 13:.1f}">{each}</text>')
    return "".join(parts)


def _requirement(row: tuple[Cell, ...], frame: _Frame, bottom: float, scale: float) -> str:
    pairs = zip(row, (None, *row), strict=False)
    steps = [cell for cell, before in pairs if before is None or before.required != cell.required]
    ends = [*(frame.x(c.month) for c in steps[1:]), frame.x(row[-1].month) + frame.bar]
    return "".join(
        f"M{frame.x(cell.month):.1f} {bottom - cell.required * scale:.2f}H{end:.1f}"
        for cell, end in zip(steps, ends, strict=True)
    )


def _ruler(shown: Picture, frame: _Frame, write: Writer, prefix: str) -> tuple[str, bool]:
    """A line from today to the end of each reach, with its words; and whether these cross today's line."""
    start = frame.day(shown.today) if shown.today else LABELS - 1
    parts, crowded = [], False
    for at, reach in enumerate(shown.reaches):
        end, y = frame.x(reach.last) + frame.bar, 10 + at * LINE
        words, month = reach_words(reach), write.month_long(reach.last)
        long = (len(words) + len(month) + 1) * CHARACTER
        mark, side, paper = _fill(reach.lenses[0], prefix), f'class="runlab" x="{end + 7:.1f}"', ""
        if end + 7 + long > WIDTH:
            side = f'class="runlab left" x="{end - 14:.1f}"'
            from_x = end - 18 - long
            paper = f'<rect class="paper" x="{from_x:.1f}" y="{y - 7}" width="{long + 8:.1f}" height="14"/>'
            crowded = crowded or (shown.today is not None and from_x < start)
        parts.append(
            f'<path class="run" d="M{start:.1f} {y}H{end:.1f}"/>{paper}'
            f'<rect {mark} x="{end - 8:.1f}" y="{y - 4}" width="8" height="8" rx="1"/>'
            f'<text {side} y="{y + 4}">{escape(words)} <tspan class="b">{escape(month)}</tspan></text>'
        )
    return "".join(parts), crowded


def _today(shown: Picture, frame: _Frame, write: Writer, below: bool) -> str:
    """The as-of day. Its label goes below the axis where a ruler's words need its place."""
    if shown.today is None:
        return ""
    x = frame.day(shown.today)
    end = frame.bottom + (46 if below else 20)
    y = frame.bottom + 56 if below else 14
    return (
        f'<path class="today" d="M{x:.1f} 2V{end:.1f}"/>'
        f'<text class="todaylab" x="{x - 7:.1f}" y="{y:.0f}">{escape(write.day_short(shown.today))}</text>'
    )


def _flag(shown: Picture, frame: _Frame, write: Writer) -> str:
    """The cliff month's flag, hoisted to the left where it would leave the picture."""
    if shown.cliff is None:
        return ""
    x, top = frame.x(shown.cliff) - 1, frame.top - 24
    words = _("Cliff month: %(month)s", month=write.month_long(shown.cliff))
    width = len(words) * FLAG_CHARACTER + 14
    left = x - 1 - width if x + width > WIDTH else x - 1
    return (
        f'<path class="cliff" d="M{x:.1f} {top}V{frame.bottom + 20:.1f}"/>'
        f'<path class="flag" d="M{left:.1f} {top}h{width:.1f}v17h-{width:.1f}z"/>'
        f'<text class="flaglab" x="{left + 7:.1f}" y="{top + 12.5}">{escape(words)}</text>'
    )


# Folded: one row a year, for narrower screens and A4 portrait

FOLD_WIDTH: Final = 356
FOLD_LABELS: Final = 40
FOLD_STEP: Final = 26.0
FOLD_BAR: Final = 23.5
FOLD_TOP: Final = 18
FOLD_GUTTER: Final = 18
FOLD_LINE: Final = 13


class _Fold:
    """Where months stand in the folded picture; a row with two labels is one line taller."""

    def __init__(self, shown: Picture, ink: _Ink) -> None:
        self.full = ink.height
        self.crowded = shown.today.year if shown.today and _year(shown.cliff) == shown.today.year else None
        self.tops: dict[int, float] = {}
        y: float = FOLD_TOP
        for year in range(shown.months[0] // 12, shown.months[-1] // 12 + 1):
            self.tops[year] = y
            y += ink.height + FOLD_GUTTER + (FOLD_LINE if year == self.crowded else 0)
        self.height = y

    def at(self, month: Month) -> tuple[float, float]:
        """The top left corner of a month."""
        return FOLD_LABELS + month % 12 * FOLD_STEP, self.tops[month // 12]


def _year(month: Month | None) -> int | None:
    return None if month is None else month // 12


def draw_folded(shown: Picture, write: Writer, month_url: MonthUrl, prefix: str = "p") -> Markup:
    """The same picture with one row a year."""
    ink = _Ink(shown, 40, 2)
    fold = _Fold(shown, ink)
    links = []
    for at, (month, title) in enumerate(zip(shown.months, _titles(shown, write), strict=True)):
        x, y = fold.at(month)
        ink.month(at, x, y, FOLD_BAR)
        start, end = _opened(month_url(month_text(month)), title)
        links.append(
            f'{start}<rect class="hit" x="{x - 1.2:.1f}" y="{y - 1:.1f}" width="{FOLD_STEP}" '
            f'height="{fold.full + 2:.1f}"/>{end}'
        )
    january = Month(shown.months[0] // 12 * 12)
    letters = "".join(
        f'<text class="ax" x="{FOLD_LABELS + n * FOLD_STEP + FOLD_BAR / 2}" y="11">'
        f"{escape(write.month_letter(Month(january + n)))}</text>"
        for n in range(12)
    )
    years = "".join(
        f'<text class="yr" x="0" y="{top + fold.full / 2 + 5:.1f}">{year}</text>'
        for year, top in fold.tops.items()
    )
    title = escape(f"{_('Funding by outcome and month, one row a year.')} {shown.words}")
    return Markup(  # noqa: S704  every text in it has been escaped
        f'<svg class="board" viewBox="0 0 {FOLD_WIDTH} {fold.height:.0f}" role="group" '
        f'aria-labelledby="{prefix}-ft">'
        f'<title id="{prefix}-ft">{title}</title>{letters}{years}{ink.drawn(prefix)}{"".join(links)}'
        f"{_fold_today(shown, fold, write)}{_fold_cliff(shown, fold, write)}</svg>"
    )


def _fold_today(shown: Picture, fold: _Fold, write: Writer) -> str:
    if shown.today is None:
        return ""
    day = shown.today
    x, y = fold.at(Month(day.year * 12 + day.month - 1))
    x += FOLD_STEP * day.day / monthrange(day.year, day.month)[1] - 1
    beside_cliff = shown.cliff == shown.as_of_month
    return _fold_mark("today", "todaylab", x, y, fold.full, 12, write.day_short(day), beside_cliff)


def _fold_cliff(shown: Picture, fold: _Fold, write: Writer) -> str:
    if shown.cliff is None:
        return ""
    x, y = fold.at(shown.cliff)
    drop = 12 + (FOLD_LINE if fold.crowded == _year(shown.cliff) else 0)
    words = _("Cliff month %(month)s", month=write.month_short(shown.cliff))
    return _fold_mark("cliff", "clifflab", x - 1.5, y, fold.full, drop, words)


def _fold_mark(
    kind: str, label: str, x: float, y: float, full: float, drop: int, words: str, right: bool = False
) -> str:
    """A line through a row with its words below, on the side where there is room."""
    right = right or x - 4 - len(words) * CHARACTER < 0
    place = f'class="{label} right" x="{x + 4:.1f}"' if right else f'class="{label}" x="{x - 4:.1f}"'
    return (
        f'<path class="{kind}" d="M{x:.1f} {y - 3:.1f}V{y + full + drop + 1:.1f}"/>'
        f'<text {place} y="{y + full + drop:.1f}">{escape(words)}</text>'
    )
