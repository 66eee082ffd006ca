"""The dark bar: where one may go, and who one is."""

from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext as _

from tracker.access import may, programme, visitor
from tracker.domain.permissions import Action
from tracker.domain.vocabulary import Role

Link = tuple[str, str, bool]


def init_app(app: Flask) -> None:
    """Give every page its navigation and its reader."""
    app.context_processor(bar)


def bar() -> dict[str, Any]:
    """What the layout's dark bar shows; nothing of it to somebody who has not signed in."""
    who = visitor()
    if who is None:
        return {"navigation": [], "account": None}
    seen = who.login.views_as
    account = {
        "name": who.login.name or who.login.email,
        "role": _("viewing as %(donor)s", donor=seen.name) if seen else role_words()[who.role],
        "links": account_links(),
        "sign_out_url": url_for("auth.logout"),
    }
    return {"navigation": links(), "account": account, "programme_name": programme().name}


def links() -> list[Link]:
    """The rooms this reader may enter: address, name, whether one is in it."""
    rooms: tuple[tuple[str, str, Action], ...] = (
        ("overview.index", _("Overview"), "see_position"),
        ("donors.index", _("Donors"), "see_records"),
        ("pledges.index", _("Pledges"), "see_records"),
        ("receipts.index", _("Receipts"), "see_records"),
        ("bank.index", _("Bank list"), "see_records"),
        ("rates.index", _("Rates"), "see_records"),
        ("contributors.index", _("Contributors"), "see_position"),
        ("exposure.index", _("Exposure"), "see_position"),
        ("budget.index", _("Budget"), "see_position"),
        ("handover.index", _("Handover"), "see_records"),
        ("meetings.index", _("Meetings"), "see_papers"),
        ("portal.index", _("Your contributions"), "see_own"),
        ("statements.own_index", _("Statements"), "see_own"),
        ("portal.the_programme", _("The programme"), "see_own"),
    )
    # the donors list says more than the contributors; exposure and meetings stand in the account's menu
    left_out = ("contributors.index", "exposure.index", "meetings.index") if may("see_records") else ()
    return [(url_for(e), name, _inside(e)) for e, name, action in rooms if may(action) and e not in left_out]


def account_links() -> list[tuple[str, str]]:
    """What the account's menu leads to: address, name."""
    rooms: tuple[tuple[str, str, Action], ...] = (
        ("account.index", _("Your account"), "signed_in"),
        ("imports.index", _("Import"), "record"),
        ("issuing.index", _("Statements"), "see_records"),
        ("meetings.index", _("Meetings"), "see_records"),
        ("exposure.index", _("Exposure"), "see_records"),
        ("closings.index", _("Closed months"), "see_records"),
        ("iati.index", _("IATI file"), "see_records"),
        ("users.index", _("Users"), "manage_users"),
        ("history.index", _("All changes"), "see_records"),
        ("help.index", _("Help"), "signed_in"),
    )
    return [(url_for(end), name) for end, name, action in rooms if may(action)]


BESIDE = {
    **{"instalments": "pledges", "refunds": "receipts", "closings": "bank"},
    **{"changes": "overview", "merges": "donors"},
}
"""Rooms that are entered through another one."""
BY_THEMSELVES = ("portal.index", "portal.the_programme")
"""Pages of one room that the bar names each by itself."""


def _inside(endpoint: str) -> bool:
    if endpoint in BY_THEMSELVES:
        return request.endpoint == endpoint
    here = request.blueprint or ""
    return BESIDE.get(here, here) == endpoint.partition(".")[0]


def role_words() -> dict[Role, str]:
    """A role as the bar names it."""
    return {
        "admin": _("administrator"),
        "officer": _("officer"),
        "gcg": _("GCG"),
        "donor": _("contributor"),
    }
