"""The bridge between two states: a day each, and what was known of it. Kept until something is recorded."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.changes import Changes, changes
from tracker.domain.contributions import Facts
from tracker.models import AuditEntry
from tracker.queries import records
from tracker.queries.kept import Shelf
from tracker.queries.known import Known
from tracker.queries.position import facts_of
from tracker.queries.trail import newest

MOST_RECORDS: Final = 400
"""Beyond so many steps a bridge is worked out by line, not by record."""
MOST_WORK: Final = 250_000
"""Steps times records: beyond it likewise, so that a page answers within a few seconds."""

_bridges: Shelf[Changes] = Shelf(8)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The state that a report is held against; `label` names its paper, '' where it is none."""

    as_of: date
    known: Known
    label: str = ""


def changes_of(
    session: Session, programme_id: int, earlier: Earlier, as_of: date, known: Known | None
) -> Changes:
    """The bridge from the earlier state to a day and what is known of it now, or was known then."""
    after = known.digest if known else newest(session, programme_id)[1]
    key = (programme_id, earlier.known.digest, earlier.as_of, after, as_of)

    def make() -> Changes:
        then = facts_of(session, programme_id, earlier.known)
        now = facts_of(session, programme_id, known)
        return changes(then, earlier.as_of, now, as_of, _most(now))

    return _bridges.get(key, make)


def _most(facts: Facts) -> int:
    size = len(facts.receipts) + len(facts.pledges) + len(facts.refunds)
    return min(MOST_RECORDS, MOST_WORK // max(size, 1))


def hidden_donors(session: Session, programme_id: int, *known: Known | None) -> frozenset[str]:
    """Codes of those who are anonymous in any of these states (None: now)."""
    seqs = {one.seq if one else None for one in known}
    return frozenset(
        donor.code for seq in seqs for donor in records.donors(session, programme_id, seq) if donor.anonymous
    )


def first_known(session: Session, programme_id: int) -> datetime | None:
    """The moment from which anything is known."""
    query = select(func.min(AuditEntry.at_utc)).where(AuditEntry.programme_id == programme_id)
    return session.scalar(query)


def entries_between(
    session: Session, programme_id: int, after: Known, until: Known
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Numbers of the audit entries after one state, up to another, by table and reference."""
    row = AuditEntry
    query = select(row.entity, row.reference, row.seq).where(
        row.programme_id == programme_id, row.seq > after.seq, row.seq <= until.seq
    )
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for entity, reference, seq in session.execute(query.order_by(row.seq)):
        found[entity, reference] = (*found.get((entity, reference), ()), seq)
    return found
