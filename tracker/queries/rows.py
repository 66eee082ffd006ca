"""A stored row as plain values: what the audit trail keeps before and after every change."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import DeclarativeBase

from tracker.domain.chain import moment_text
from tracker.models import BudgetVersion, Donor, Outcome, Paper, Pledge, Statement, User

Row = dict[str, Any]
SECRETS = frozenset({"password_hash"})


def plain(value: Any) -> Any:
    """A value as JSON holds it: days and moments as text, all else as it is."""
    if isinstance(value, datetime):
        return moment_text(value)
    return value.isoformat() if isinstance(value, date) else value


def row_of(record: DeclarativeBase) -> Row:
    """The whole row, its schedule, aliases, activities or budget lines included, without secrets."""
    columns = record.__table__.columns.keys()
    row = {name: plain(getattr(record, name)) for name in columns if name not in SECRETS}
    match record:
        case Pledge():
            row["instalments"] = [[plain(i.due_on), i.amount_minor] for i in record.instalments]
        case Donor():
            row["aliases"] = [alias.name for alias in record.aliases]
        case Outcome():
            row["activities"] = [activity.title for activity in record.activities]
        case BudgetVersion():
            lines = sorted(record.lines, key=lambda line: line.outcome_id)
            row["lines"] = [[line.outcome_id, line.share_units, line.amount_minor] for line in lines]
        case Statement() | Paper():
            row["files"] = [[file.form, file.size_bytes, file.sha256] for file in record.files]
        case User():
            row["has_password"] = bool(record.password_hash)
    return row


def row_text(row: Mapping[str, Any]) -> str:
    """A row as the audit trail stores it: canonical JSON."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
