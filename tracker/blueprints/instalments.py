"""Instalments of every pledge: what is due, overdue, settled; as a page or a file."""

from collections.abc import Mapping

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints import filters
from tracker.blueprints.lists import Days, Filter, Listing, Order, listing
from tracker.blueprints.takeaway import answer_with_file, file_asked
from tracker.domain.contributions import InstalmentState
from tracker.domain.entries import DonorEntry
from tracker.extensions import db
from tracker.queries.directory import all_instalments, by_currency, donor_entries
from tracker.queries.position import position_of
from tracker.reporting.columns import instalment_columns
from tracker.reporting.lists import Money
from tracker.reporting.narrative import OpenInstalment, late_labels
from tracker.reporting.records import instalment_state

bp = Blueprint("instalments", __name__)


@bp.get("/instalments")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every instalment, what is open longest first."""
    session, here = db.session(), programme().id
    book, donors = position_of(session, here, today()), donor_entries(session, here)
    found = _listed(all_instalments(book), donors)
    totals = {"open": Money(sum(one.open_usd_minor for one in found.found))}
    if file_asked():
        columns = instalment_columns(donors, lambda one: state_words()[state_of(one)], _days)
        return answer_with_file("instalments", _("Instalments"), found, columns, totals)
    sums = by_currency((one.pledge.currency, one.open_minor) for one in found.found if one.open_minor)
    page = {"list": found, "book": book, "donors": donors, "totals": totals, "sums": sums}
    return render_template("instalments/index.html", **page, instalment_state=instalment_state)


def state_of(one: InstalmentState) -> str:
    """Overdue, due, settled, or ended by closing."""
    return instalment_state(one, today())[0]


def state_words() -> dict[str, str]:
    """The states of an instalment, in words."""
    return {"overdue": _("Overdue"), "due": _("Due"), "done": _("Paid in full"), "closed": _("Closed")}


def _listed(rows: list[InstalmentState], donors: Mapping[str, DonorEntry]) -> Listing[InstalmentState]:
    def texts(one: InstalmentState) -> tuple[str, ...]:
        return one.pledge.reference, one.pledge.donor, filters.name_of(donors, one.pledge.donor)

    late: dict[str, str] = {key: words for key, words in late_labels().items() if key != "later"}
    return listing(
        rows,
        texts,
        state_words(),
        state_of,
        filters=(
            filters.by_donor(rows, donors, lambda one: one.pledge.donor),
            filters.by_lens(lambda one: one.pledge),
            filters.by_currency(rows, lambda one: one.pledge.currency),
            Filter("late", _("How late"), _("Late or not"), late, _late),
        ),
        days=Days(_("Due"), lambda one: one.due_on),
        orders=(
            Order("due", _("Open ones, the oldest first"), _by_day),
            Order("name", _("Pledge"), lambda one: (one.pledge.reference, one.number)),
            Order("donor", _("Donor"), lambda one: filters.name_key(donors, one.pledge.donor)),
            Order("open", _("Open, largest first"), lambda one: one.open_usd_minor, down=True),
        ),
    )


def _by_day(one: InstalmentState) -> tuple[bool, object]:
    return not one.open_minor, one.due_on


def _late(one: InstalmentState) -> tuple[str, ...]:
    return (OpenInstalment(one, (today() - one.due_on).days).late,) if one.open_minor else ()


def _days(one: InstalmentState) -> int | None:
    state, days = instalment_state(one, today())
    return days if state == "overdue" else None
