"""What changed: the bridge between two states, and one day as it was known at two moments.

A state is a day and what was known of it: at a moment, or now. Everybody but the Secretariat reads the GCG's
edition. Other rooms lead here with `links`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict

from tracker.access import may, now, programme, requires, today
from tracker.blueprints.posting import UNPROCESSABLE, messages
from tracker.domain.changes import Changes
from tracker.domain.months import parse_day, parse_moment
from tracker.domain.problems import Problem, Refused
from tracker.extensions import db
from tracker.forms.changes import KnowledgeForm, StatesForm
from tracker.forms.statements import AskForm
from tracker.presentation import month_before, writer
from tracker.queries.changes import Earlier, entries_between, first_known
from tracker.queries.known import Known, known_at, newest_known
from tracker.queries.position import position_of
from tracker.queries.report import Report, Since, load_report
from tracker.reporting import changes as words
from tracker.reporting import waterfall
from tracker.reporting.masking import gcg_edition
from tracker.reporting.workbook import write_workbook
from tracker.wording import problem_text

bp = Blueprint("changes", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_TYPED = 40


class Asked(NamedTuple):
    """Two states to hold against each other."""

    earlier: Earlier
    as_of: date
    known: Known


@dataclass(frozen=True, slots=True)
class Choice:
    """Two states that are one click away."""

    words: str
    asked: Mapping[str, str]


def links(
    before_on: date,
    after_on: date | None = None,
    before_known: datetime | None = None,
    after_known: datetime | None = None,
) -> dict[str, str]:
    """What an address of `changes.index` carries: from a day to a day (None: today), each as known at a
    moment (None: now)."""
    said = {
        "from": before_on.isoformat(),
        "from_known": moment_text(before_known),
        "to": after_on.isoformat() if after_on else "",
        "to_known": moment_text(after_known),
    }
    return {name: text for name, text in said.items() if text}


def moment_text(moment: datetime | None) -> str:
    """A moment as the forms take it, in UTC."""
    return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def end_of(day: date) -> datetime:
    """The last moment of a day where the programme is."""
    start = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(programme().time_zone))
    return start - timedelta(seconds=1)


class _Reader:
    """Reads days and moments of the request, and keeps what is wrong with them."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self.typed, self.problems = typed, list[Problem]()

    def day(self, column: str) -> date | None:
        """A day, or None with its problem kept."""
        try:
            return parse_day(self.typed[column])
        except Refused as refused:
            self.problems += [replace(one, column=column) for one in refused.problems]
            return None

    def known(self, column: str) -> Known | None:
        """What was known at a moment, or now; None with its problem kept."""
        text, session, here = self.typed[column], db.session(), programme().id
        if not text:
            return newest_known(session, here, now())
        try:
            moment = parse_moment(text)
        except Refused as refused:
            self.problems += [replace(one, column=column) for one in refused.problems]
            return None
        if moment > now():
            self.problems.append(Problem("known_later", column))
            return None
        found = known_at(session, here, moment)
        if found is None:
            self.problems.append(Problem("known_nothing", column))
        return found

    def in_order(self, first: Known | None, second: Known | None, column: str) -> None:
        """The later state cannot know less."""
        if first and second and first.seq > second.seq:
            self.problems.append(Problem("known_backwards", column))


def _typed(usual: Mapping[str, str]) -> dict[str, str]:
    """What was asked for; what was left out is the usual."""
    return {name: request.args.get(name, "").strip()[:MOST_TYPED] or text for name, text in usual.items()}


def _read_states() -> tuple[StatesForm, Asked | None, list[Problem]]:
    """Both states of the request; by default from the end of the last month to today."""
    usual = {"from": _usual_start().isoformat(), "from_known": "", "to": today().isoformat(), "to_known": ""}
    reader = _Reader(_typed(usual))
    before_on, after_on = reader.day("from"), reader.day("to")
    before, after = reader.known("from_known"), reader.known("to_known")
    if before_on and after_on and after_on < before_on:
        reader.problems.append(Problem("period_backwards", "to"))
    reader.in_order(before, after, "to_known")
    form = StatesForm(formdata=ImmutableMultiDict(reader.typed))
    form.show(messages(reader.problems))
    if reader.problems or not (before_on and after_on and before and after):
        return form, None, reader.problems
    return form, Asked(Earlier(before_on, before), after_on, after), []


def _usual_start() -> date:
    return month_before(today())


def _shown(whole: Report) -> Since:
    """What lies between the two states, for who asks."""
    since = (whole if may("see_records") else gcg_edition(whole)).since
    assert since is not None
    return since


def _whole(asked: Asked) -> Report:
    here = programme().id
    return load_report(db.session(), here, asked.as_of, now(), known=asked.known, earlier=asked.earlier)


