"""A record made in error is voided: what that does stands on the page first, in figures."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.posting import answer_of_this_form, desk, messages, record
from tracker.blueprints.standing import open_form, register, standing
from tracker.domain.consequences import check_void
from tracker.domain.entries import DonorEntry, Entry
from tracker.domain.register import Kind
from tracker.extensions import db
from tracker.forms.pledges import VoidForm
from tracker.queries.comparisons import compare, without
from tracker.reporting.consequences import Consequence, consequence
from tracker.services.records import void

bp = Blueprint("voiding", __name__)


@dataclass(frozen=True, slots=True)
class Room:
    """Where a kind of record lives, and what it is called."""

    title: str
    list_url: str
    url: str


def _room(kind: Kind, key: str) -> Room:
    match kind:
        case "donors":
            return Room(_("Donors"), url_for("donors.index"), url_for("donors.show", code=key))
        case "pledges":
            return Room(_("Pledges"), url_for("pledges.index"), url_for("pledges.show", reference=key))
        case "refunds":
            shown = url_for("refund_pages.show", reference=key)
            return Room(_("Refunds"), url_for("receipts.index"), shown)
        case _:
            return Room(_("Receipts"), url_for("receipts.index"), url_for("receipts.show", reference=key))


@bp.get("/donors/void/<key:code>")
@requires("record")
def ask_donor(code: str) -> ResponseReturnValue:
    """What voiding a donor does, and why it is done."""
    return _ask("donors", code)


@bp.post("/donors/void/<key:code>")
@requires("record")
def void_donor(code: str) -> ResponseReturnValue:
    """Void a donor that nothing names."""
    return _void("donors", code)


@bp.get("/pledges/void/<key:reference>")
@requires("record")
def ask_pledge(reference: str) -> ResponseReturnValue:
    """What voiding a pledge does, and why it is done."""
    return _ask("pledges", reference)


@bp.post("/pledges/void/<key:reference>")
@requires("record")
def void_pledge(reference: str) -> ResponseReturnValue:
    """Void a pledge that no receipt names."""
    return _void("pledges", reference)


@bp.get("/receipts/void/<key:reference>")
@requires("record")
def ask_receipt(reference: str) -> ResponseReturnValue:
    """What voiding a receipt does, and why it is done."""
    return _ask("receipts", reference)


@bp.post("/receipts/void/<key:reference>")
@requires("record")
def void_receipt(reference: str) -> ResponseReturnValue:
    """Void a receipt that has no refund."""
    return _void("receipts", reference)


@bp.get("/refunds/void/<key:reference>")
@requires("record")
def ask_refund(reference: str) -> ResponseReturnValue:
    """What voiding a refund does, and why it is done."""
    return _ask("refunds", reference)


@bp.post("/refunds/void/<key:reference>")
@requires("record")
def void_refund(reference: str) -> ResponseReturnValue:
    """Void a refund."""
    return _void("refunds", reference)


def _ask(kind: Kind, key: str) -> str:
    standing(kind, key)
    form = VoidForm()
    open_form(form, kind, key)
    return _page(form, kind, key)


def _void(kind: Kind, key: str) -> ResponseReturnValue:
    form = VoidForm()
    answer = answer_of_this_form(form.key)  # sent again, it is voided already
    if answer is not None:
        return redirect(answer)
    standing(kind, key)

    def write() -> str:
        void(desk(), kind, key=key, version=form.opened_version, reason=form.raw()["reason"])
        flash(_("Voided: %(reference)s. It counts at no date, and stays readable here.", reference=key))
        return _room(kind, key).url

    def changed(_current: Entry) -> str:
        form.show([("", _("It was changed meanwhile. Look at it again, then decide."))])
        open_form(form, kind, key)
        return _page(form, kind, key)

    return record(form, write, lambda: _page(form, kind, key), changed)


def _page(form: VoidForm, kind: Kind, key: str) -> str:
    entry = standing(kind, key)
    in_the_way = messages(check_void(kind, key, register()))
    return render_template(
        "voiding/form.html",
        form=form,
        kind=kind,
        key=key,
        room=_room(kind, key),
        in_the_way=[words for _column, words in in_the_way],
        consequence=None if isinstance(entry, DonorEntry) else _consequence(kind, key),
        today=today(),
    )


def _consequence(kind: Kind, key: str) -> Consequence:
    return consequence(compare(db.session(), programme().id, today(), without(kind, key)))
