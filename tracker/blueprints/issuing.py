"""Statements as the Secretariat sees them: who has one, drafts, issuing, correcting, balance letters."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict

from tracker.access import programme, requires, today
from tracker.blueprints import periods
from tracker.blueprints.dressing import (
    draft_file,
    frozen_file,
    issued_files,
    letters,
    no_pdf,
    page_words,
    send_paper,
)
from tracker.blueprints.lists import listing
from tracker.blueprints.posting import UNPROCESSABLE, desk, messages, record
from tracker.blueprints.statements import drafted, reissued
from tracker.domain.entries import DonorEntry
from tracker.domain.months import parse_day
from tracker.domain.problems import Refused
from tracker.domain.statement import Period
from tracker.extensions import db
from tracker.forms.statements import BundleForm, DayForm, IssueForm
from tracker.queries.directory import donor_entries
from tracker.queries.issuing import Standing, first_days, latest_of, next_period, standings
from tracker.queries.merges import merged_codes
from tracker.queries.position import facts_of
from tracker.queries.statements import Issued, StatementReport, issued, issued_one
from tracker.reporting.bundles import safe_stem
from tracker.reporting.pdf import PdfUnavailable
from tracker.services.statements import issue as issue_statement

bp = Blueprint("issuing", __name__, url_prefix="/statements")


@bp.get("")
@requires("see_records")
def index() -> ResponseReturnValue:
    """All donors: what was issued last, and which period is over and waits."""
    return index_page(_bundle_form())


def index_page(bundle: BundleForm) -> str:
    """The list of donors, and the form for all of their papers at once."""
    rows = standings(db.session(), programme().id, today())
    found = listing(rows, lambda row: (row.donor.name, row.donor.code), _states(), state_of)
    page = {"list": found, "bundle": bundle, "state_of": state_of, "asked": periods.asked}
    return render_template("statements/index.html", **page)


def state_of(row: Standing) -> str:
    """Whether a statement waits to be issued."""
    if row.waiting is not None:
        return "waiting"
    return "done" if row.last else "running" if row.on_record else "none"


def _states() -> dict[str, str]:
    return {
        "waiting": _("To be issued"),
        "done": _("Up to date"),
        "running": _("First year not over"),
        "none": _("Nothing on record"),
    }


@bp.get("/<key:code>")
@requires("see_records")
def show(code: str) -> ResponseReturnValue:
    """One donor: what was issued, and a draft for any period. A merged one's stand on its own page."""
    if code in merged_codes(db.session(), programme().id):
        return redirect(url_for("donors.show", code=code))
    return _show(code, periods.Reading(periods.read_period(_usual(code)).form, None))


def _show(code: str, reading: periods.Reading) -> str:
    donor, found = _donor(code), issued(db.session(), programme().id, code)
    return render_template(
        "statements/show.html",
        donor=donor,
        found=found,
        waiting=_waiting(code, found),
        newest=_newest(found),
        form=reading.form,
        quick=periods.quick(),
        asked=periods.asked,
    )


@bp.get("/draft/<key:code>")
@requires("see_records")
def draft(code: str) -> ResponseReturnValue:
    """A draft for a period, as the contributor would read it."""
    donor, reading = _donor(code), periods.read_period(_usual(code))
    if reading.period is None:
        return _show(code, reading), UNPROCESSABLE
    asked = periods.asked(reading.period)
    files = {f: url_for(".draft_file_of", form=f, code=code, **asked) for f in ("pdf", "xlsx")}
    same = _of_period(code, reading.period)
    page: dict[str, Any] = {"donor": donor, "form": reading.form, "quick": periods.quick(), "same": same}
    issue_url = "" if same else url_for(".ask", code=code, **asked)
    words = page_words(drafted(code, reading.period))
    return render_template("statements/draft.html", **page, issue_url=issue_url, files=files, **words)


@bp.get("/paper/<any(pdf,xlsx):form>/<key:code>")
@requires("see_records")
def draft_file_of(code: str, form: str) -> ResponseReturnValue:
    """The same draft, to take along."""
    _donor(code)
    reading = periods.read_period(_usual(code))
    if reading.period is None:
        return _show(code, reading), UNPROCESSABLE
    asked = periods.asked(reading.period)
    page_url = url_for(".draft", code=code, **asked)
    xlsx_url = url_for(".draft_file_of", form="xlsx", code=code, **asked)
    return draft_file(drafted(code, reading.period), form, page_url, xlsx_url)


# Issuing


@bp.get("/issue/<key:code>")
@requires("record")
def ask(code: str) -> ResponseReturnValue:
    """What will be frozen; `?corrects=FRA-1` for a correction of that one."""
    _donor(code)
    old = _corrected(code, request.args.get("corrects", ""))
    reading = periods.read_period(old.period if old else _usual(code))
    form = IssueForm()
    form.fill({"from_": reading.form.from_.data or "", "to": reading.form.to.data or ""})
    form.corrects.data = old.number if old else ""
    form.open_on()
    form.show([(name, str(text)) for name, texts in reading.form.errors.items() for text in texts])
    return _ask_page(code, form)


@bp.post("/issue/<key:code>")
@requires("record")
def issue(code: str) -> ResponseReturnValue:
    """Issue it: numbered, frozen, its PDF and workbook kept by the byte."""
    _donor(code)
    form = IssueForm()

    def write() -> str:
        raw = form.raw()
        period = periods.period_of(raw["from_"], raw["to"])
        said = {"corrects": raw["corrects"], "reason": raw["reason"]}
        number = issue_statement(desk(), donor=code, period=period, dress=issued_files, **said)
        one = _issued(code, number)
        hashes = ", ".join(f"{file.form.upper()} {file.sha256[:12]}" for file in one.files)
        flash(_("Issued: %(number)s. It is frozen now (SHA-256 %(hashes)s).", number=number, hashes=hashes))
        return url_for(".issued_page", number=number)

    try:
        return record(form, write, lambda: _ask_page(code, form))
    except PdfUnavailable as missing:
        return no_pdf(missing, url_for(".show", code=code))


