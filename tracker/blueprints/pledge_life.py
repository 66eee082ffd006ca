"""The life of a pledge: signed, given a schedule, its unpaid rest closed. Each on a short page."""

from dataclasses import replace
from datetime import date
from typing import cast

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.choices import schedule_words
from tracker.blueprints.posting import desk, messages, record
from tracker.blueprints.stale import stale_page
from tracker.blueprints.standing import open_form, register, standing
from tracker.domain.contributions import Instalment, PledgeState
from tracker.domain.entries import Entry, PledgeEntry
from tracker.domain.money import amount_text, parse_amount
from tracker.domain.problems import Refused
from tracker.domain.schedules import paid_parts, read_days, read_equal, settled_of, spread_rest
from tracker.domain.writing import instalment_rows
from tracker.extensions import db
from tracker.forms import FIRST_ROWS, RecordForm, with_rows
from tracker.forms.pledges import CloseForm, ScheduleForm, SignForm
from tracker.queries.comparisons import compare, with_pledge
from tracker.queries.directory import donor_entries
from tracker.queries.position import position_of
from tracker.reporting.consequences import closing_words, consequence
from tracker.services.pledges import close_pledge, schedule_pledge, sign_pledge

bp = Blueprint("pledge_life", __name__)
MORE_ROWS = 4


def _entry(reference: str) -> PledgeEntry:
    return cast(PledgeEntry, standing("pledges", reference))


def _shown(reference: str) -> str:
    return url_for("pledges.show", reference=reference)


def _donor_name(entry: PledgeEntry) -> str:
    return donor_entries(db.session(), programme().id)[entry.pledge.donor].name


def _stale(form: RecordForm, now: dict[str, str], again: str) -> str:
    """How the fields of a short form stand now, beside what was sent."""
    return stale_page(form, {name: now.get(name, "") for name in form.columns}, again)


def _days(entry: PledgeEntry) -> dict[str, str]:
    pledge = entry.pledge
    return {
        "signed_on": pledge.signed_on.isoformat() if pledge.signed_on else "",
        "closed_on": pledge.closed_on.isoformat() if pledge.closed_on else "",
        "agreement_ref": entry.agreement_ref,
    }


# Signed


@bp.get("/pledges/sign/<key:reference>")
@requires("record")
def ask_sign(reference: str) -> ResponseReturnValue:
    """When was it signed, and on which paper?"""
    entry, form = _entry(reference), SignForm()
    form.fill({"signed_on": today().isoformat(), "agreement_ref": entry.agreement_ref})
    open_form(form, "pledges", reference)
    return _sign_page(form, entry)


@bp.post("/pledges/sign/<key:reference>")
@requires("record")
def sign(reference: str) -> ResponseReturnValue:
    """Record that an agreement was signed."""
    entry, form = _entry(reference), SignForm()

    def write() -> str:
        said = {"version": form.opened_version, "raw": form.raw(), "confirmed": bool(form.confirm.data)}
        sign_pledge(desk(), reference=reference, **said)  # type: ignore[arg-type]
        flash(_("Signed: %(reference)s. Its open rest now counts as signed.", reference=reference))
        return _shown(reference)

    def changed(current: Entry) -> str:
        now = _days(cast(PledgeEntry, current))
        return _stale(form, now, url_for("pledge_life.ask_sign", reference=reference))

    return record(form, write, lambda: _sign_page(form, entry), changed)


def _sign_page(form: SignForm, entry: PledgeEntry) -> str:
    return render_template(
        "pledges/sign.html", form=form, entry=entry, pledge=entry.pledge, donor=_donor_name(entry)
    )


# Closed


@bp.get("/pledges/close/<key:reference>")
@requires("record")
def ask_close(reference: str) -> ResponseReturnValue:
    """What closing the unpaid rest does, and why it is done."""
    entry, form = _entry(reference), CloseForm()
    form.fill({"closed_on": today().isoformat()})
    open_form(form, "pledges", reference)
    return _close_page(form, entry)


@bp.post("/pledges/close/<key:reference>")
@requires("record")
def close(reference: str) -> ResponseReturnValue:
    """Close the unpaid rest."""
    entry, form = _entry(reference), CloseForm()

    def write() -> str:
        said = {"version": form.opened_version, "raw": form.raw(), "confirmed": bool(form.confirm.data)}
        closed = close_pledge(desk(), reference=reference, **said)  # type: ignore[arg-type]
        words = _("written off") if closed.pledge.signed_on else _("withdrawn")
        flash(_("Closed: %(reference)s. Its unpaid rest is %(words)s.", reference=reference, words=words))
        return _shown(reference)

    def changed(current: Entry) -> str:
        now = _days(cast(PledgeEntry, current))
        return _stale(form, now, url_for("pledge_life.ask_close", reference=reference))

    return record(form, write, lambda: _close_page(form, entry), changed)


def _close_page(form: CloseForm, entry: PledgeEntry) -> str:
    book, state = position_of(db.session(), programme().id, today()), _state(entry)
    closed = _closed_today(entry)
    found = compare(db.session(), programme().id, today(), with_pledge(closed.pledge)) if state else None
    return render_template(
        "pledges/close.html",
        form=form,
        entry=entry,
        pledge=entry.pledge,
        donor=_donor_name(entry),
        state=state,
        book=book,
        words=closing_words(state) if state else None,
        consequence=consequence(found) if found else None,
    )


