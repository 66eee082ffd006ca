"""Closed months (R13, I9): nothing dated inside one may be added, edited or voided.

A pledge is dated by its announcement, its signature by `signed_on`, its closing by `closed_on`; a receipt by
its value date, a refund by its day, a rate by the day it takes effect. Changed terms (an earmark, a window,
a top-up, a schedule) and the assignment of a hold are dated by the day they are made, and so are allowed on
older rows; so is merging two donors, which changes whose records are by an act of its own.
A correction is a new record in an open month, or an administrator reopens the month.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any, Final

from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.months import Month, month_of, month_text
from tracker.domain.problems import Problem
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR

ClosedMonths = frozenset[Month]

TERMS: Final[dict[str, frozenset[str]]] = {
    "pledge": frozenset(
        {"amount_minor", "instalments", "earmark", "support_cost", "covers_from", "covers_until"}
    ),
    "receipt": frozenset({"earmark", "split", "covers_from", "covers_until", "pledge"}),
    "refund": frozenset(),
    "rate": frozenset(),
}
"""What may change of a record that stands in a closed month: its terms."""

_COLUMNS: Final = {"amount_minor": "amount", "usd_minor": "usd_amount", "value": "rate"}


def check_closed(old: Entry | None, new: Entry | None, closed: ClosedMonths) -> tuple[Problem, ...]:
    """What a closed month forbids of adding `new` (`old` None), of voiding `old` (`new` None), of an edit.

    A problem names the column to change and the month.
    """
    if not closed or isinstance(old or new, DonorEntry):
        return ()
    found = _dates(old or new) if old is None or new is None else _edited(old, new)
    return tuple(
        Problem("month_closed", column, {"month": month_text(month_of(day))})
        for column, day in found
        if month_of(day) in closed
    )


def _dates(entry: Entry | None) -> Iterator[tuple[str, date]]:
    """Every day that a record holds: column and day."""
    match entry:
        case PledgeEntry(pledge):
            yield "pledged_on", pledge.pledged_on
            if pledge.signed_on:
                yield "signed_on", pledge.signed_on
            if pledge.closed_on:
                yield "closed_on", pledge.closed_on
        case ReceiptEntry(receipt):
            yield "received_on", receipt.received_on
        case RefundEntry(refund):
            yield "refunded_on", refund.refunded_on
        case RateEntry(rate):
            yield "effective_on", rate.effective_on


def _edited(old: Entry, new: Entry) -> Iterator[tuple[str, date]]:
    """The days that an edit touches, each with the column that touches it."""
    name = _name(old)
    was, now = getattr(old, name), getattr(new, name)
    days, later = dict(_dates(old)), dict(_dates(new))
    for column in dict.fromkeys((*days, *later)):
        if days.get(column) != later.get(column):
            yield from ((column, day) for day in (days.get(column), later.get(column)) if day)
    dated_on = next(iter(days.values()))
    for field in fields(was):
        fixed = field.name not in TERMS[name] and field.name not in days and field.name not in later
        if fixed and getattr(was, field.name) != getattr(now, field.name) and not _assigned(was, field.name):
            yield _COLUMNS.get(field.name, field.name), dated_on


def _assigned(was: Any, field: str) -> bool:
    """Whether a change is the assignment of held money to its donor."""
    if field != "donor":
        return False
    return was.donor == UNIDENTIFIED_DONOR or (was.earmark is not None and was.earmark.kind == "hold")


def _name(entry: Entry) -> str:
    match entry:
        case PledgeEntry():
            return "pledge"
        case ReceiptEntry():
            return "receipt"
        case RefundEntry():
            return "refund"
        case _:
            return "rate"
