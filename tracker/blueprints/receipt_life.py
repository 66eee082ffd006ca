"""The life of a receipt: amended, its hold assigned once the payer is known; what changes is shown first."""

from collections.abc import Mapping
from typing import cast

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.choices import currencies, donors_to_choose
from tracker.blueprints.posting import desk, messages, record
from tracker.blueprints.stale import stale_page
from tracker.blueprints.standing import open_form, register, standing
from tracker.domain.contributions import PledgeState
from tracker.domain.entries import Entry, ReceiptEntry
from tracker.domain.problems import Problem
from tracker.domain.writing import receipt_row
from tracker.extensions import db
from tracker.forms import ReceiptForm
from tracker.forms.receipts import AssignForm
from tracker.presentation import writer
from tracker.queries.comparisons import Comparison, compare, with_receipt
from tracker.queries.directory import donor_entries
from tracker.queries.position import position_of
from tracker.reporting.consequences import Consequence, consequence
from tracker.services.receipts import (
    amend_receipt,
    assign_hold,
    assigned_row,
    on_hold,
    read_changed_receipt,
)
from tracker.wording import problem_text

bp = Blueprint("receipt_life", __name__)
Picks = list[tuple[str, str]]
Notes = dict[str, tuple[str, str]]


def _entry(reference: str) -> ReceiptEntry:
    return cast(ReceiptEntry, standing("receipts", reference))


def _row(entry: ReceiptEntry) -> dict[str, str]:
    """As the form has it: its USD only where it was stated, so that the recorded one is kept."""
    return receipt_row(entry, register().programme.codes, with_usd=entry.usd_stated)


def _donor_name(entry: ReceiptEntry) -> str:
    return donor_entries(db.session(), programme().id)[entry.receipt.donor].name


def _compared(old: ReceiptEntry, raw: Mapping[str, str]) -> tuple[Comparison | None, tuple[Problem, ...]]:
    """The position with the receipt as the form has it; or what is wrong with the form."""
    reading = read_changed_receipt(raw, register(), old)
    if reading.entry is None:
        return None, reading.problems
    change = with_receipt(reading.entry.receipt)
    return compare(db.session(), programme().id, today(), change), reading.questions


def _changed_words(found: Comparison | None) -> str:
    return writer().plain(consequence(found).words[0]) if found else ""


def _picks(donor: str) -> tuple[Picks, Notes]:
    """Every pledge of a donor, open ones first, and what is open of each."""
    book = position_of(db.session(), programme().id, today())
    mine = [state for state in book.pledges.values() if state.pledge.donor == donor]
    mine.sort(key=lambda state: (not state.open_minor, state.pledge.pledged_on, state.pledge.reference))
    notes = {state.pledge.reference: _note(state) for state in mine}
    notes[""] = (_("a contribution nobody announced"), "")
    return [*((key, key) for key in notes if key), ("", _("Not for a pledge"))], notes


def _note(state: PledgeState) -> tuple[str, str]:
    write, pledge = writer(), state.pledge
    open_ones = [one for one in state.instalments if one.open_minor]
    if pledge.closed_on is not None:
        return _("closed %(day)s", day=write.day_short(pledge.closed_on)), ""
    if not open_ones:
        return _("paid in full"), ""
    due = _("open, due %(day)s", day=write.day_short(open_ones[0].due_on))
    return due, write.with_currency(state.open_minor, pledge.currency)


# Amended


@bp.get("/receipts/edit/<key:reference>")
@requires("record")
def edit(reference: str) -> ResponseReturnValue:
    """The form, as the receipt stands."""
    entry, form = _entry(reference), ReceiptForm()
    form.fill(_row(entry))
    open_form(form, "receipts", reference)
    return _edit_page(form, entry)


