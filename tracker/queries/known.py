"""What was known at a moment (R10): rows as they stood after one entry of the audit trail.

Every write keeps the whole row before and after, so a row's last entry by then is the row.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Date, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from tracker.models import AuditEntry
from tracker.queries.trail import newest


@dataclass(frozen=True, slots=True)
class Known:
    """A state of knowledge: the newest audit entry it uses, that entry's hash, and the moment (UTC)."""

    seq: int
    digest: str
    at_utc: datetime

    @property
    def anchor(self) -> str:
        """As papers print it: `N:HASH`."""
        return f"{self.seq}:{self.digest}"


def known_at(session: Session, programme_id: int, moment: datetime) -> Known | None:
    """What had been recorded by a moment, that moment included; None where nothing had been."""
    row = AuditEntry
    query = select(row.seq, row.hash).where(row.programme_id == programme_id, row.at_utc <= moment)
    found = session.execute(query.order_by(row.seq.desc()).limit(1)).first()
    return Known(found[0], found[1], moment) if found else None


def newest_known(session: Session, programme_id: int, moment: datetime) -> Known:
    """All that is known at this moment."""
    return Known(*newest(session, programme_id), moment)


def rows_known(
    session: Session, programme_id: int, table: type[DeclarativeBase], seq: int
) -> Iterator[SimpleNamespace]:
    """Every row of an audited table as it stood after entry `seq`, by the names of its columns.

    Days are days; moments stay the text that the trail holds.
    """
    row, entity = AuditEntry, table.__tablename__
    own = (row.programme_id == programme_id, row.entity == entity, row.seq <= seq)
    last = select(func.max(row.seq)).where(*own).group_by(row.entity_id)
    query = select(row.after).where(row.programme_id == programme_id, row.seq.in_(last)).order_by(row.seq)
    days = [column.name for column in table.__table__.columns if isinstance(column.type, Date)]
    for after in session.scalars(query.execution_options(yield_per=2000)):
        if after is not None:
            yield SimpleNamespace(**_with_days(json.loads(after), days))


def _with_days(kept: dict[str, Any], days: list[str]) -> dict[str, Any]:
    for name in days:
        if kept[name] is not None:
            kept[name] = date.fromisoformat(kept[name])
    return kept
