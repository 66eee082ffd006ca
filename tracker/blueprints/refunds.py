"""Refunds: money given back, each against its receipt; as a page or a file."""

from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints import filters
from tracker.blueprints.lists import Days, Listing, Order, listing
from tracker.blueprints.takeaway import answer_with_file, file_asked
from tracker.domain.entries import DonorEntry
from tracker.extensions import db
from tracker.queries.directory import RefundLine, by_currency, donor_entries, refund_lines
from tracker.queries.position import position_of
from tracker.reporting.columns import refund_columns
from tracker.reporting.lists import Money

bp = Blueprint("refunds", __name__)


@bp.get("/refunds")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every refund, the latest first."""
    session, here = db.session(), programme().id
    book, donors = position_of(session, here, today()), donor_entries(session, here)
    found = _listed(refund_lines(session, here, book), donors)
    totals = {"back": Money(sum(line.usd_minor or 0 for line in found.found))}
    if file_asked():
        return answer_with_file("refunds", _("Refunds"), found, refund_columns(donors), totals)
    sums = by_currency((r.receipt.receipt.currency, r.refund.amount_minor) for r in found.found)
    page = {"list": found, "book": book, "donors": donors, "totals": totals, "sums": sums}
    return render_template("refunds/index.html", **page)


def _listed(lines: list[RefundLine], donors: dict[str, DonorEntry]) -> Listing[RefundLine]:
    def donor(line: RefundLine) -> str:
        return line.receipt.receipt.donor

    def texts(line: RefundLine) -> tuple[str, ...]:
        known = (line.entry.key, line.receipt.key, line.entry.ledger_ref, donor(line))
        return (*known, filters.name_of(donors, donor(line)))

    def day(line: RefundLine) -> tuple[date, str]:
        return line.refund.refunded_on, line.entry.key

    return listing(
        lines,
        texts,
        {"done": _("Given back"), "later": _("Dated after today")},
        lambda line: "later" if line.refund.refunded_on > today() else "done",
        filters=(
            filters.by_donor(lines, donors, donor),
            filters.by_currency(lines, lambda line: line.receipt.receipt.currency),
        ),
        days=Days(_("Given back"), lambda line: line.refund.refunded_on),
        orders=(
            Order("date", _("Latest first"), day, down=True),
            Order("name", _("Reference"), lambda line: line.entry.key),
            Order("receipt", _("Receipt"), lambda line: line.receipt.key),
            Order("donor", _("Donor"), lambda line: filters.name_key(donors, donor(line))),
            Order("usd", _("USD, largest first"), lambda line: line.usd_minor, down=True),
        ),
    )
