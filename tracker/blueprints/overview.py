"""The overview, one month, and one cell: what is covered, what is missing, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.access import may, programme, requires, today
from tracker.blueprints.shown import shown_position
from tracker.domain.months import Month, month_text, parse_day, parse_month
from tracker.domain.position import Position
from tracker.domain.problems import Refused
from tracker.domain.reasons import reasons
from tracker.extensions import db
from tracker.presentation import month_before, writer
from tracker.queries.position import facts_of
from tracker.reporting import boards, explanations, narrative, pictures
from tracker.reporting.worklist import Task, worklist
from tracker.wording import problem_text

bp = Blueprint("overview", __name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """The day a page speaks for. A bad as-of keeps what was typed, says what is wrong, and reads today."""

    as_of: date
    typed: str
    message: str = ""

    @property
    def link(self) -> dict[str, Any]:
        """What links carry so that the next page reads the same day; nothing for today."""
        return {} if self.as_of == today() else {"as_of": self.as_of.isoformat()}


def read_as_of() -> Reading:
    """The as-of day of the request: `?as_of=2028-06-30`, else today."""
    typed = request.args.get("as_of", "").strip()[:40]
    if not typed:
        return Reading(today(), "")
    try:
        return Reading(parse_day(typed), typed)
    except Refused as refused:
        return Reading(today(), typed, problem_text(refused.problems[0]))


def month_urls(link: dict[str, Any]) -> Callable[[str], str]:
    """From `2029-03` to that month's page. One address is built, the others follow its pattern."""
    pattern = url_for("overview.month", month="0000-00", **link)
    return lambda month: pattern.replace("0000-00", month, 1)


def cell_urls(link: dict[str, Any]) -> Callable[[str, str], str]:
    """From an outcome and `2029-03` to that cell's page."""
    pattern = url_for("overview.cell", outcome="O-O", month="0000-00", **link)
    return lambda outcome, month: pattern.replace("O-O", outcome, 1).replace("0000-00", month, 1)


@bp.get("/")
@requires("see_position")
def index() -> ResponseReturnValue:
    """The funding position as of a day."""
    reading = read_as_of()
    seen = shown_position(reading.as_of)
    book, donors = seen.book, seen.donors
    write, month_url = writer(), month_urls(reading.link)
    story, stable = narrative.story(book), narrative.stable_base(book)
    shown = pictures.picture(book, " ".join(write.plain(sentence) for sentence in story))
    instalments = narrative.open_instalments(book)
    return render_template(
        "overview/index.html",
        write=write,
        book=book,
        reading=reading,
        link=reading.link,
        donors=donors,
        since=month_before(reading.as_of),
        headline=narrative.headline(book),
        story=story,
        stable=stable,
        legs=narrative.legs(book),
        beside=narrative.beside_the_core(book),
        shown=shown,
        wide=pictures.draw_wide(shown, write, month_url),
        folded=pictures.draw_folded(shown, write, month_url),
        board=boards.board(book, asked_figure(), asked_year()),
        gaps=narrative.gaps(book),
        run_note=narrative.run_note,
        reach_words=pictures.reach_words,
        instalments=instalments,
        ageing=narrative.ageing(instalments),
        late=asked_late(),
        month_url=month_url,
        cell_url=cell_urls(reading.link),
        tasks=_tasks(book) if may("see_records") and not reading.link else None,
        list_url=_list_url,
    )


def _tasks(book: Position) -> tuple[Task, ...]:
    """What asks for an officer's hand; the lists that it leads to speak of today."""
    return worklist(book, facts_of(db.session(), programme().id).rates)


def _list_url(name: str, asked: Mapping[str, str]) -> str:
    chosen: dict[str, Any] = dict(asked)
    return url_for(f"{name}.index", **chosen)


def asked_figure() -> boards.Figure:
    """What the board shows: `?lens=`, else the gap."""
    asked = request.args.get("lens", "gap")
    return next((figure for figure in boards.FIGURES if figure == asked), "gap")


def asked_year() -> int | None:
    """The year the board opens: `?year=2029`; None leaves the choice to the board."""
    text = request.args.get("year", "")
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else None


def asked_late() -> str:
    """Which open instalments are listed: a class of lateness, `all`, or nothing for the largest."""
    asked = request.args.get("late", "")
    return asked if asked in (*narrative.LATE_KEYS, "all") else ""


@bp.get("/months/<string:month>")
@requires("see_position")
def month(month: str) -> ResponseReturnValue:
    """One month: its outcomes and what covers them."""
    reading = read_as_of()
    seen = shown_position(reading.as_of)
    book = seen.book
    return render_template(
        "overview/month.html",
        book=book,
        reading=reading,
        link=reading.link,
        donors=seen.donors,
        view=explanations.month_view(book, month_or_404(book, month)),
        month_url=month_urls(reading.link),
        cell_url=cell_urls(reading.link),
    )


@bp.get("/cells/<string:outcome>/<string:month>")
@requires("see_position")
def cell(outcome: str, month: str) -> ResponseReturnValue:
    """Why one outcome in one month is what it is."""
    reading = read_as_of()
    seen = shown_position(reading.as_of)
    book, donors = seen.book, seen.donors
    if outcome not in book.programme.codes:
        abort(404)
    why = reasons(book, outcome, month_or_404(book, month))
    return render_template(
        "overview/cell.html",
        book=book,
        reading=reading,
        link=reading.link,
        donors=donors,
        why=why,
        outcome=book.programme.outcomes[book.programme.codes.index(outcome)],
        view=explanations.month_view(book, why.cell.month),
        words=explanations.cell_words(book, why),
        steps=explanations.rule_steps(book, why, donors),
        budget=explanations.budget_words(why.version),
        rates=explanations.rate_words(book, why.uses),
        month_url=month_urls(reading.link),
        cell_url=cell_urls(reading.link),
    )


def month_or_404(book: Position, text: str) -> Month:
    """A month of the programme from the address; anything else is not a page."""
    try:
        found = parse_month(text)
    except Refused:
        abort(404)
    if found not in book.programme.months or month_text(found) != text:
        abort(404)
    return found