def _ask_page(code: str, form: IssueForm) -> str:
    """The form, beside what would be frozen."""
    raw = form.raw()
    report = _report(code, raw["from_"], raw["to"])
    old = _corrected(code, raw["corrects"])
    draft_url = url_for(".draft", code=code, **periods.asked(report.period)) if report else ""
    page = {"donor": _donor(code), "form": form, "report": report, "old": old, "draft_url": draft_url}
    return render_template("statements/issue.html", **page, number=_next_number(code))


def _report(code: str, first: str, last: str) -> StatementReport | None:
    """The draft; None for a period that cannot be, of which the form says what is wrong."""
    try:
        return drafted(code, periods.period_of(first, last))
    except Refused:
        return None


@bp.get("/issued/<key:number>")
@requires("see_records")
def issued_page(number: str) -> ResponseReturnValue:
    """One that was issued: what was issued when, and the same page again."""
    one = _issued(number.rpartition("-")[0], number)
    files = {file.form: url_for(".file", form=file.form, number=number) for file in one.files}
    report = reissued(one)
    merged = one.donor in merged_codes(db.session(), programme().id)
    donor = report.donor if merged else _donor(one.donor)
    may_correct = one.corrected_by == "" and not merged
    page = {"donor": donor, "issued": one, "files": files, "may_correct": may_correct}
    number_url = {"number_url": lambda n: url_for(".issued_page", number=n)}
    return render_template("statements/issued.html", **page, **number_url, **page_words(report))


@bp.get("/file/<any(pdf,xlsx):form>/<key:number>")
@requires("see_records")
def file(form: str, number: str) -> ResponseReturnValue:
    """A file of a statement, as it was issued."""
    return frozen_file(_issued(number.rpartition("-")[0], number), form)


# Balance confirmation


@dataclass(frozen=True, slots=True)
class Letter:
    """The day that a letter speaks for; None where it is none, which the form says."""

    form: DayForm
    period: Period | None


@bp.get("/letter/<key:code>")
@requires("see_records")
def letter(code: str) -> ResponseReturnValue:
    """The balance confirmation as at a day: the last year's end unless another is asked for."""
    donor, read = _donor(code), _letter()
    report = drafted(code, read.period) if read.period else None
    page = render_template("statements/letter.html", donor=donor, form=read.form, report=report)
    return page, 200 if read.period else UNPROCESSABLE


@bp.get("/letter-file/<key:code>")
@requires("see_records")
def letter_file(code: str) -> ResponseReturnValue:
    """The letter as a PDF."""
    donor, read = _donor(code), _letter()
    if read.period is None:
        return render_template("statements/letter.html", donor=donor, form=read.form), UNPROCESSABLE
    try:
        content = letters(drafted(code, read.period))["pdf"]
    except PdfUnavailable as missing:
        return no_pdf(missing, url_for(".letter", code=code, day=read.period.last.isoformat()))
    name = f"{programme().code}-balance-{safe_stem(code)}-{read.period.last.isoformat()}.pdf"
    return send_paper(content, name, "pdf")


def _letter() -> Letter:
    text = request.args.get("day", "").strip()[:40] or periods.last_year().last.isoformat()
    form = DayForm(formdata=ImmutableMultiDict({"day": text}))
    try:
        day = parse_day(text)
    except Refused as refused:
        form.show([("day", message) for _column, message in messages(refused.problems)])
        return Letter(form, None)
    if day > today():
        form.show([("day", _("This day is still to come. Give today or a day before."))])
        return Letter(form, None)
    return Letter(form, letter_period(day))


def letter_period(day: date) -> Period:
    """What a balance confirmation as at a day tells of: its year, up to that day."""
    return Period(day.replace(month=1, day=1), day)


# What is there


def _donor(code: str) -> DonorEntry:
    return donor_entries(db.session(), programme().id).get(code) or abort(404)


def _issued(code: str, number: str) -> Issued:
    return issued_one(db.session(), programme().id, code, number) or abort(404)


def _corrected(code: str, number: str) -> Issued | None:
    return issued_one(db.session(), programme().id, code, number) if number else None


def _newest(found: list[Issued]) -> set[str]:
    """The numbers that may be corrected: of each period the newest."""
    newest: dict[Period, str] = {}
    for one in found:
        newest.setdefault(one.period, one.number)
    return set(newest.values())


def _of_period(code: str, period: Period) -> Issued | None:
    found = issued(db.session(), programme().id, code)
    return next((one for one in found if one.period == period), None)


def _next_number(code: str) -> str:
    found = issued(db.session(), programme().id, code)
    highest = max((int(one.number.rpartition("-")[2]) for one in found), default=0)
    return f"{code}-{highest + 1}"


def _waiting(code: str, found: list[Issued]) -> Period | None:
    first = first_days(facts_of(db.session(), programme().id)).get(code)
    return next_period(first, latest_of(found).get(code), today())


def _usual(code: str) -> Period:
    """The period that waits to be issued; else all since the start."""
    found = issued(db.session(), programme().id, code)
    return _waiting(code, found) or periods.since_start()


def _bundle_form() -> BundleForm:
    form, usual = BundleForm(formdata=None), periods.last_year()
    form.from_.data, form.to.data = usual.first.isoformat(), usual.last.isoformat()
    return form
