"""The list of receipts: what it can be asked, its totals, and its files."""

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, today
from tracker.blueprints import filters
from tracker.blueprints.lists import Days, Filter, Listing, Order, listing
from tracker.blueprints.takeaway import answer_with_file, file_asked
from tracker.domain.entries import DonorEntry
from tracker.extensions import db
from tracker.queries import records
from tracker.queries.directory import ReceiptLine, by_currency, donor_entries, receipt_lines
from tracker.queries.position import position_of
from tracker.reporting.columns import receipt_columns
from tracker.reporting.lists import Money
from tracker.reporting.records import earmark_words


def receipt_list() -> ResponseReturnValue:
    """Every receipt as a page or a file, the latest first."""
    session, here = db.session(), programme().id
    donors, book = donor_entries(session, here), position_of(session, here, today())
    found = _listed(receipt_lines(book, records.receipts(session, here)), donors)
    lines = found.found
    totals = {
        "received": Money(sum(line.entry.receipt.usd_minor for line in lines)),
        "back": Money(sum(line.given_back_usd_minor for line in lines)),
        "unused": Money(sum(line.unused_usd_minor for line in lines)),
    }
    if file_asked():
        columns = receipt_columns(donors, _earmark_of, lambda line: "; ".join(_remarks(line)))
        return answer_with_file("receipts", _("Receipts"), found, columns, totals)
    sums = {
        "net": sum(line.net_usd_minor for line in lines),
        "later": sum(line.entry.receipt.usd_minor for line in lines if _kind_of(line) == "later"),
        "own": by_currency((line.entry.receipt.currency, line.entry.receipt.amount_minor) for line in lines),
    }
    page = {"list": found, "donors": donors, "book": book, "totals": totals, "sums": sums}
    return render_template("receipts/index.html", **page, uses=use_words())


def use_words() -> dict[str, str]:
    """What is to be said of a receipt, in words."""
    return {
        "unused": _("Unused in part or whole"),
        "held": _("On hold"),
        "unknown": _("Payer unknown"),
        "targeted": _("Targeted"),
        "retroactive": _("Covers months already past"),
        "ending": _("Months end within three months"),
    }


def _listed(lines: list[ReceiptLine], donors: dict[str, DonorEntry]) -> Listing[ReceiptLine]:
    def texts(line: ReceiptLine) -> tuple[str, ...]:
        receipt = line.entry.receipt
        known = (receipt.reference, receipt.donor, receipt.pledge or "", line.entry.ledger_ref)
        return (*known, filters.name_of(donors, receipt.donor))

    uses = {"waiting": _("On hold or payer unknown"), **use_words()}
    return listing(
        lines,
        texts,
        {"pledge": _("For a pledge"), "free": _("Not for a pledge"), "later": _("Dated after today")},
        _kind_of,
        filters=(
            filters.by_donor(lines, donors, lambda line: line.entry.receipt.donor),
            filters.by_currency(lines, lambda line: line.entry.receipt.currency),
            Filter("use", _("Remark"), _("All"), uses, _uses_of),
        ),
        days=Days(_("Received"), lambda line: line.entry.receipt.received_on),
        orders=_orders(donors),
    )


def _orders(donors: dict[str, DonorEntry]) -> tuple[Order[ReceiptLine], ...]:
    def day(line: ReceiptLine) -> tuple[date, str]:
        return line.entry.receipt.received_on, line.entry.key

    return (
        Order("date", _("Latest first"), day, down=True),
        Order("name", _("Reference"), lambda line: line.entry.key),
        Order("donor", _("Donor"), lambda line: filters.name_key(donors, line.entry.receipt.donor)),
        Order("pledge", _("Pledge"), lambda line: line.entry.receipt.pledge),
        Order("usd", _("USD, largest first"), lambda line: line.entry.receipt.usd_minor, down=True),
        Order("back", _("Given back, most first"), lambda line: line.given_back_usd_minor, down=True),
    )


def _uses_of(line: ReceiptLine) -> set[str]:
    return {*line.uses, *(("waiting",) if line.uses & {"held", "unknown"} else ())}


def _remarks(line: ReceiptLine) -> list[str]:
    return [words for use, words in use_words().items() if use in line.uses]


def _earmark_of(line: ReceiptLine) -> str:
    earmark = line.entry.receipt.earmark
    return earmark_words(earmark) if earmark is not None else ""


def _kind_of(line: ReceiptLine) -> str:
    receipt = line.entry.receipt
    if receipt.received_on > today():
        return "later"
    return "pledge" if receipt.pledge is not None else "free"
