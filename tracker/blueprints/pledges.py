"""Pledges and signed agreements: the list, one of them, recording and amending one."""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.choices import currencies, donors_to_choose, schedule_words
from tracker.blueprints.histories import history
from tracker.blueprints.pledge_list import pledge_list, state_of
from tracker.blueprints.posting import desk, record
from tracker.blueprints.stale import stale_page
from tracker.blueprints.standing import voided_page
from tracker.domain.entries import Entry, PledgeEntry
from tracker.domain.money import CURRENCIES, amount_text, parse_amount
from tracker.domain.position import Position
from tracker.domain.problems import Refused
from tracker.domain.writing import instalment_rows, pledge_row
from tracker.extensions import db
from tracker.forms import FIRST_ROWS, PledgeForm, pledge_form
from tracker.queries import records
from tracker.queries.covering import coverage, of_pledge
from tracker.queries.directory import donor_entries
from tracker.queries.lives import close_reason, term_changes, voided_receipts
from tracker.queries.position import position_of
from tracker.queries.stamps import Stamp, stamp_of
from tracker.reporting.records import earmark_words, instalment_state, timeline
from tracker.reporting.timelines import Past, TermsChange
from tracker.services.records import amend_pledge, record_pledge

bp = Blueprint("pledges", __name__)
MORE_ROWS = 4


@bp.get("/pledges")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every pledge and agreement, the latest first."""
    return pledge_list()


@bp.get("/pledges/<key:reference>")
@requires("see_records")
def show(reference: str) -> ResponseReturnValue:
    """One pledge: what was agreed, what came, what it covers, what happened, who recorded what."""
    if records.pledge(db.session(), programme().id, reference) is None:
        return voided_page("pledges", reference)
    entry, book = _entry(reference), _book()
    state = book.pledges.get(reference)
    receipts = [net for net in book.receipts.values() if net.receipt.pledge == reference]
    stamp = stamp_of(db.session(), programme().id, "pledges", reference)
    assert stamp is not None
    return render_template(
        "pledges/show.html",
        entry=entry,
        pledge=entry.pledge,
        donor=donor_entries(db.session(), programme().id)[entry.pledge.donor],
        book=book,
        state=state,
        receipts=receipts,
        coverage=coverage(book, of_pledge(book, reference)),
        timeline=timeline(state, receipts, book.as_of, _past(entry, stamp)) if state else (),
        voided=voided_receipts(db.session(), programme().id, reference),
        instalment_state=instalment_state,
        state_of=state_of,
        earmark_words=earmark_words,
        history=history(stamp),
    )


def _past(entry: PledgeEntry, stamp: Stamp) -> Past:
    """What the pledge itself no longer says of its life."""
    session, here = db.session(), programme()
    changes = [
        TermsChange(at.astimezone(ZoneInfo(here.time_zone)).date(), before, after)
        for at, before, after in term_changes(session, here.id, stamp)
    ]
    voided = voided_receipts(session, here.id, entry.key)
    return Past(entry.agreement_ref, close_reason(session, here.id, entry.key), changes, voided)


@bp.get("/pledges/new")
@requires("record")
def new() -> ResponseReturnValue:
    """An empty form, for a donor where one is named."""
    form = _form(FIRST_ROWS)
    form.fill({"donor": request.args.get("donor", ""), "pledged_on": today().isoformat()})
    form.open_on()
    return _page(form)


@bp.post("/pledges/new")
@requires("record")
def create() -> ResponseReturnValue:
    """Record a pledge and its schedule; or only show more rows for one."""
    form = _form(_rows_sent())
    if "more_rows" in request.form:
        return _page(form)

    def write() -> str:
        said = {"raw": form.raw(), "schedule": form.schedule(), "confirmed": bool(form.confirm.data)}
        entry = record_pledge(desk(), **said)  # type: ignore[arg-type]
        amount = f"{entry.pledge.currency} {amount_text(entry.pledge.amount_minor, entry.pledge.currency)}"
        flash(_("Recorded: %(reference)s, %(amount)s.", reference=entry.key, amount=amount))
        return url_for("pledges.show", reference=entry.key)

    return record(form, write, lambda: _page(form))


@bp.get("/pledges/edit/<key:reference>")
@requires("record")
def edit(reference: str) -> ResponseReturnValue:
    """The form, as it stands."""
    entry = _entry(reference)
    schedule = instalment_rows(entry)
    form = _form(max(FIRST_ROWS, len(schedule) + 1))
    stamp = stamp_of(db.session(), programme().id, "pledges", reference)
    form.fill(pledge_row(entry))
    form.fill_schedule(schedule)
    form.open_on(stamp.version if stamp else 0)
    return _page(form, entry)


@bp.post("/pledges/edit/<key:reference>")
@requires("record")
def amend(reference: str) -> ResponseReturnValue:
    """Change a pledge's terms or schedule."""
    entry, form = _entry(reference), _form(_rows_sent())
    form.reference.data = reference
    if "more_rows" in request.form:
        return _page(form, entry)

    def write() -> str:
        said = {"raw": form.raw(), "schedule": form.schedule(), "confirmed": bool(form.confirm.data)}
        changed = amend_pledge(desk(), reference=reference, version=form.opened_version, **said)  # type: ignore[arg-type]
        flash(_amended_words(entry, changed))
        return url_for("pledges.show", reference=reference)

    def changed(current: Entry) -> str:
        assert isinstance(current, PledgeEntry)
        schedules = schedule_words(instalment_rows(current)), schedule_words(form.schedule())
        again = url_for("pledges.edit", reference=reference)
        return stale_page(form, pledge_row(current), again, schedules)

    return record(form, write, lambda: _page(form, entry), changed)


def _amended_words(old: PledgeEntry, new: PledgeEntry) -> str:
    """After success: that it was changed, and the schedule where it was built anew."""
    words: str = _("Changed: %(reference)s.", reference=new.key)
    if new.pledge.instalments and new.pledge.instalments != old.pledge.instalments:
        rows = schedule_words(instalment_rows(new))
        words += " " + _("Its schedule is now %(rows)s.", rows=rows)
    return words


def _book() -> Position:
    return position_of(db.session(), programme().id, today())


def _entry(reference: str) -> PledgeEntry:
    found = records.pledge(db.session(), programme().id, reference)
    return found if found is not None else abort(404)


def _rows_sent() -> int:
    """How many rows the form has, and some more where they were asked for."""
    sent = [name.split("-")[1] for name in request.form if name.startswith("instalments-")]
    most = max((int(at) + 1 for at in sent if at.isascii() and at.isdigit() and len(at) < 4), default=0)
    return max(most, FIRST_ROWS) + (MORE_ROWS if "more_rows" in request.form else 0)


def _form(rows: int) -> PledgeForm:
    form = pledge_form(rows)
    form.donor.offer(donors_to_choose())
    form.currency.offer(currencies())
    return form


def _page(form: PledgeForm, entry: PledgeEntry | None = None) -> str:
    return render_template("pledges/form.html", form=form, entry=entry, total=_schedule_total(form))


def _schedule_total(form: PledgeForm) -> int | None:
    """What the rows add up to, in minor units; None where one of them is not an amount yet."""
    currency = form.currency.data if form.currency.data in CURRENCIES else "USD"
    try:
        return sum(parse_amount(row["amount"], currency) for row in form.schedule())
    except Refused:
        return None
