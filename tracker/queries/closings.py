"""Closed months: which they are, and how each month of the programme stands (R13)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.closing import ClosedMonths
from tracker.domain.months import Month, month_of, parse_month
from tracker.models import MonthClosing
from tracker.queries import records
from tracker.queries.bank import StoredLine, bank_lists
from tracker.queries.programmes import load_programme


def closed_months(session: Session, programme_id: int) -> ClosedMonths:
    """Months that are closed and were not reopened."""
    row = MonthClosing
    query = select(row.month).where(row.programme_id == programme_id, row.reopened_at_utc.is_(None))
    return frozenset(parse_month(text) for text in session.scalars(query))


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing of a month. `reopened_at_utc` None: it is closed."""

    version: int
    note: str
    closed_at_utc: datetime
    closed_by: str
    reopened_at_utc: datetime | None
    reopened_by: str
    reopen_reason: str


@dataclass(frozen=True, slots=True)
class MonthState:
    """A month of the programme: its closings, the newest first; its receipts, in USD cents; its bank lines.

    `on_list`: whether a live bank list holds a line of the month; `open_lines`: (list's name, line) of
    those that no receipt explains and nobody has set aside.
    """

    month: Month
    over: bool
    closings: tuple[Closing, ...]
    receipts: int
    usd_minor: int
    on_list: bool
    open_lines: tuple[tuple[str, StoredLine], ...]

    @property
    def closing(self) -> Closing | None:
        """What closed it, while it is closed."""
        return next((one for one in self.closings if one.reopened_at_utc is None), None)

    @property
    def reopened(self) -> Closing | None:
        """The last closing, where it was reopened and the month is open since."""
        return self.closings[0] if self.closings and self.closing is None else None


def month_states(session: Session, programme_id: int, today: date) -> list[MonthState]:
    """Every month of the programme up to this one, the newest first."""
    programme = load_programme(session, programme_id)
    months = [month for month in programme.months if month <= month_of(today)]
    closings, lines = _closings(session, programme_id), _lines(session, programme_id)
    counts, usd = _receipts(session, programme_id)
    return [
        MonthState(
            month,
            month < month_of(today),
            tuple(closings.get(month, ())),
            counts[month],
            usd[month],
            month in lines,
            tuple((name, one) for name, one in lines.get(month, ()) if one.state == "open"),
        )
        for month in map(Month, reversed(months))
    ]


def month_state(session: Session, programme_id: int, today: date, month: Month) -> MonthState | None:
    """One of them; None where the month has not begun, or is none of the programme's."""
    found = month_states(session, programme_id, today)
    return next((one for one in found if one.month == month), None)


def _closings(session: Session, programme_id: int) -> Mapping[Month, list[Closing]]:
    query = select(MonthClosing).where(MonthClosing.programme_id == programme_id)
    found: dict[Month, list[Closing]] = {}
    for row in session.scalars(query.order_by(MonthClosing.id.desc())):
        closing = Closing(
            row.version,
            row.note,
            row.closed_at_utc,
            row.closed_by,
            row.reopened_at_utc,
            row.reopened_by,
            row.reopen_reason,
        )
        found.setdefault(parse_month(row.month), []).append(closing)
    return found


def _lines(session: Session, programme_id: int) -> Mapping[Month, list[tuple[str, StoredLine]]]:
    """Lines of all live bank lists, by the month of their value date; the oldest list first."""
    found: dict[Month, list[tuple[str, StoredLine]]] = {}
    for of in reversed(bank_lists(session, programme_id)):
        for one in of.lines:
            found.setdefault(month_of(one.line.value_on), []).append((of.name, one))
    return found


def _receipts(session: Session, programme_id: int) -> tuple[Counter[Month], Counter[Month]]:
    """How many receipts each month has, and their USD cents."""
    counts, usd = Counter[Month](), Counter[Month]()
    for entry in records.receipts(session, programme_id):
        month = month_of(entry.receipt.received_on)
        counts[month] += 1
        usd[month] += entry.receipt.usd_minor
    return counts, usd


def open_before(states: Iterable[MonthState], month: Month) -> list[Month]:
    """Earlier months that are open, the earliest first."""
    return sorted(one.month for one in states if one.month < month and one.closing is None)
