"""Receipts: the list, one of them, and recording one, with what it will change before it does."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.choices import currencies, donors_to_choose
from tracker.blueprints.histories import history
from tracker.blueprints.posting import desk, messages, record
from tracker.blueprints.receipt_list import receipt_list
from tracker.blueprints.standing import register, voided_page
from tracker.domain.contributions import InstalmentState
from tracker.domain.corrections import corrected, correction_note
from tracker.domain.entries import DonorEntry
from tracker.domain.exchange import Rate
from tracker.domain.position import Position
from tracker.domain.problems import Problem
from tracker.domain.writing import receipt_row
from tracker.extensions import db
from tracker.forms import ReceiptForm
from tracker.presentation import days_late, writer
from tracker.queries import records
from tracker.queries.covering import coverage, of_receipt
from tracker.queries.directory import donor_entries, open_instalments
from tracker.queries.lives import voided_receipt_row, voided_refunds
from tracker.queries.position import position_of
from tracker.queries.previews import Preview, free_reference, preview_receipt
from tracker.queries.register import load_register
from tracker.queries.stamps import stamp_of
from tracker.reporting.records import Effect, earmark_words, effect, recorded_words
from tracker.services.receipts import on_hold
from tracker.services.records import record_receipt
from tracker.wording import problem_text

bp = Blueprint("receipts", __name__)
FROM_A_BANK_LINE = ("received_on", "currency", "amount", "ledger_ref")


@bp.get("/receipts")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every receipt, the latest first."""
    return receipt_list()


@bp.get("/receipts/<key:reference>")
@requires("see_records")
def show(reference: str) -> ResponseReturnValue:
    """One receipt: its terms, how it is split, what it covers."""
    known = register()
    entry = known.receipts.get(reference)
    if entry is None:
        return voided_page("receipts", reference)
    book = _book()
    stamp = stamp_of(db.session(), programme().id, "receipts", reference)
    assert stamp is not None
    return render_template(
        "receipts/show.html",
        entry=entry,
        receipt=entry.receipt,
        donor=_donors()[entry.receipt.donor],
        book=book,
        net=book.receipts.get(reference),
        item=_item(book, reference),
        coverage=coverage(book, of_receipt(reference)),
        earmark_words=earmark_words,
        on_hold=on_hold(entry, known),
        voided=voided_refunds(db.session(), programme().id, reference),
        corrects=corrected(entry.notes),
        corrected_by=[e.key for e in known.receipts.values() if corrected(e.notes) == reference],
        history=history(stamp),
    )


@bp.get("/receipts/new")
@requires("record")
def new() -> ResponseReturnValue:
    """An empty form; with `?donor=` its open instalments, with `?pledge=` what is open of one.

    A line of a bank list fills in its day, currency, amount and ledger reference.
    With `?corrects=` it names the record it corrects, and is filled as that one was where it is live.
    """
    form = _form(request.args.get("donor", ""), request.args.get("pledge", ""))
    form.fill({name: request.args[name] for name in FROM_A_BANK_LINE if name in request.args})
    if request.args.get("corrects"):
        _fill_correction(form, request.args["corrects"])
    form.open_on()
    return _page(form, Check())


def _fill_correction(form: ReceiptForm, reference: str) -> None:
    """A new record that names what it corrects (R13), from what that one said."""
    known = register()
    said = voided_receipt_row(db.session(), programme().id, reference)
    if reference in known.receipts:
        said = receipt_row(known.receipts[reference], known.programme.codes, with_usd=False)
    if said:
        form.fill({**said, "reference": free_reference(known, said["donor"], today())})
        form.notes.data = correction_note(reference)
        _offer(form)


@bp.post("/receipts/new")
@requires("record")
def create() -> ResponseReturnValue:
    """Record a receipt."""
    form = _sent()
    check = _check(form)

    def write() -> str:
        entry = record_receipt(desk(), raw=form.raw(), confirmed=bool(form.confirm.data))
        if check.preview is not None:
            said = recorded_words(check.preview, _donors()[entry.receipt.donor].name)
            flash(" ".join(writer().plain(sentence) for sentence in said))
        if "and_another" in request.form:
            return url_for("receipts.new")
        return url_for("receipts.show", reference=entry.key)

    return record(form, write, lambda: _page(form, check))


