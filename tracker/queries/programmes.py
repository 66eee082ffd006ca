"""The programme: its months, outcomes, budget versions and settings."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tracker.domain.budget import BudgetVersion, Outcome, Programme
from tracker.domain.months import parse_month
from tracker.models import BudgetVersion as VersionRow
from tracker.models import Outcome as OutcomeRow
from tracker.models import Programme as ProgrammeRow


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


def load_programme(session: Session, programme_id: int) -> Programme:
    """The programme with its outcomes and their activities."""
    row = session.get_one(ProgrammeRow, programme_id)
    outcomes = session.scalars(
        select(OutcomeRow)
        .where(OutcomeRow.programme_id == programme_id)
        .order_by(OutcomeRow.position)
        .options(selectinload(OutcomeRow.activities))
    )
    return Programme(
        row.code,
        row.name,
        row.currency,
        parse_month(row.first_month),
        parse_month(row.last_month),
        row.tolerance_minor,
        tuple(Outcome(o.code, o.name, o.short_name, tuple(a.title for a in o.activities)) for o in outcomes),
    )


def load_versions(session: Session, programme_id: int) -> tuple[BudgetVersion, ...]:
    """Every budget version, by number; shares and amounts in the outcomes' order."""
    positions = select(OutcomeRow.id, OutcomeRow.position).where(OutcomeRow.programme_id == programme_id)
    order = {row.id: row.position for row in session.execute(positions)}
    rows = session.scalars(
        select(VersionRow)
        .where(VersionRow.programme_id == programme_id)
        .order_by(VersionRow.number)
        .options(selectinload(VersionRow.lines))
    )
    versions = []
    for row in rows:
        lines = sorted(row.lines, key=lambda line: order[line.outcome_id])
        versions.append(
            BudgetVersion(
                row.number,
                parse_month(row.effective_month),
                row.adopted_on,
                row.monthly_total_minor,
                "shares" if row.basis == "shares" else "amounts",
                tuple(line.share_units for line in lines),
                tuple(line.amount_minor for line in lines),
                row.reason,
            )
        )
    return tuple(versions)
