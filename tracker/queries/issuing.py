"""Which donor's statement is waiting to be issued, and whose papers there are to draw up."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from tracker.domain.contributions import Facts
from tracker.domain.entries import DonorEntry
from tracker.domain.received import Amounts
from tracker.domain.statement import Period, movement
from tracker.queries.directory import donor_entries
from tracker.queries.known import Known
from tracker.queries.position import facts_of, received_of
from tracker.queries.statements import Issued, issued


@dataclass(frozen=True, slots=True)
class Standing:
    """One donor: the statement issued for its latest period, and the next period that is over."""

    donor: DonorEntry
    last: Issued | None
    waiting: Period | None
    on_record: bool


def standings(session: Session, programme_id: int, today: date) -> list[Standing]:
    """All donors by name, each with what was issued last and what comes next."""
    firsts = first_days(facts_of(session, programme_id))
    latest = latest_of(issued(session, programme_id))
    entries = sorted(donor_entries(session, programme_id).values(), key=lambda one: one.name.casefold())
    return [
        Standing(
            donor=one,
            last=latest.get(one.code),
            waiting=next_period(firsts.get(one.code), latest.get(one.code), today),
            on_record=one.code in firsts,
        )
        for one in entries
    ]


def latest_of(found: list[Issued]) -> dict[str, Issued]:
    """The statement of each donor's latest period, its newest correction; `found` is newest first."""
    latest: dict[str, Issued] = {}
    for one in found:
        kept = latest.get(one.donor)
        if kept is None or one.period.last > kept.period.last:
            latest[one.donor] = one
    return latest


def next_period(first: date | None, last: Issued | None, today: date) -> Period | None:
    """The next period to issue a statement for: it follows the last one and runs to the end of its year.

    Without one, it is the year of the donor's first record. None where that year is not over.
    """
    if last is not None:
        start = last.period.last + timedelta(days=1)
    elif first is not None:
        start = date(first.year, 1, 1)
    else:
        return None
    end = date(start.year, 12, 31)
    return Period(start, end) if end < today else None


def first_days(facts: Facts) -> dict[str, date]:
    """The day of each donor's first pledge or receipt."""
    days: dict[str, date] = {}
    for donor, day in (
        *((one.donor, one.pledged_on) for one in facts.pledges),
        *((one.donor, one.received_on) for one in facts.receipts),
    ):
        days[donor] = min(day, days.get(donor, day))
    return days


def donors_on_record(session: Session, programme_id: int, day: date, known: Known) -> tuple[str, ...]:
    """Who had pledged or paid by a day, by code."""
    days = first_days(facts_of(session, programme_id, known))
    return tuple(sorted(code for code, first in days.items() if first <= day))


def programme_closing(session: Session, programme_id: int, period: Period, known: Known) -> Amounts:
    """What all statements of a period close with together, reckoned from everybody's money at once."""
    return movement(received_of(session, programme_id, period.last, known), None, period).closing
