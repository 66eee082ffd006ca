"""A contributor's statements: those issued, and a draft for any period. Whose comes from the login."""

from dataclasses import replace

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.access import now, programme, requires, today
from tracker.blueprints import periods
from tracker.blueprints.dressing import draft_file, frozen_file, page_words
from tracker.blueprints.portal import own_donor
from tracker.blueprints.posting import UNPROCESSABLE
from tracker.domain.statement import Period
from tracker.extensions import db
from tracker.queries.known import newest_known
from tracker.queries.statements import Issued, StatementReport, issued, issued_one, load_statement

bp = Blueprint("statements", __name__, url_prefix="/own/statements")


@bp.get("")
@requires("see_own")
def own_index() -> ResponseReturnValue:
    """What was issued, and what a statement may be drawn up for."""
    return _index(periods.Reading(periods.read_period(periods.since_start()).form, None))


@bp.get("/draft")
@requires("see_own")
def own_draft() -> ResponseReturnValue:
    """A statement for any period, as a page; it is not issued."""
    reading = periods.read_period(periods.since_start())
    if reading.period is None:
        return _index(reading), UNPROCESSABLE
    report, asked = _draft(reading.period), periods.asked(reading.period)
    files = {form: url_for(".own_draft_file", form=form, **asked) for form in ("pdf", "xlsx")}
    page = {"form": reading.form, "quick": periods.quick(), "files": files}
    return render_template("statements/own_draft.html", **page, **page_words(report))


@bp.get("/draft.<any(pdf,xlsx):form>")
@requires("see_own")
def own_draft_file(form: str) -> ResponseReturnValue:
    """The same draft, to take along."""
    reading = periods.read_period(periods.since_start())
    if reading.period is None:
        return _index(reading), UNPROCESSABLE
    asked = periods.asked(reading.period)
    page_url = url_for(".own_draft", **asked)
    xlsx_url = url_for(".own_draft_file", form="xlsx", **asked)
    return draft_file(_draft(reading.period), form, page_url, xlsx_url)


@bp.get("/<key:number>")
@requires("see_own")
def own_issued(number: str) -> ResponseReturnValue:
    """One that was issued: what was issued when, and the same page again."""
    one = _own(number)
    files = {file.form: url_for(".own_file", form=file.form, number=number) for file in one.files}
    page = {"issued": one, "files": files, "number_url": lambda n: url_for(".own_issued", number=n)}
    report = reissued(one)
    return render_template("statements/own_issued.html", **page, **page_words(report))


@bp.get("/file/<any(pdf,xlsx):form>/<key:number>")
@requires("see_own")
def own_file(form: str, number: str) -> ResponseReturnValue:
    """A file of a statement, as it was issued."""
    return frozen_file(_own(number), form)


def reissued(one: Issued) -> StatementReport:
    """The report of an issued statement, reckoned again from what was known then."""
    return load_statement(
        db.session(),
        programme().id,
        donor=one.donor,
        period=one.period,
        as_of=one.as_of,
        known=one.known,
        number=one.number,
        corrects=one.corrects,
        reason=one.reason,
    )


def drafted(donor: str, period: Period) -> StatementReport:
    """A draft for a period, from all that is known now."""
    known = newest_known(db.session(), programme().id, now())
    return load_statement(
        db.session(), programme().id, donor=donor, period=period, as_of=period.last, known=known
    )


def _draft(period: Period) -> StatementReport:
    """The donor's own draft. What the programme received is told for today alone: two days of one's
    choice, subtracted, would tell what others paid between them."""
    report = drafted(own_donor().code, period)
    return report if period.last == today() else replace(report, programme_received=None)


def _own(number: str) -> Issued:
    """One of the donor's own; any other number is none."""
    return issued_one(db.session(), programme().id, own_donor().code, number) or abort(404)


def _index(reading: periods.Reading) -> str:
    donor = own_donor()
    found = issued(db.session(), programme().id, donor.code)
    quick = periods.quick()
    return render_template(
        "statements/own_index.html", donor=donor, found=found, form=reading.form, quick=quick
    )
