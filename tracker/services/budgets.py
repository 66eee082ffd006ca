"""A budget version is adopted, and never edited afterwards: a mistaken one is superseded by another."""

from sqlalchemy import select

from tracker.domain.budget import BudgetVersion
from tracker.domain.months import month_text
from tracker.domain.problems import Refused
from tracker.domain.revisions import read_revision
from tracker.models import BudgetLine, Outcome
from tracker.models import BudgetVersion as VersionRow
from tracker.queries.programmes import load_versions
from tracker.queries.rows import row_of
from tracker.services import audit
from tracker.services.audit import Change
from tracker.services.records import Desk, Questioned, Raw
from tracker.services.store import lock_programme


def adopt_version(desk: Desk, *, raw: Raw, confirmed: bool = False) -> BudgetVersion:
    """Adopt the next budget version, with one audit entry that holds the whole of it."""
    lock_programme(desk.session, desk.programme_id)
    versions = load_versions(desk.session, desk.programme_id)
    reading = read_revision(raw, desk.register(), versions)
    if reading.entry is None:
        raise Refused(reading.problems)
    if reading.questions and not confirmed:
        raise Questioned(reading.questions)
    record = _row(desk, reading.entry)
    desk.session.add(record)
    desk.session.flush()
    reference = f"version {record.number}"
    change = Change("adopt", record.__tablename__, record.id, reference, None, row_of(record))
    audit.append(desk.session, actor=desk.actor, programme_id=desk.programme_id, changes=[change])
    return reading.entry


def _row(desk: Desk, version: BudgetVersion) -> VersionRow:
    query = select(Outcome.id).where(Outcome.programme_id == desk.programme_id).order_by(Outcome.position)
    outcomes = desk.session.scalars(query)
    lines = [
        BudgetLine(programme_id=desk.programme_id, outcome_id=id_, share_units=share, amount_minor=amount)
        for id_, share, amount in zip(outcomes, version.share_units, version.amounts_minor, strict=True)
    ]
    return VersionRow(
        programme_id=desk.programme_id,
        number=version.number,
        effective_month=month_text(version.effective_month),
        adopted_on=version.adopted_on,
        monthly_total_minor=version.monthly_total_minor,
        basis=version.basis,
        reason=version.reason,
        lines=lines,
    )