def _closed_today(entry: PledgeEntry) -> PledgeEntry:
    return replace(entry, pledge=replace(entry.pledge, closed_on=entry.pledge.closed_on or today()))


def _state(entry: PledgeEntry) -> PledgeState | None:
    """How it stands today; None where it was announced after today."""
    return position_of(db.session(), programme().id, today()).pledges.get(entry.key)


# Scheduled


@bp.get("/pledges/schedule/<key:reference>")
@requires("record")
def ask_schedule(reference: str) -> ResponseReturnValue:
    """The schedule editor, as the schedule stands."""
    entry = _entry(reference)
    rows = instalment_rows(entry)
    form = with_rows(ScheduleForm, max(FIRST_ROWS, len(rows) + 1))
    form.fill({"number": "4", "every_months": "3"})
    form.fill_schedule(rows)
    open_form(form, "pledges", reference)
    return _schedule_page(form, entry)


@bp.post("/pledges/schedule/<key:reference>")
@requires("record")
def schedule(reference: str) -> ResponseReturnValue:
    """Record a schedule; or only fill in its rows by a rule, or show more of them."""
    entry = _entry(reference)
    form = with_rows(ScheduleForm, _rows_sent())
    if "more_rows" in request.form or "check" in request.form:
        return _schedule_page(form, entry)
    if "make" in request.form:
        return _made(form, entry, request.form["make"])

    def write() -> str:
        rows, confirmed = form.schedule(), bool(form.confirm.data)
        version = form.opened_version
        changed = schedule_pledge(
            desk(), reference=reference, version=version, schedule=rows, confirmed=confirmed
        )
        flash(_("Schedule of %(reference)s: %(rows)s.", reference=reference, rows=_in_words(changed)))
        return _shown(reference)

    def stale(current: Entry) -> str:
        schedules = schedule_words(instalment_rows(cast(PledgeEntry, current)))
        sent = schedule_words(form.schedule())
        again = url_for("pledge_life.ask_schedule", reference=reference)
        return render_template("stale.html", rows=[], schedules=(schedules, sent), again=again)

    return record(form, write, lambda: _schedule_page(form, entry), stale)


def _in_words(entry: PledgeEntry) -> str:
    return schedule_words(instalment_rows(entry)) or _("one instalment of the whole")


def _made(form: ScheduleForm, entry: PledgeEntry, way: str) -> ResponseReturnValue:
    """The rows that a rule makes of the unpaid rest. Nothing is recorded."""
    try:
        parts = spread_rest(entry.pledge, settled_of(entry.pledge, register()), _days_of(form, way))
    except Refused as refused:
        form.show(_placed(messages(refused.problems), way))
        return _schedule_page(form, entry), 422
    made = with_rows(ScheduleForm, len(parts) + 1)
    made.fill({name: form[name].data or "" for name in (*form.columns, "form_key", "version")})
    for at in range(made.rows):
        for field in made.instalment(at):
            field.data = ""
    made.fill_schedule(_texts(parts, entry.pledge.currency))
    return _schedule_page(made, entry, made=True)


def _days_of(form: ScheduleForm, way: str) -> tuple[date, ...]:
    if way == "dates":
        days = read_days(form.raw())
        if days.entry is None:
            raise Refused(days.problems)
        return days.entry
    equal = read_equal(form.raw())
    if equal.entry is None:
        raise Refused(equal.problems)
    return equal.entry.days


def _placed(told: list[tuple[str, str]], way: str) -> list[tuple[str, str]]:
    """A problem of no field stands beside the field that asked for it."""
    where = "days" if way == "dates" else "number"
    return [(column or where, words) for column, words in told]


def _texts(parts: tuple[Instalment, ...], currency: str) -> list[dict[str, str]]:
    return [
        {"due_on": one.due_on.isoformat(), "amount": amount_text(one.amount_minor, currency)} for one in parts
    ]


def _rows_sent() -> int:
    sent = [name.split("-")[1] for name in request.form if name.startswith("instalments-")]
    most = max((int(at) + 1 for at in sent if at.isascii() and at.isdigit() and len(at) < 4), default=0)
    return max(most, FIRST_ROWS) + (MORE_ROWS if "more_rows" in request.form else 0)


def _schedule_page(form: ScheduleForm, entry: PledgeEntry, *, made: bool = False) -> str:
    pledge = entry.pledge
    settled = settled_of(pledge, register())
    kept = paid_parts(pledge.schedule, settled)
    return render_template(
        "pledges/schedule.html",
        form=form,
        entry=entry,
        pledge=pledge,
        donor=_donor_name(entry),
        kept=kept,
        rest=pledge.amount_minor - sum(one.amount_minor for one in kept),
        total=_total(form, pledge.currency),
        made=made,
    )


def _total(form: ScheduleForm, currency: str) -> int | None:
    """What the rows add up to, in minor units; None where one of them is not an amount yet."""
    try:
        return sum(parse_amount(row["amount"], currency) for row in form.schedule())
    except Refused:
        return None
