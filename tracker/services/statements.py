"""Issuing a statement: numbered, frozen, its files kept by the byte. What was issued is never changed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.domain.problems import Problem, Refused
from tracker.domain.rows import MAX_LINE, Row
from tracker.domain.statement import Period
from tracker.models import Donor, Programme, Statement, StatementFile
from tracker.queries.known import newest_known
from tracker.queries.rows import row_of
from tracker.queries.statements import (
    Issued,
    StatementReport,
    issued,
    load_statement,
    number_text,
)
from tracker.services import audit
from tracker.services.audit import Change
from tracker.services.records import Desk


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file made of a statement's report: its name and its bytes."""

    file_name: str
    content: bytes

    def columns(self) -> dict[str, Any]:
        """As a row of frozen files keeps it."""
        digest = sha256(self.content).hexdigest()
        return {
            "file_name": self.file_name,
            "size_bytes": len(self.content),
            "sha256": digest,
            "content": self.content,
        }


Files = Mapping[str, MadeFile]
"""By form: `pdf`, `xlsx`."""


def issue(
    desk: Desk,
    *,
    donor: str,
    period: Period,
    dress: Callable[[StatementReport], Files],
    corrects: str = "",
    reason: str = "",
) -> str:
    """Issue a donor's statement for a period that has ended, as known now; answers with its number.

    `dress` makes its files of the report. The same period again is issued only as a correction, which names
    the newest one of that period and says why. Raises `Refused`, and `LookupError` for an unknown donor.
    """
    session, programme_id = desk.session, desk.programme_id
    session.execute(select(Programme.id).where(Programme.id == programme_id).with_for_update())
    donor_id = _donor_id(session, programme_id, donor)
    earlier = issued(session, programme_id, donor)
    said = _check(desk.today, earlier, period, corrects, reason)
    highest = session.scalar(select(func.max(Statement.number)).where(Statement.donor_id == donor_id))
    at = (highest or 0) + 1
    known = newest_known(session, programme_id, desk.actor.at_utc)
    report = load_statement(
        session,
        programme_id,
        donor=donor,
        period=period,
        as_of=period.last,
        known=known,
        number=number_text(donor, at),
        corrects=corrects,
        reason=said,
    )
    statement = Statement(
        programme_id=programme_id,
        donor_id=donor_id,
        number=at,
        from_on=period.first,
        to_on=period.last,
        as_of=period.last,
        known_seq=known.seq,
        known_at_utc=known.at_utc,
        corrects_id=_id_of(session, donor_id, corrects, donor),
        reason=said,
        closing=json.dumps(dict(zip(report.columns, report.movement.closing, strict=True))),
        issued_at_utc=desk.actor.at_utc,
        issued_by=desk.actor.name,
        files=[
            StatementFile(programme_id=programme_id, form=form, **made.columns())
            for form, made in sorted(dress(report).items())
        ],
    )
    session.add(statement)
    session.flush()
    _note(session, desk.actor, statement, report.number)
    return report.number


def _check(today: date, earlier: list[Issued], period: Period, corrects: str, reason: str) -> str:
    """The reason, where it is a correction; raises `Refused`."""
    problems = []
    if period.last < period.first:
        problems.append(Problem("period_backwards", "to"))
    if period.last > today:
        problems.append(Problem("period_not_over", "to", {"today": today.isoformat()}))
    newest = next((one for one in earlier if one.period == period), None)
    row = Row({"reason": reason})
    said = row.text("reason", most=MAX_LINE, required=bool(corrects), lines=True).strip()
    problems += row.problems
    if newest is not None and not corrects:
        problems.append(Problem("statement_issued", "to", {"number": newest.number}))
    if corrects and (newest is None or newest.number != corrects):
        problems.append(Problem("not_to_correct", "corrects", {"number": corrects}))
    if problems:
        raise Refused(tuple(problems))
    return said if corrects else ""


def _donor_id(session: Session, programme_id: int, code: str) -> int:
    query = select(Donor.id).where(
        Donor.programme_id == programme_id, Donor.code == code, Donor.voided_at_utc.is_(None)
    )
    found = session.scalar(query)
    if found is None:
        raise LookupError(code)
    return found


def _id_of(session: Session, donor_id: int, number: str, donor: str) -> int | None:
    if not number:
        return None
    at = int(number.removeprefix(f"{donor}-"))
    return session.scalars(
        select(Statement.id).where(Statement.donor_id == donor_id, Statement.number == at)
    ).one()


def _note(session: Session, actor: Actor, statement: Statement, number: str) -> None:
    change = Change("issue", Statement.__tablename__, statement.id, number, None, row_of(statement))
    audit.append(session, actor=actor, programme_id=statement.programme_id, changes=[change])
