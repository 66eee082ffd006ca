"""Records that no figure follows from (contacts, notes, files, bank lines …): kept like all others.

The caller makes or changes the row; these put it into the audit trail, whole, before and after.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.models import (
    Attachment,
    BankLayout,
    BankLine,
    BankList,
    Caretaker,
    Contact,
    ImportMapping,
    Meeting,
    Note,
    Upload,
)
from tracker.queries.rows import Row, row_of
from tracker.services import audit
from tracker.services.audit import Change

Kept = (
    Contact
    | Note
    | Attachment
    | Caretaker
    | BankLayout
    | BankList
    | BankLine
    | Meeting
    | ImportMapping
    | Upload
)


def add_row(session: Session, *, actor: Actor, record: Kept, reference: str) -> None:
    """Record a new row."""
    record.version, record.created_at_utc = 1, actor.at_utc
    record.voided_at_utc, record.void_reason = None, ""
    session.add(record)
    session.flush()
    _note(session, actor, "record", record, reference, None)


def change_row(
    session: Session, *, actor: Actor, record: Kept, reference: str, columns: Mapping[str, object]
) -> None:
    """Change some columns of a row."""
    before = row_of(record)
    for name, value in columns.items():
        setattr(record, name, value)
    session.flush()
    if row_of(record) != before:
        _note(session, actor, "amend", record, reference, before)


def void_row(session: Session, *, actor: Actor, record: Kept, reference: str, reason: str) -> None:
    """Void a row: it is no longer shown; the audit trail keeps it readable."""
    before = row_of(record)
    record.voided_at_utc, record.void_reason = actor.at_utc, reason
    session.flush()
    _note(session, actor, "void", record, reference, before)


def _note(
    session: Session,
    actor: Actor,
    action: str,
    record: Kept,
    reference: str,
    before: Row | None,
) -> None:
    change = Change(action, record.__tablename__, record.id, reference, before, row_of(record))
    audit.append(session, actor=actor, programme_id=record.programme_id, changes=[change])
