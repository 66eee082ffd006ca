"""The picture of the months that a donor's money covers, as an SVG file of its own for a paper.

One row for each outcome, one bar for each month; the outline is the month's requirement, the fill the part
of it that is covered. The period is shaded. Money is whole cents; only geometry is in floating point.
"""

from collections.abc import Iterator
from typing import Final

from flask_babel import gettext as _
from markupsafe import escape

from tracker.domain.money import split
from tracker.domain.months import month_of
from tracker.queries.statements import StatementMonth, StatementReport, When
from tracker.reporting.sentences import MonthRange, Sentence, Usd, say_n

WIDTH: Final = 780.0
LABELS: Final = 132.0
TOP: Final = 18.0
TALL: Final = 38.0
BETWEEN: Final = 3.0
FOOT: Final = 16.0
NAME: Final = 18
"""As many characters of an outcome's short name have room beside its row."""
YEAR_WIDTH: Final = 34.0
"""Years are named so far apart at least."""

_STYLE: Final[dict[When, str]] = {
    "before": 'fill="#85868f"',
    "period": 'fill="#1e2dbe"',
    "later": 'fill="url(#later)" stroke="#1e2dbe" stroke-width="0.8"',
}


class _Paper:
    """Where months and outcomes stand."""

    def __init__(self, report: StatementReport) -> None:
        self.first, self.last = report.programme.first_month, report.programme.last_month
        self.step = (WIDTH - LABELS) / len(report.programme.months)
        self.bar = max(self.step - 2.0, self.step * 0.6)
        self.rows = len(report.programme.outcomes)
        self.bottom = TOP + self.rows * TALL + (self.rows - 1) * BETWEEN

    def x(self, month: int) -> float:
        """The left edge of a month's place."""
        return LABELS + (month - self.first) * self.step

    def y(self, row: int) -> float:
        """The top of an outcome's row."""
        return TOP + row * (TALL + BETWEEN)


def covers_svg(report: StatementReport) -> bytes:
    """The picture. Its text is the outcomes' names, the years and the word for the period."""
    paper = _Paper(report)
    height = paper.bottom + FOOT
    drawn = "".join(
        (
            *_period(report, paper),
            *_outlines(paper),
            *_fills(report, paper),
            *_years(paper),
            *_names(report, paper),
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" '
        f'width="{WIDTH:.0f}" height="{height:.0f}" font-family="Noto Sans, sans-serif" font-size="11">'
        '<defs><pattern id="later" width="4" height="4" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="4" height="4" fill="#cdd2fa"/>'
        '<rect width="1.3" height="4" fill="#1e2dbe"/></pattern></defs>'
        f"{drawn}</svg>"
    ).encode()


def covers_words(report: StatementReport) -> tuple[Sentence, ...]:
    """The same in words, for people who do not see it."""
    return tuple(_group_words(report))


def _group_words(report: StatementReport) -> Iterator[Sentence]:
    by_when: dict[When, list[StatementMonth]] = {}
    for row in report.months:
        by_when.setdefault(row.when, []).append(row)
    for when, rows in by_when.items():
        one, many = {
            "before": (
                "%(amount)s in %(count)s month before the period, %(months)s.",
                "%(amount)s in %(count)s months before the period, %(months)s.",
            ),
            "period": (
                "%(amount)s in %(count)s month that ended in the period, %(months)s.",
                "%(amount)s in %(count)s months that ended in the period, %(months)s.",
            ),
            "later": (
                "%(amount)s in %(count)s later month, provisional, %(months)s.",
                "%(amount)s in %(count)s later months, provisional, %(months)s.",
            ),
        }[when]
        months = MonthRange(rows[0].month, rows[-1].month)
        yield say_n(one, many, len(rows), amount=Usd(sum(row.total for row in rows)), months=months)


def _period(report: StatementReport, paper: _Paper) -> Iterator[str]:
    """The period's months, shaded, as far as they lie in the programme."""
    first = max(month_of(report.period.first), paper.first)
    last = min(month_of(report.period.last), paper.last)
    if first > last:
        return
    x, width = paper.x(first), paper.x(last + 1) - paper.x(first)
    middle = min(max(x + width / 2, LABELS + 30), WIDTH - 30)
    yield (
        f'<rect x="{x:.1f}" y="{TOP - 2:.1f}" width="{width:.1f}" height="{paper.bottom - TOP + 4:.1f}" '
        'fill="#fff8dd" stroke="#ffcd2d" stroke-width="1.5"/>'
        f'<text x="{middle:.1f}" y="10" text-anchor="middle" font-weight="bold" fill="#230050">'
        f"{escape(_('the period'))}</text>"
    )


def _outlines(paper: _Paper) -> Iterator[str]:
    """Every month's full requirement."""
    path = "".join(
        _box(paper.x(month) + 1, paper.y(row) + 0.5, paper.bar, TALL - 1)
        for row in range(paper.rows)
        for month in range(paper.first, paper.last + 1)
    )
    yield f'<path d="{path}" fill="none" stroke="#c3c5d1" stroke-width="0.7"/>'


def _fills(report: StatementReport, paper: _Paper) -> Iterator[str]:
    """What is covered, from below, as a part of the outcome's requirement in the month."""
    paths: dict[When, list[str]] = {}
    for month in report.months:
        required = split(month.required, report.shares)
        for row, (part, full) in enumerate(zip(month.parts, required, strict=True)):
            if part > 0:
                tall = (TALL - 1) * min(part / full, 1.0) if full else TALL - 1
                top = paper.y(row) + TALL - 0.5 - tall
                box = _box(paper.x(month.month) + 1, top, paper.bar, tall)
                paths.setdefault(month.when, []).append(box)
    for when, boxes in paths.items():
        yield f'<path d="{"".join(boxes)}" {_STYLE[when]}/>'


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.1f} {y:.2f}h{width:.1f}v{height:.2f}h-{width:.1f}z"


def _years(paper: _Paper) -> Iterator[str]:
    """A line where a year begins, and its number where there is room."""
    free = 0.0
    for month in range(paper.first, paper.last + 1):
        if month % 12 and month != paper.first:
            continue
        x = paper.x(month)
        yield f'<path d="M{x:.1f} {TOP:.1f}V{paper.bottom + 3:.1f}" stroke="#2d2d2d" stroke-width="0.8"/>'
        if x >= free and x + YEAR_WIDTH <= WIDTH + 4:
            yield f'<text x="{x + 2:.1f}" y="{paper.bottom + 13:.1f}" fill="#2d2d2d">{month // 12}</text>'
            free = x + YEAR_WIDTH


def _names(report: StatementReport, paper: _Paper) -> Iterator[str]:
    for row, outcome in enumerate(report.programme.outcomes):
        y = paper.y(row) + TALL / 2 + 4
        name = outcome.short_name
        short = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
        yield (
            f'<text x="0" y="{y:.1f}" font-weight="bold" fill="#230050">{escape(outcome.code)}</text>'
            f'<text x="23" y="{y:.1f}" fill="#2d2d2d" font-size="10.5">{escape(short)}</text>'
        )
