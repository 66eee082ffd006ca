"""Help: every word and rule of the tracker as an officer would say it; and the component sheet."""

from typing import Final

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.access import requires, visitor
from tracker.blueprints.choices import currencies
from tracker.blueprints.explained import rules, sections, titles
from tracker.forms.sheet import SheetForm

bp = Blueprint("help", __name__)

ROOM_WORDS: Final = {
    "overview": ("lenses", "gap", "lapsed", "funded-through", "status", "coverage", "as-of"),
    "donors": ("donor", "pledge", "open", "overpayment", "unused"),
    "pledges": ("pledge", "signed", "instalment", "open", "closing", "exchange"),
    "receipts": ("receipt", "window", "earmark", "hold", "deduction", "refund", "retroactive"),
    "budget": ("requirement", "outcome", "budget", "support"),
    "rates": ("rate", "exchange", "open"),
    "portal": ("coverage", "receipt", "open", "earmark"),
    "users": ("roles",),
    "instalments": ("instalment", "open", "overdue", "closing"),
    "refunds": ("refund", "receipt"),
    "bank": ("receipt", "hold", "deduction", "instalment"),
    "handover": ("open", "overdue", "lenses", "closing"),
    "pledge_life": ("pledge", "signed", "instalment", "closing", "window"),
    "receipt_life": ("receipt", "hold", "earmark", "window", "correct"),
    "refund_pages": ("refund", "receipt"),
    "voiding": ("correct",),
}
"""The words that the foot of a room's pages explains, by blueprint."""


def init_app(app: Flask) -> None:
    """Give every page the words its foot explains."""
    app.context_processor(lambda: {"terms": terms()})


def terms() -> list[tuple[str, str]]:
    """Words of this page and where they are explained: (word, address)."""
    if visitor() is None:
        return []
    known = titles()
    return [
        (known[anchor], f"{url_for('help.index')}#{anchor}")
        for anchor in ROOM_WORDS.get(request.blueprint or "", ())
    ]


@bp.get("/help")
@requires("signed_in")
def index() -> ResponseReturnValue:
    """Every word and every rule, on one page that a browser can search."""
    return render_template("help/index.html", sections=[*sections(), rules()])


@bp.get("/style")
@requires("manage_users")
def style() -> ResponseReturnValue:
    """The component sheet: every component once. No page leads here."""
    form = SheetForm(formdata=None)
    form.currency.offer(currencies())
    form.pays.offer([("a", "17-DC-SVK-073, instalment 1 of 2"), ("", "Not for a pledge")])
    form.day.errors = ["“30.6.2028” is not a date as it is written here. Write YYYY-MM-DD: 2026-03-15."]
    return render_template("style.html", form=form)
