"""Rates: all of them, one with its history, and recording, correcting and voiding, with what each moves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from tracker.access import programme, requires, today
from tracker.blueprints.choices import currencies
from tracker.blueprints.coming_in import own_path
from tracker.blueprints.histories import history
from tracker.blueprints.lists import Days, Filter, Listing, Order, listing
from tracker.blueprints.posting import UNPROCESSABLE, desk, messages, record
from tracker.blueprints.stale import stale_page
from tracker.blueprints.takeaway import answer_with_file, file_asked
from tracker.domain.consequences import check_void
from tracker.domain.entries import Entry, RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.months import parse_day
from tracker.domain.problems import Problem, Refused
from tracker.domain.writing import rate_row
from tracker.extensions import db
from tracker.forms.rates import MonthForm, RateForm, ReasonForm
from tracker.importing.findings import Finding
from tracker.importing.month_rates import read_lines, read_upload
from tracker.importing.plan import Plan
from tracker.presentation import writer
from tracker.queries.rates import RateLine, RatePreview, preview_rates, rate_lines, receipts_by
from tracker.queries.register import load_register
from tracker.queries.users import list_users
from tracker.reporting.rates import change, direction, move_words, rate_columns, reach_rows
from tracker.services.rates import (
    amend_rate,
    plan_rates,
    read_corrected_rate,
    read_new_rate,
    record_rate,
    record_rates,
)
from tracker.services.records import void
from tracker.wording import problem_text

bp = Blueprint("rates", __name__)
Problems = tuple[Problem, ...]
MOST_SHOWN = 20
"""Problems of a list that are shown at once; what follows often goes away with them."""


@bp.get("/rates")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every rate, by currency, the newest first; voided ones stay readable."""
    lines, names = _lines(), _names()
    found = _listed(lines, names)
    if file_asked():
        return answer_with_file("rates", _("Rates"), found, rate_columns(names))
    codes = sorted({line.rate.currency for line in lines})
    missing = [code for code in codes if not _rate_this_month(lines, code)]
    page = {"list": found, "names": names, "change": change, "today": today(), "missing": missing}
    return render_template("rates/index.html", **page)


def _listed(lines: list[RateLine], names: dict[str, str]) -> Listing[RateLine]:
    def day(line: RateLine) -> tuple[date, str]:
        return line.rate.effective_on, line.rate.currency

    return listing(
        lines,
        lambda line: (line.rate.currency, line.rate.effective_on.isoformat(), names.get(line.changed_by, "")),
        {code: code for code in sorted({line.rate.currency for line in lines})},
        lambda line: line.rate.currency,
        filters=(Filter("counts", _("Counts"), _("All rates"), _counts_words(), lambda one: {_counts(one)}),),
        days=Days(_("Effective"), lambda line: line.rate.effective_on),
        orders=(
            Order(
                "currency",
                _("Currency, newest first"),
                lambda one: (one.rate.currency, -day(one)[0].toordinal()),
            ),
            Order("date", _("Newest first"), day, down=True),
            Order("recorded", _("Recorded last"), lambda one: one.changed_at_utc, down=True),
        ),
    )


def _counts(line: RateLine) -> str:
    if line.voided:
        return "voided"
    if line.in_force(today()):
        return "now"
    return "later" if line.rate.effective_on > today() else "before"


def _counts_words() -> dict[str, str]:
    return {
        "now": _("In force today"),
        "before": _("No longer in force"),
        "later": _("Not yet in force"),
        "voided": _("Voided"),
    }


def _rate_this_month(lines: list[RateLine], currency: str) -> bool:
    """Whether a currency has a rate effective in the month one is in."""
    here = (today().year, today().month)
    days = (one.rate.effective_on for one in lines if one.rate.currency == currency and not one.voided)
    return any((day.year, day.month) == here for day in days)


