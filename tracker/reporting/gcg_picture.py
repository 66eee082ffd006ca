"""The picture of all months for the GCG's summary, as an SVG file of its own: what covers each month.

One bar a month, all outcomes together: received from below, then signed, pledged, and what is missing; the
dark line is the requirement. Money is whole cents; only geometry is in floating point.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final, Protocol

from flask_babel import gettext as _
from markupsafe import escape

from tracker.domain.months import Month
from tracker.domain.position import Position

WIDTH: Final = 780.0
LEFT: Final = 46.0
TOP: Final = 30.0
TALL: Final = 160.0
FOOT: Final = 18.0
LABEL: Final = 5.6
"""About the width of one character of a label, to keep it inside the picture."""
STEPS: Final = (1, 2, 5)
"""Tick marks are these times a power of ten."""

Fill = tuple[str, str]
FILLS: Final[tuple[Fill, ...]] = (
    ("received", 'fill="#1e2dbe"'),
    ("signed", 'fill="url(#signed)" stroke="#1e2dbe" stroke-width="0.7"'),
    ("pledged", 'fill="url(#pledged)" stroke="#1e2dbe" stroke-width="0.7"'),
    ("lapsed", 'fill="#f1f1f3" stroke="#85868f" stroke-width="0.7" stroke-dasharray="2 1.5"'),
    ("ahead", 'fill="#fff0f1" stroke="#c4162a" stroke-width="0.8"'),
)
_PATTERNS: Final = (
    '<defs><pattern id="signed" width="4" height="4" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="4" height="4" fill="#cdd2fa"/>'
    '<rect width="1.3" height="4" fill="#1e2dbe"/></pattern>'
    '<pattern id="pledged" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<rect width="4" height="4" fill="#eceefd"/><circle cx="2" cy="2" r="0.75" fill="#1e2dbe"/></pattern>'
    "</defs>"
)


class Writer(Protocol):
    """Figures, months and days in the reader's language: `tracker.presentation.Writer`."""

    def dollars(self, minor: int, /) -> str:
        """`39,143`"""

    def month_long(self, month: Month, /) -> str:
        """`March 2029`"""

    def day_long(self, day: date, /) -> str:
        """`30 June 2028`"""


class _Paper:
    """Where months and amounts stand."""

    def __init__(self, book: Position) -> None:
        self.months = book.by_month()
        self.first = Month(book.programme.first_month)
        self.step = (WIDTH - LEFT) / len(self.months)
        self.bar = max(self.step - 2.2, self.step * 0.6)
        most = max(total.required for total in self.months.values())
        self.tick = _tick(most)
        self.most = max(-(-most // self.tick) * self.tick, self.tick)
        self.bottom = TOP + TALL

    def x(self, month: int) -> float:
        """The left edge of a month's place."""
        return LEFT + (month - self.first) * self.step

    def tall(self, minor: int) -> float:
        """How tall an amount is."""
        return TALL * minor / self.most


def _tick(most: int) -> int:
    """A round number of cents, of which at most six make the largest requirement."""
    power = 100
    while True:
        for step in STEPS:
            if most <= 6 * step * power:
                return step * power
        power *= 10


def months_svg(book: Position, write: Writer) -> bytes:
    """The picture. Its text is the scale, the years, the as-of day and the cliff month."""
    paper = _Paper(book)
    height = paper.bottom + FOOT
    drawn = "".join(
        (*_scale(paper, write), *_bars(paper), *_line(paper), *_years(paper), *_marks(book, paper, write))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" '
        f'width="{WIDTH:.0f}" height="{height:.0f}" font-family="Noto Sans, sans-serif" font-size="10">'
        f"{_PATTERNS}{drawn}</svg>"
    ).encode()


def _scale(paper: _Paper, write: Writer) -> Iterator[str]:
    for minor in range(0, paper.most + 1, paper.tick):
        y = paper.bottom - paper.tall(minor)
        words = write.dollars(minor) if minor else "0"
        yield (
            f'<path d="M{LEFT:.1f} {y:.1f}H{WIDTH:.1f}" stroke="#e3e4ec" stroke-width="0.7"/>'
            f'<text x="{LEFT - 5:.1f}" y="{y + 3.5:.1f}" text-anchor="end" fill="#5d5d66">'
            f"{escape(words)}</text>"
        )


def _bars(paper: _Paper) -> Iterator[str]:
    """All bars, fill by fill; outlines lie inside, so that neighbours stay apart."""
    paths: dict[str, list[str]] = {}
    for month, total in paper.months.items():
        y = paper.bottom
        for name, _style in FILLS:
            tall = paper.tall(getattr(total, name))
            if tall <= 0:
                continue
            y -= tall
            inset = 0.0 if name == "received" else 0.4
            paths.setdefault(name, []).append(
                f"M{paper.x(month) + 1 + inset:.1f} {y + inset:.2f}h{paper.bar - 2 * inset:.1f}"
                f"v{max(tall - 2 * inset, 0.3):.2f}h-{paper.bar - 2 * inset:.1f}z"
            )
    for name, style in FILLS:
        if name in paths:
            yield f'<path d="{"".join(paths[name])}" {style}/>'


def _line(paper: _Paper) -> Iterator[str]:
    """The requirement, month by month."""
    parts = []
    before: int | None = None
    for month, total in paper.months.items():
        y = paper.bottom - paper.tall(total.required)
        if total.required != before:
            parts.append(f"{'M' if before is None else 'L'}{paper.x(month):.1f} {y:.2f}")
        parts.append(f"H{paper.x(month + 1):.1f}")
        before = total.required
    yield f'<path d="{"".join(parts)}" fill="none" stroke="#230050" stroke-width="1.8"/>'


def _years(paper: _Paper) -> Iterator[str]:
    free = 0.0
    for month in paper.months:
        if month % 12 and month != paper.first:
            continue
        x = paper.x(month)
        yield f'<path d="M{x:.1f} {paper.bottom:.1f}v4" stroke="#2d2d2d" stroke-width="0.8"/>'
        if x >= free:
            yield f'<text x="{x + 2:.1f}" y="{paper.bottom + 14:.1f}" fill="#2d2d2d">{month // 12}</text>'
            free = x + 34


def _marks(book: Position, paper: _Paper, write: Writer) -> Iterator[str]:
    """The as-of month and the cliff month; one line each, so that their words never meet."""
    if book.as_of_month in paper.months:
        words = _("as of %(day)s", day=write.day_long(book.as_of))
        yield _mark(paper, book.as_of_month, words, 10, "#230050")
    cliff = book.headlines["pledged"].cliff_month
    if cliff is not None:
        words = _("cliff month: %(month)s", month=write.month_long(cliff))
        yield _mark(paper, cliff, words, 22, "#c4162a")


def _mark(paper: _Paper, month: Month, words: str, y: float, color: str) -> str:
    x = paper.x(month) + 1 + paper.bar / 2
    half = len(words) * LABEL / 2
    at = min(max(x, LEFT + half), WIDTH - half)
    return (
        f'<path d="M{x:.1f} {y + 2:.1f}V{TOP:.1f}" stroke="{color}" stroke-width="0.8"/>'
        f'<path d="M{x - 4:.1f} {TOP - 5:.1f}h8l-4 5z" fill="{color}"/>'
        f'<rect x="{at - half:.1f}" y="{y - 8:.1f}" width="{2 * half:.1f}" height="10.5" fill="#ffffff"/>'
        f'<text x="{at:.1f}" y="{y:.1f}" text-anchor="middle" font-weight="bold" fill="{color}">'
        f"{escape(words)}</text>"
    )