@bp.get("/changes")
@requires("see_position")
def index() -> ResponseReturnValue:
    """The bridge from one state to another: `?from=2027-12-31&to=2028-06-30`, `from_known=`, `to_known=`."""
    form, asked, problems = _read_states()
    page: dict[str, Any] = {"form": form, "quick": _quick()}
    if asked is None:
        return render_template("changes/index.html", **page, seen=None), UNPROCESSABLE if problems else 200
    seen = _shown(_whole(asked))
    lines = words.lines(seen.changes, seen.donors, may("see_records"))
    steps = _steps(seen.changes, lines)
    lead = words.lead(seen.changes)
    write, plain = writer(), writer().plain(lead)
    return render_template(
        "changes/index.html",
        **page,
        seen=seen,
        asked=asked,
        lines=lines,
        lead=lead,
        columns=waterfall.draw_columns(steps, plain, write),
        rows=waterfall.draw_rows(steps, plain, write),
        signed=_signed,
        amount=write.money,
        parts=words.moved_parts,
        url_of=_url_of,
        carried={name: text for name, text in _carried(form).items() if text},
    )


def _carried(form: AskForm) -> dict[str, str]:
    return {field.name: field.data or "" for field in form}


def _steps(changes: Changes, lines: tuple[words.LineRow, ...]) -> list[waterfall.Step]:
    write = writer()
    first = waterfall.Step(write.day_short(changes.before_on), changes.before.ahead, True)
    last = waterfall.Step(write.day_short(changes.after_on), changes.after.ahead, True)
    return [first, *(waterfall.Step(one.name, one.moved.ahead, False) for one in lines), last]


def _signed(minor: int) -> str:
    """A movement with its sign; a dash for none."""
    return waterfall.figure(waterfall.Step("", minor, False), writer())


def _url_of(target: words.Target | None) -> str:
    return url_for(target.endpoint, **target.values) if target else ""  # type: ignore[arg-type]


def _quick() -> list[Choice]:
    """From the ends of the last month, quarter and year to today; as known now, and as known then."""
    day, names = today(), []
    quarter = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1) - timedelta(days=1)
    for words_, start in (
        (_("Since the end of last month"), _usual_start()),
        (_("Since the end of last quarter"), quarter),
        (_("Since the end of last year"), date(day.year - 1, 12, 31)),
    ):
        names.append(Choice(words_, links(start, day)))
    session, here, then = db.session(), programme().id, end_of(_usual_start())
    if known_at(session, here, then) is not None:
        told = links(_usual_start(), day, before_known=then)
        names.append(Choice(_("Since the end of last month, as it was known then"), told))
    return names


@bp.get("/changes/workbook")
@requires("download_workbook")
def workbook() -> ResponseReturnValue:
    """The GCG workbook of the later state, with the bridge on its sheet Changes."""
    _form, asked, problems = _read_states()
    if asked is None:
        abort(400, problem_text(problems[0]))
    file = BytesIO()
    write_workbook(_whole(asked), file)
    file.seek(0)
    days = f"{asked.earlier.as_of.isoformat()}-to-{asked.as_of.isoformat()}"
    name = f"{programme().code}-changes-{days}.xlsx"
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=name)


# One day, known at two moments


@bp.get("/compare")
@requires("see_position")
def compare() -> ResponseReturnValue:
    """One day as it was known then and as it is known now: `?day=2026-06-30&then=…&now=…`."""
    reader = _Reader(_typed({"day": today().isoformat(), "then": _usual_then(), "now": ""}))
    day, then, later = reader.day("day"), reader.known("then"), reader.known("now")
    reader.in_order(then, later, "now")
    form = KnowledgeForm(formdata=ImmutableMultiDict(reader.typed))
    form.show(messages(reader.problems))
    if reader.problems or not (day and then and later):
        return render_template("changes/compare.html", form=form, before=None), UNPROCESSABLE
    session, here = db.session(), programme().id
    before, after = (position_of(session, here, day, known) for known in (then, later))
    asked = Asked(Earlier(day, then), day, later)
    entries = entries_between(session, here, then, later)
    return render_template(
        "changes/compare.html",
        form=form,
        before=before,
        after=after,
        then=then,
        later=later,
        heads=words.headlines(before, after),
        totals=words.totals(before, after),
        cells=words.differing(before, after),
        records_found=_corrections(asked, entries),
        written=sum(map(len, entries.values())),
        signed=_signed,
        parts=words.moved_parts,
        url_of=_url_of,
    )


def _usual_then() -> str:
    """The end of the last month, or where nothing was known then the moment of the first entry."""
    session, here, then = db.session(), programme().id, end_of(_usual_start())
    if known_at(session, here, then) is None:
        first = first_known(session, here)
        return moment_text(
            first + timedelta(seconds=1) if first and first < now() - timedelta(seconds=1) else first
        )
    return moment_text(then)


def _corrections(asked: Asked, entries: Mapping[tuple[str, str], tuple[int, ...]]) -> list[words.RecordRow]:
    """The records known differently, with the numbers of their entries: masking leaves the order as it is."""
    whole = _whole(asked)
    assert whole.since is not None
    numbers = [
        entries.get((move.entity, move.reference), ())
        for line in whole.since.changes.lines
        for move in line.records
    ]
    seen = _shown(whole)
    rows = [
        row for line in words.lines(seen.changes, seen.donors, may("see_records")) for row in line.records
    ]
    return [replace(row, entries=found) for row, found in zip(rows, numbers, strict=True)]