@bp.get("/rates/<string:currency>/<string:effective_on>")
@requires("see_records")
def show(currency: str, effective_on: str) -> ResponseReturnValue:
    """One rate: which way it is written, how long it was in force, what was valued by it, its history."""
    line = _line(currency, effective_on)
    return render_template(
        "rates/show.html",
        line=line,
        words=direction(line.rate),
        change=change(line.rate, line.previous),
        receipts=receipts_by(db.session(), programme().id, line),
        today=today(),
        history=history(line.stamp),
    )


# Recording one


@dataclass(frozen=True, slots=True)
class Check:
    """What is known of a rate before it is recorded. All empty where it was not asked yet."""

    rate: Rate | None = None
    last: Rate | None = None
    moves: RatePreview | None = None
    asked: bool = False


@bp.get("/rates/new")
@requires("record")
def new() -> ResponseReturnValue:
    """An empty form; `?currency=` and `?effective_on=` fill it, `?next=` is where recording leads."""
    form, said = _form(), request.args
    day = said.get("effective_on", "")[:10] or _month_start()
    form.fill({"currency": said.get("currency", "EUR")[:3], "effective_on": day})
    form.open_on()
    return _page(form, Check())


@bp.post("/rates/new")
@requires("record")
def create() -> ResponseReturnValue:
    """Record a rate; with `check`, only show what it would move."""
    form = _form()
    check, problems, questions = _checked(form.raw())
    if "check" in request.form:
        return _only_checked(form, problems, questions, lambda: _page(form, check))

    def write() -> str:
        entry = record_rate(desk(), raw=form.raw(), confirmed=bool(form.confirm.data))
        _say_recorded(entry, check)
        return _back() or _url("rates.show", entry.rate)

    return record(form, write, lambda: _page(form, check))


@bp.get("/rates/<string:currency>/<string:effective_on>/correct")
@requires("record")
def edit(currency: str, effective_on: str) -> ResponseReturnValue:
    """The value, as it stands."""
    line, form = _live(currency, effective_on), _form()
    form.fill(rate_row(RateEntry(line.rate)))
    form.open_on(line.stamp.version)
    return _page(form, Check(), line)


@bp.post("/rates/<string:currency>/<string:effective_on>/correct")
@requires("record")
def amend(currency: str, effective_on: str) -> ResponseReturnValue:
    """Correct the value of a rate; with `check`, only show what that would move."""
    line, form = _live(currency, effective_on), _form()
    form.currency.data, form.effective_on.data = currency, line.rate.effective_on.isoformat()
    key = RateEntry(line.rate).key
    check, problems, questions = _checked(form.raw(), key)
    if "check" in request.form:
        return _only_checked(form, problems, questions, lambda: _page(form, check, line))

    def write() -> str:
        sent = {"version": form.opened_version, "raw": form.raw(), "confirmed": bool(form.confirm.data)}
        entry = amend_rate(desk(), key=key, **sent)  # type: ignore[arg-type]
        _say_recorded(entry, check)
        return _url("rates.show", entry.rate)

    def changed(current: Entry) -> str:
        assert isinstance(current, RateEntry)
        return stale_page(form, rate_row(current), _url("rates.edit", line.rate))

    return record(form, write, lambda: _page(form, check, line), changed)


def _checked(raw: dict[str, str], key: str = "") -> tuple[Check, Problems, Problems]:
    """What a form would record, with its problems and questions; `key` names the rate it corrects."""
    register = load_register(db.session(), programme().id, today())
    old = register.rates[key].rate if key else None
    reading = read_corrected_rate(raw, register, key) if key else read_new_rate(raw, register)
    if reading.entry is None:
        return Check(asked=True), reading.problems, reading.questions
    rate = reading.entry.rate
    last = old or register.rate_table.find(rate.currency, rate.effective_on)
    moves = preview_rates(db.session(), programme().id, today(), [reading.entry])
    return Check(rate, last, moves, True), (), reading.questions


def _only_checked(
    form: RateForm, problems: Problems, questions: Problems, page: Callable[[], str]
) -> ResponseReturnValue:
    """The form again with what recording would move; nothing is recorded."""
    if form.key is None:
        form.open_on(form.opened_version)
    form.show(messages(problems))
    if not form.confirm.data:
        form.ask(problem_text(question) for question in questions)
    return page(), UNPROCESSABLE if problems else 200


