"""Money given back: recorded against a receipt, shown, amended. Its list is another room's."""

from typing import cast

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.histories import history
from tracker.blueprints.posting import desk, record
from tracker.blueprints.stale import stale_page
from tracker.blueprints.standing import open_form, register, standing, voided_page
from tracker.domain.contributions import Receipt, refunds_usd
from tracker.domain.entries import Entry, ReceiptEntry, RefundEntry
from tracker.domain.register import Register
from tracker.domain.writing import refund_row
from tracker.extensions import db
from tracker.forms.receipts import RefundForm
from tracker.queries.directory import donor_entries
from tracker.queries.stamps import stamp_of
from tracker.services.receipts import amend_refund, record_refund

bp = Blueprint("refund_pages", __name__)


def _receipt(reference: str) -> ReceiptEntry:
    return cast(ReceiptEntry, standing("receipts", reference))


def _refund(reference: str) -> RefundEntry:
    return cast(RefundEntry, standing("refunds", reference))


@bp.get("/receipts/refund/<key:reference>")
@requires("record")
def new(reference: str) -> ResponseReturnValue:
    """An empty form, with what is left of the receipt beside it."""
    entry, form = _receipt(reference), RefundForm()
    form.fill({"reference": _free_reference(register()), "refunded_on": today().isoformat()})
    form.open_on()
    return _page(form, entry)


@bp.post("/receipts/refund/<key:reference>")
@requires("record")
def create(reference: str) -> ResponseReturnValue:
    """Record a refund."""
    entry, form = _receipt(reference), RefundForm()

    def write() -> str:
        said = {**form.raw(), "receipt": reference}
        made = record_refund(desk(), raw=said, confirmed=bool(form.confirm.data))
        flash(_("Recorded: refund %(refund)s of %(receipt)s.", refund=made.key, receipt=reference))
        return url_for("receipts.show", reference=reference)

    return record(form, write, lambda: _page(form, entry))


@bp.get("/refunds/<key:reference>")
@requires("see_records")
def show(reference: str) -> ResponseReturnValue:
    """One refund, and what is left of its receipt; a voided one as it stood."""
    known = register()
    entry = known.refunds.get(reference)
    if entry is None:
        return voided_page("refunds", reference)
    receipt = known.receipts[entry.refund.receipt].receipt
    stamp = stamp_of(db.session(), programme().id, "refunds", reference)
    assert stamp is not None
    return render_template(
        "refunds/show.html",
        entry=entry,
        refund=entry.refund,
        receipt=receipt,
        donor=donor_entries(db.session(), programme().id)[receipt.donor],
        usd=_usd_of(entry, receipt, known),
        left=_left(receipt, known),
        today=today(),
        history=history(stamp),
    )


@bp.get("/refunds/edit/<key:reference>")
@requires("record")
def edit(reference: str) -> ResponseReturnValue:
    """The form, as the refund stands."""
    entry, form = _refund(reference), RefundForm()
    receipt = _receipt(entry.refund.receipt)
    form.fill(refund_row(entry, receipt.receipt.currency))
    open_form(form, "refunds", reference)
    return _page(form, receipt, entry)


@bp.post("/refunds/edit/<key:reference>")
@requires("record")
def amend(reference: str) -> ResponseReturnValue:
    """Change a refund."""
    entry, form = _refund(reference), RefundForm()
    receipt = _receipt(entry.refund.receipt)
    form.reference.data = reference

    def write() -> str:
        version, confirmed = form.opened_version, bool(form.confirm.data)
        amend_refund(desk(), reference=reference, version=version, raw=form.raw(), confirmed=confirmed)
        flash(_("Changed: refund %(refund)s.", refund=reference))
        return url_for("refund_pages.show", reference=reference)

    def changed(current: Entry) -> str:
        now = refund_row(cast(RefundEntry, current), receipt.receipt.currency)
        return stale_page(form, now, url_for("refund_pages.edit", reference=reference))

    return record(form, write, lambda: _page(form, receipt, entry), changed)


def _page(form: RefundForm, receipt: ReceiptEntry, entry: RefundEntry | None = None) -> str:
    known = register()
    own = entry.key if entry else ""
    return render_template(
        "refunds/form.html",
        form=form,
        receipt=receipt.receipt,
        entry=entry,
        left=_left(receipt.receipt, known, but=own),
        donor=donor_entries(db.session(), programme().id)[receipt.receipt.donor].name,
    )


def _left(receipt: Receipt, known: Register, but: str = "") -> tuple[int, int]:
    """What is left of a receipt, in its currency and in USD; `but` is a refund not to count."""
    others = [one for one in known.refunds_of(receipt.reference) if one.reference != but]
    usd = sum(value for _one, value in refunds_usd(receipt, others))
    return receipt.amount_minor - sum(one.amount_minor for one in others), receipt.usd_minor - usd


def _usd_of(entry: RefundEntry, receipt: Receipt, known: Register) -> int:
    valued = refunds_usd(receipt, known.refunds_of(receipt.reference))
    return next(usd for one, usd in valued if one.reference == entry.key)


def _free_reference(known: Register) -> str:
    """A refund's suggested reference, free to take: `RF-2026-001`."""
    taken = {*known.refunds, *(key for kind, key in known.voided if kind == "refunds")}
    numbers = (f"RF-{today().year}-{number:03d}" for number in range(1, len(taken) + 2))
    return next(reference for reference in numbers if reference not in taken)
