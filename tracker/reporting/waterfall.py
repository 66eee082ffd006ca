"""The bridge as a picture: a column for each state, between them steps that hang where the last one ended.

Fills are classes of changes.css, so that a strict CSP allows them. Every step carries its name and its figure
as text. `draw_columns` is for wide pages, `draw_rows` for phones; the table beside them says the same.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from flask_babel import gettext as _
from markupsafe import Markup, escape

from tracker.reporting.pictures import Writer

WIDTH, TALL, TOP, FOOT = 1320, 220, 26, 62
NARROW, ROW, BAR = 360, 44, 14
LINE_CHARACTERS: Final = 15


class Step(NamedTuple):
    """A column: a state stands on the ground, a movement hangs between two heights. Amounts are USD cents."""

    name: str
    amount: int
    state: bool


class _Placed(NamedTuple):
    step: Step
    low: int
    high: int

    @property
    def ink(self) -> str:
        if self.step.state:
            return "wf-state"
        return "wf-less" if self.step.amount < 0 else "wf-more"


def _placed(steps: Sequence[Step]) -> list[_Placed]:
    found, reached = [], 0
    for step in steps:
        before, reached = (0, step.amount) if step.state else (reached, reached + step.amount)
        found.append(_Placed(step, min(before, reached), max(before, reached)))
    return found


def figure(step: Step, write: Writer) -> str:
    """`715,751.23` for a state, `−528,798.13` or `+1.00` for a movement, a dash for none."""
    if step.state:
        return write.money(step.amount)
    if not step.amount:
        return "–"
    return f"{'+' if step.amount > 0 else ''}{write.money(step.amount)}"


def _opened(view: str, words: str, prefix: str) -> str:
    return (
        f'<svg class="waterfall" viewBox="{view}" role="img" aria-labelledby="{prefix}-t {prefix}-d">'
        f'<title id="{prefix}-t">{escape(_("Still to raise, step by step"))}</title>'
        f'<desc id="{prefix}-d">{escape(words)}</desc>'
    )


def draw_columns(steps: Sequence[Step], words: str, write: Writer, prefix: str = "wf") -> Markup:
    """Steps side by side. `words` say the same for people who do not see it."""
    placed = _placed(steps)
    most = max((one.high for one in placed), default=0) or 1
    each, scale = WIDTH / len(placed), TALL / most
    ground = TOP + TALL
    parts = [_opened(f"0 0 {WIDTH} {ground + FOOT}", words, prefix)]
    parts.append(f'<path class="wf-ground" d="M0 {ground}H{WIDTH}"/>')
    for at, one in enumerate(placed):
        x, y = at * each, ground - one.high * scale
        middle, height = x + each / 2, max((one.high - one.low) * scale, 1.5)
        if one.step.amount or one.step.state:
            parts.append(
                f'<rect class="{one.ink}" x="{x + each * 0.14:.1f}" y="{y:.1f}" width="{each * 0.72:.1f}" '
                f'height="{height:.1f}"/>'
            )
        if at + 1 < len(placed):
            level = ground - _reached(placed, at) * scale
            parts.append(f'<path class="wf-link" d="M{x + each * 0.86:.1f} {level:.1f}h{each * 0.28:.1f}"/>')
        parts.append(
            f'<text class="wf-fig" x="{middle:.1f}" y="{y - 7:.1f}">{escape(figure(one.step, write))}</text>'
        )
        for line, text in enumerate(_wrapped(one.step.name)):
            y_text = ground + 18 + line * 16
            parts.append(f'<text class="wf-name" x="{middle:.1f}" y="{y_text}">{escape(text)}</text>')
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704  every text in it has been escaped


def draw_rows(steps: Sequence[Step], words: str, write: Writer, prefix: str = "wr") -> Markup:
    """Steps one under the other, name and figure over each bar."""
    placed = _placed(steps)
    most = max((one.high for one in placed), default=0) or 1
    scale = (NARROW - 2) / most
    parts = [_opened(f"0 0 {NARROW} {len(placed) * ROW}", words, prefix)]
    for at, one in enumerate(placed):
        y = at * ROW
        parts.append(
            f'<text class="wf-name start" x="0" y="{y + 15}">{escape(one.step.name)}</text>'
            f'<text class="wf-fig end" x="{NARROW}" y="{y + 15}">{escape(figure(one.step, write))}</text>'
            f'<path class="wf-ground" d="M0 {y + 21 + BAR}H{NARROW}"/>'
        )
        if one.step.amount or one.step.state:
            width = max((one.high - one.low) * scale, 1.5)
            parts.append(
                f'<rect class="{one.ink}" x="{one.low * scale + 0.5:.1f}" y="{y + 21}" width="{width:.1f}" '
                f'height="{BAR}"/>'
            )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704  every text in it has been escaped


def _reached(placed: Sequence[_Placed], at: int) -> int:
    """The height that a step ends at."""
    one = placed[at]
    return one.low if not one.step.state and one.step.amount < 0 else one.high


def _wrapped(name: str) -> list[str]:
    """A name in lines that fit under a column."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + len(word) < LINE_CHARACTERS:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