def _say_recorded(entry: RateEntry, check: Check) -> None:
    said = [_("Recorded:"), writer().plain(direction(entry.rate)) + "."]
    if check.moves is not None:
        said += [writer().plain(sentence) for sentence in move_words(check.moves)]
    flash(" ".join(said))


def _back() -> str:
    """Where somebody came from to record a rate; '' where they came from here."""
    return own_path(request.args.get("next", "")) or ""


def _form() -> RateForm:
    form = RateForm()
    form.currency.offer([pair for pair in currencies() if pair[0] != "USD"])
    return form


def _page(form: RateForm, check: Check, line: RateLine | None = None) -> str:
    page = {"form": form, "line": line, "check": check, "back": _back()}
    return render_template("rates/form.html", **page, **_panel(check.moves))


def _panel(moves: RatePreview | None) -> dict[str, object]:
    """What the panel of movements shows."""
    words = move_words(moves) if moves else ()
    return {
        "moves": moves,
        "words": words,
        "reach": reach_rows(moves) if moves else (),
        "direction": direction,
    }


# A month at once


@dataclass(frozen=True, slots=True)
class Sheet:
    """A month's rates as they would be recorded: rows of (line, rate, the one before it, state)."""

    plan: Plan
    rows: tuple[tuple[Rate, Rate | None, str], ...]
    moves: RatePreview | None


@bp.get("/rates/month")
@requires("record")
def month() -> ResponseReturnValue:
    """An empty form for a month's rates."""
    form = MonthForm()
    form.effective_on.data = _month_start()
    form.open_on()
    return _month_page(form)


@bp.post("/rates/month")
@requires("record")
def create_month() -> ResponseReturnValue:
    """Record a month's rates, all or none; with `check` or a file, only show what they would do."""
    form = MonthForm()
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        text, found = _uploaded(upload)
        if found:
            form.show(_first_of([("file", _located(one)) for one in found]))
            return _month_checked(form, None)
        form.text.data = text
    raw = form.raw()
    sheet = _sheet(raw)
    only_check = "check" in request.form or bool(upload is not None and upload.filename)
    if only_check or sheet.plan.problems or not sheet.plan.writes:
        return _month_checked(form, sheet)

    def write() -> str:
        tables = read_lines(raw["text"], raw["effective_on"])
        plan = record_rates(desk(), tables=tables, confirmed=bool(form.confirm.data))
        number = len(plan.new["rates"])
        said = [ngettext("Recorded: one rate.", "Recorded: %(num)d rates.", number)]
        if sheet.moves is not None:
            said += [writer().plain(sentence) for sentence in move_words(sheet.moves)]
        flash(" ".join(said))
        return _back() or url_for("rates.index")

    return record(form, write, lambda: _month_page(form, sheet))


def _month_checked(form: MonthForm, sheet: Sheet | None) -> ResponseReturnValue:
    """The form again, with the rows as they would be recorded, or every problem by its line."""
    if form.key is None:
        form.open_on()
    problems = sheet.plan.problems if sheet else []
    form.show(_first_of([(_column(one), _located(one)) for one in problems]))
    if sheet and not problems and not form.confirm.data:
        form.ask(_located(one) for one in sheet.plan.questions)
    refused = bool(problems) or sheet is None
    return _month_page(form, sheet), UNPROCESSABLE if refused else 200


