"""The list of pledges and agreements: what it can be asked, its totals, and its files."""

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, today
from tracker.blueprints import filters
from tracker.blueprints.lists import Days, Filter, Listing, Order, listing
from tracker.blueprints.takeaway import answer_with_file, file_asked
from tracker.domain.contributions import PledgeState
from tracker.domain.entries import DonorEntry, PledgeEntry
from tracker.domain.position import Position
from tracker.extensions import db
from tracker.queries import records
from tracker.queries.directory import by_currency, donor_entries, ending_pledges
from tracker.queries.position import position_of
from tracker.reporting.columns import pledge_columns
from tracker.reporting.lists import Money
from tracker.reporting.records import earmark_words


def state_of(state: PledgeState) -> str:
    """What is to be watched first of a pledge."""
    if state.pledge.closed_on is not None:
        return "closed"
    due = [one.due_on for one in state.instalments if one.open_minor]
    if not due:
        return "done"
    return "overdue" if min(due) < today() else "due"


def state_words() -> dict[str, str]:
    """The states of a pledge."""
    return {"overdue": _("Overdue"), "due": _("Due"), "done": _("Paid in full"), "closed": _("Closed")}


def pledge_list() -> ResponseReturnValue:
    """Every pledge and agreement as a page or a file, the latest first."""
    session, here = db.session(), programme().id
    book, donors = position_of(session, here, today()), donor_entries(session, here)
    entries = {entry.key: entry for entry in records.pledges(session, here)}
    found = _listed(book, donors, entries)
    totals = {
        "received": Money(sum(state.received_usd_minor for state in found.found)),
        "open": Money(sum(state.open_usd_minor for state in found.found)),
    }
    if file_asked():
        words = state_words()
        columns = pledge_columns(donors, entries, _earmark_of, lambda state: words[state_of(state)])
        return answer_with_file("pledges", _("Pledges and agreements"), found, columns, totals)
    later = [entry.pledge for key, entry in entries.items() if key not in book.pledges]
    sums = by_currency((state.pledge.currency, state.pledge.amount_minor) for state in found.found)
    page = {"list": found, "book": book, "donors": donors, "later": later, "state_of": state_of}
    return render_template("pledges/index.html", **page, states=state_words(), totals=totals, sums=sums)


def _listed(
    book: Position, donors: dict[str, DonorEntry], entries: dict[str, PledgeEntry]
) -> Listing[PledgeState]:
    rows = sorted(book.pledges.values(), key=lambda s: s.pledge.reference)
    ending = {state.pledge.reference for state in ending_pledges(book)}

    def texts(state: PledgeState) -> tuple[str, ...]:
        key, donor = state.pledge.reference, state.pledge.donor
        paper = entries[key].agreement_ref if key in entries else ""
        return key, donor, filters.name_of(donors, donor), paper

    return listing(
        rows,
        texts,
        state_words(),
        state_of,
        filters=(
            filters.by_donor(rows, donors, lambda state: state.pledge.donor),
            filters.by_lens(lambda state: state.pledge),
            filters.by_currency(rows, lambda state: state.pledge.currency),
            Filter(
                "ends",
                _("Months"),
                _("All windows"),
                {"soon": _("End within three months")},
                lambda state: ("soon",) if state.pledge.reference in ending else (),
            ),
        ),
        days=Days(_("Pledged"), lambda state: state.pledge.pledged_on),
        orders=_orders(donors),
    )


def _orders(donors: dict[str, DonorEntry]) -> tuple[Order[PledgeState], ...]:
    def due(state: PledgeState) -> date | None:
        return min((one.due_on for one in state.instalments if one.open_minor), default=None)

    return (
        Order("date", _("Latest first"), lambda s: (s.pledge.pledged_on, s.pledge.reference), down=True),
        Order("name", _("Reference"), lambda s: s.pledge.reference),
        Order("donor", _("Donor"), lambda s: filters.name_key(donors, s.pledge.donor)),
        Order("received", _("Received, largest first"), lambda s: s.received_usd_minor, down=True),
        Order("open", _("Open, largest first"), lambda s: s.open_usd_minor, down=True),
        Order("due", _("Open longest"), due),
    )


def _earmark_of(state: PledgeState) -> str:
    return earmark_words(state.pledge.earmark, support_cost=state.pledge.support_cost)