@bp.post("/receipts/edit/<key:reference>")
@requires("record")
def amend(reference: str) -> ResponseReturnValue:
    """Change a receipt; or only show what that changes, or another donor's pledges."""
    entry, form = _entry(reference), ReceiptForm()
    form.reference.data = reference
    if "show_open" in request.form:
        return _edit_page(form, entry)
    found, said = _compared(entry, {**form.raw(), "reference": reference})
    if "check" in request.form:
        _say(form, found, said)
        return _edit_page(form, entry, found)

    def write() -> str:
        version, confirmed = form.opened_version, bool(form.confirm.data)
        amend_receipt(desk(), reference=reference, version=version, raw=form.raw(), confirmed=confirmed)
        words = _changed_words(found)
        flash(_("Changed: %(reference)s. %(words)s", reference=reference, words=words))
        return url_for("receipts.show", reference=reference)

    def changed(current: Entry) -> str:
        again = url_for("receipt_life.edit", reference=reference)
        return stale_page(form, _row(cast(ReceiptEntry, current)), again)

    return record(form, write, lambda: _edit_page(form, entry, found), changed)


def _say(form: ReceiptForm | AssignForm, found: Comparison | None, said: tuple[Problem, ...]) -> None:
    if found is None:
        form.show(messages(said))
    else:
        form.ask(problem_text(question) for question in said)


def _edit_page(form: ReceiptForm, entry: ReceiptEntry, found: Comparison | None = None) -> str:
    form.donor.offer(donors_to_choose())
    form.currency.offer(currencies())
    picks, notes = _picks(form.donor.data or "")
    form.pledge.offer(picks)
    return render_template(
        "receipts/edit.html",
        form=form,
        entry=entry,
        receipt=entry.receipt,
        donor=_donor_name(entry),
        notes=notes,
        consequence=_said(found),
    )


def _said(found: Comparison | None) -> Consequence | None:
    return consequence(found) if found else None


# Assigned


@bp.get("/receipts/assign/<key:reference>")
@requires("record")
def ask_assign(reference: str) -> ResponseReturnValue:
    """Whose money on hold is it, and what is it for?"""
    entry, form = _entry(reference), AssignForm()
    donor = request.args.get("donor", "")
    form.fill({"donor": donor, "pledge": _first_open(donor)})
    open_form(form, "receipts", reference)
    return _assign_page(form, entry)


@bp.post("/receipts/assign/<key:reference>")
@requires("record")
def assign(reference: str) -> ResponseReturnValue:
    """Assign a hold; or only show what that changes, or the chosen donor's pledges."""
    entry, form = _entry(reference), AssignForm()
    if "show_open" in request.form:
        form.pledge.data = _first_open(form.donor.data or "")
        return _assign_page(form, entry)
    found, said = _compared(entry, assigned_row(entry, form.raw(), register()))
    if "check" in request.form:
        _say(form, found, said)
        return _assign_page(form, entry, found)

    def write() -> str:
        version, confirmed = form.opened_version, bool(form.confirm.data)
        assign_hold(desk(), reference=reference, version=version, raw=form.raw(), confirmed=confirmed)
        words = _changed_words(found)
        flash(_("Assigned: %(reference)s. %(words)s", reference=reference, words=words))
        return url_for("receipts.show", reference=reference)

    def changed(current: Entry) -> str:
        now = {name: _row(cast(ReceiptEntry, current))[name] for name in form.columns}
        return stale_page(form, now, url_for("receipt_life.ask_assign", reference=reference))

    return record(form, write, lambda: _assign_page(form, entry, found), changed)


def _first_open(donor: str) -> str:
    """The pledge of a donor to suggest: its oldest open one."""
    book = position_of(db.session(), programme().id, today())
    mine = [state for state in book.pledges.values() if state.pledge.donor == donor and state.open_minor]
    due = {min(o.due_on for o in state.instalments if o.open_minor): state for state in reversed(mine)}
    return due[min(due)].pledge.reference if due else ""


def _assign_page(form: AssignForm, entry: ReceiptEntry, found: Comparison | None = None) -> str:
    form.donor.offer(donors_to_choose())
    picks, notes = _picks(form.donor.data or "")
    form.pledge.offer(picks)
    return render_template(
        "receipts/assign.html",
        form=form,
        entry=entry,
        receipt=entry.receipt,
        donor=_donor_name(entry),
        notes=notes,
        on_hold=on_hold(entry, register()),
        consequence=_said(found),
    )