def _uploaded(upload: FileStorage) -> tuple[str, list[Finding]]:
    """An uploaded file as text, or what is wrong with it. It is kept no longer than it is read."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        upload.save(path)
        name = Path(str(upload.filename).replace("\\", "/")).name
        suffix = path.with_suffix(Path(name).suffix.lower()[:5] or ".none")
        path.rename(suffix)
        text, tables = read_upload(name, suffix)
    return text, tables.problems


def _sheet(raw: dict[str, str]) -> Sheet:
    plan = plan_rates(desk(), tables=read_lines(raw["text"], raw["effective_on"]))
    fresh = [entry for entry in plan.new["rates"] if isinstance(entry, RateEntry)]
    table = load_register(db.session(), programme().id, today()).rate_table
    rows = [(e.rate, table.find(e.rate.currency, e.rate.effective_on), "new") for e in fresh]
    moves = None if plan.problems else preview_rates(db.session(), programme().id, today(), fresh)
    return Sheet(plan, tuple(rows), moves)


def _first_of(told: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """As many messages as somebody reads, and how many more there are."""
    more = len(told) - MOST_SHOWN
    rest = [(told[0][0], ngettext("and one more", "and %(num)d more", more))] if more > 0 else []
    return [*told[:MOST_SHOWN], *rest]


def _column(found: Finding) -> str:
    return "effective_on" if found.row == 0 and found.problem.column == "effective_on" else "text"


def _located(found: Finding) -> str:
    """A finding with its line, as the field shows it."""
    text = problem_text(found.problem)
    return _("Line %(line)s: %(text)s", line=found.row, text=text) if found.row else text


def _month_page(form: MonthForm, sheet: Sheet | None = None) -> str:
    panel = _panel(sheet.moves if sheet else None)
    return render_template("rates/month.html", form=form, sheet=sheet, change=change, **panel)


# Voiding


@bp.get("/rates/<string:currency>/<string:effective_on>/void")
@requires("record")
def ask_void(currency: str, effective_on: str) -> ResponseReturnValue:
    """What voiding a rate would move, and the question why."""
    line, form = _live(currency, effective_on), ReasonForm()
    form.open_on(line.stamp.version)
    return _void_page(form, line)


@bp.post("/rates/<string:currency>/<string:effective_on>/void")
@requires("record")
def void_rate(currency: str, effective_on: str) -> ResponseReturnValue:
    """Void a rate made in error, with a reason."""
    line, form = _live(currency, effective_on), ReasonForm()
    key = RateEntry(line.rate).key

    def write() -> str:
        void(desk(), "rates", key=key, version=form.opened_version, reason=form.raw()["reason"])
        flash(_("Voided: the rate of %(currency)s from %(day)s.", currency=currency, day=effective_on))
        return _url("rates.show", line.rate)

    def changed(current: Entry) -> str:
        assert isinstance(current, RateEntry)
        form.show([("", _("Somebody has corrected this rate meanwhile. Look at it again, then decide."))])
        form.open_on(line.stamp.version)
        return _void_page(form, line)

    return record(form, write, lambda: _void_page(form, line), changed)


def _void_page(form: ReasonForm, line: RateLine) -> str:
    key = RateEntry(line.rate).key
    problems = check_void("rates", key, load_register(db.session(), programme().id, today()))
    moves = None if problems else preview_rates(db.session(), programme().id, today(), without=key)
    needed = [problem_text(problem) for problem in problems]
    return render_template("rates/void.html", form=form, line=line, needed=needed, **_panel(moves))


# What stands on record


def _lines() -> list[RateLine]:
    return rate_lines(db.session(), programme().id)


def _line(currency: str, effective_on: str) -> RateLine:
    """The rate at this address; a page that is not there otherwise."""
    try:
        day: date = parse_day(effective_on)
    except Refused:
        abort(404)
    found = [one for one in _lines() if (one.rate.currency, one.rate.effective_on) == (currency, day)]
    return found[0] if found else abort(404)


def _live(currency: str, effective_on: str) -> RateLine:
    """The same, where it still counts."""
    line = _line(currency, effective_on)
    return line if not line.voided else abort(404)


def _url(endpoint: str, rate: Rate) -> str:
    return url_for(endpoint, currency=rate.currency, effective_on=rate.effective_on.isoformat())


def _month_start() -> str:
    return today().replace(day=1).isoformat()


def _names() -> dict[str, str]:
    """Names of who recorded, by address."""
    return {login.email: login.name for login in list_users(db.session(), programme().id) if login.name}