@bp.post("/receipts/preview")
@requires("record")
def preview() -> ResponseReturnValue:
    """What a receipt would change. Records nothing: the page again, or only the panel for a script."""
    form = _sent()
    if "show_open" in request.form:
        return _page(_chosen(form), Check())
    check = _check(form)
    if request.headers.get("X-Fragment") == "change":
        return render_template("receipts/_change.html", check=check, earmark_words=earmark_words)
    form.show(messages(check.problems))
    form.ask(problem_text(question) for question in check.questions)
    return _page(form, check)


@dataclass(frozen=True, slots=True)
class Check:
    """What is known of a receipt before it is recorded. All empty where it was not asked yet."""

    preview: Preview | None = None
    effect: Effect | None = None
    rate: Rate | None = None
    donor: str = ""
    problems: tuple[Problem, ...] = ()
    questions: tuple[Problem, ...] = ()
    asked: bool = False


def _check(form: ReceiptForm) -> Check:
    found, problems, questions = preview_receipt(db.session(), programme().id, today(), form.raw())
    if found is None:
        return Check(problems=problems, questions=questions, asked=True)
    receipt = found.entry.receipt
    rate = None
    if receipt.currency != "USD" and not found.entry.usd_stated:
        register = load_register(db.session(), programme().id, today())
        rate = register.rate_table.find(receipt.currency, receipt.received_on)
    return Check(found, effect(found), rate, _donors()[receipt.donor].name, (), questions, True)


def _item(book: Position, reference: str) -> object:
    return next((i for i in book.items if i.lens == "received" and i.reference == reference), None)


def _book() -> Position:
    return position_of(db.session(), programme().id, today())


def _donors() -> dict[str, DonorEntry]:
    return donor_entries(db.session(), programme().id)


# The form


def _form(donor: str, pledge: str) -> ReceiptForm:
    """A form for a donor and a pledge, filled with what follows from them."""
    owner = {entry.key: entry for entry in records.pledges(db.session(), programme().id)}.get(pledge)
    donor = owner.pledge.donor if owner else donor
    form = ReceiptForm()
    form.fill({"donor": donor, "received_on": today().isoformat(), "currency": "USD", "pledge": pledge})
    return _chosen(form)


def _chosen(form: ReceiptForm) -> ReceiptForm:
    """What follows from the donor: a free reference, and its oldest open instalment unless one was picked."""
    register, open_ones = load_register(db.session(), programme().id, today()), _open(form)
    if form.donor.data in register.donors:
        form.reference.data = free_reference(register, form.donor.data, today())
    picked = register.pledges.get(form.pledge.data or "")
    if picked is None or picked.pledge.donor != form.donor.data:
        form.pledge.data = open_ones[0].pledge.reference if open_ones else ""
    if form.pledge.data:
        form.currency.data = register.pledges[form.pledge.data].pledge.currency
    _offer(form)
    return form


def _sent() -> ReceiptForm:
    form = ReceiptForm()
    _offer(form)
    return form


def _offer(form: ReceiptForm) -> None:
    """Donors, currencies, and the chosen donor's open pledges to pick from."""
    form.donor.offer(donors_to_choose())
    form.currency.offer(currencies())
    picks = [(one.pledge.reference, _open_words(one)) for one in _open(form)]
    form.pledge.offer([*picks, ("", _("Not for a pledge"))])


def _open(form: ReceiptForm) -> list[InstalmentState]:
    """The oldest open instalment of each of the donor's pledges, oldest first."""
    found: dict[str, InstalmentState] = {}
    if form.donor.data:
        for one in open_instalments(_book(), form.donor.data):
            found.setdefault(one.pledge.reference, one)
    return list(found.values())


def _open_words(one: InstalmentState) -> str:
    values = {"pledge": one.pledge.reference, "number": one.number, "of": len(one.pledge.schedule)}
    return _("%(pledge)s, instalment %(number)s of %(of)s", **values)


def _notes(form: ReceiptForm) -> dict[str, tuple[str, str]]:
    """The second line of each pick, and what is open of it."""
    write, notes = writer(), {"": (_("a contribution nobody announced"), "")}
    for one in _open(form):
        due = f"{_('due')} {write.day_short(one.due_on)}, {days_late((today() - one.due_on).days)}"
        notes[one.pledge.reference] = (due, write.with_currency(one.open_minor, one.pledge.currency))
    return notes


def _page(form: ReceiptForm, check: Check) -> str:
    return render_template(
        "receipts/form.html", form=form, check=check, notes=_notes(form), earmark_words=earmark_words
    )
