"""The programme: its months, outcomes, budget versions and settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tracker.domain.budget import BudgetVersion, Outcome, Programme
from tracker.domain.months import parse_month
from tracker.models import BudgetVersion as VersionRow
from tracker.models import Outcome as OutcomeRow
from tracker.models import Programme as ProgrammeRow
from tracker.queries.known import rows_known


@dataclass(frozen=True, slots=True)
class Programmes:
    """Which programme one is in. Dates and months are in its time zone."""

    id: int
    code: str
    name: str
    time_zone: str

    def today(self, now_utc: datetime) -> date:
        """The programme's calendar day at a moment."""
        return now_utc.astimezone(ZoneInfo(self.time_zone)).date()


def the_programme(session: Session) -> Programmes:
    """The one seeded programme. Raises `LookupError` on a database that was never seeded."""
    row = session.execute(
        select(ProgrammeRow.id, ProgrammeRow.code, ProgrammeRow.name, ProgrammeRow.time_zone).order_by(
            ProgrammeRow.id
        )
    ).first()
    if row is None:
        raise LookupError("no programme: the database was never seeded")
    return Programmes(*row)


def load_programme(session: Session, programme_id: int, known: int | None = None) -> Programme:
    """The programme with its outcomes and their activities; as it stood after audit entry `known`."""
    if known is None:
        row: Any = session.get_one(ProgrammeRow, programme_id)
    else:
        row = next(rows_known(session, programme_id, ProgrammeRow, known))
    return Programme(
        row.code,
        row.name,
        row.currency,
        parse_month(row.first_month),
        parse_month(row.last_month),
        row.tolerance_minor,
        tuple(_outcomes(session, programme_id, known)),
    )


def _outcomes(session: Session, programme_id: int, known: int | None) -> Iterator[Outcome]:
    if known is not None:
        rows = rows_known(session, programme_id, OutcomeRow, known)
        for row in sorted(rows, key=lambda row: row.position):
            yield Outcome(row.code, row.name, row.short_name, tuple(row.activities))
        return
    query = select(OutcomeRow).where(OutcomeRow.programme_id == programme_id).order_by(OutcomeRow.position)
    for stored in session.scalars(query.options(selectinload(OutcomeRow.activities))):
        titles = tuple(activity.title for activity in stored.activities)
        yield Outcome(stored.code, stored.name, stored.short_name, titles)


def load_versions(session: Session, programme_id: int, known: int | None = None) -> tuple[BudgetVersion, ...]:
    """Every budget version, by number; shares and amounts in the outcomes' order."""
    positions = select(OutcomeRow.id, OutcomeRow.position).where(OutcomeRow.programme_id == programme_id)
    order = {row.id: row.position for row in session.execute(positions)}
    return tuple(
        BudgetVersion(
            row.number,
            parse_month(row.effective_month),
            row.adopted_on,
            row.monthly_total_minor,
            "shares" if row.basis == "shares" else "amounts",
            tuple(share for _, share, _ in lines),
            tuple(amount for _, _, amount in lines),
            row.reason,
        )
        for row, kept in _versions(session, programme_id, known)
        for lines in [sorted(kept, key=lambda line: order[line[0]])]
    )


def _versions(
    session: Session, programme_id: int, known: int | None
) -> Iterator[tuple[Any, list[tuple[int, int, int]]]]:
    """Each version with its lines: (outcome's id, share, amount)."""
    if known is not None:
        rows = rows_known(session, programme_id, VersionRow, known)
        yield from ((row, row.lines) for row in sorted(rows, key=lambda row: row.number))
        return
    query = select(VersionRow).where(VersionRow.programme_id == programme_id).order_by(VersionRow.number)
    for stored in session.scalars(query.options(selectinload(VersionRow.lines))):
        yield stored, [(line.outcome_id, line.share_units, line.amount_minor) for line in stored.lines]
