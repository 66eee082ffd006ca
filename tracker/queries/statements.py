"""Statements: the frozen report each is dressed from, and those that were issued."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tracker.domain.budget import Programme, version_in_force
from tracker.domain.entries import DonorEntry
from tracker.domain.months import Month, month_of
from tracker.domain.own import may_tell_received
from tracker.domain.position import Position
from tracker.domain.received import Amounts, Lot, Received, columns, first_open_month
from tracker.domain.statement import Cause, Movement, Period, Restatement, movement, restatement
from tracker.models import AuditEntry, Donor, Statement, StatementFile
from tracker.queries import records
from tracker.queries.kept import Shelf
from tracker.queries.known import Known
from tracker.queries.own import OwnRecords, own_part, own_records
from tracker.queries.position import facts_of, position_of, received_of
from tracker.queries.programmes import the_programme

When = Literal["before", "period", "later"]
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_restatements: Shelf[Restatement] = Shelf(4)


@dataclass(frozen=True, slots=True)
class StatementMonth:
    """What a donor's money is set against in one month, by outcome; `later` months are provisional.

    `required` is what the whole programme needs in the month.
    """

    month: Month
    when: When
    parts: Amounts
    required: int

    @property
    def total(self) -> int:
        """All outcomes."""
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class StatementReport:
    """Everything a statement says, built once: the page, the PDF and the workbook dress it.

    Amounts are USD cents unless a record says otherwise. `movement` and the causes' amounts stand by
    `columns` (outcomes, then targeted, then held). `records` are the donor's pledges as of `as_of`, and its
    receipts and refunds to the end of the period. `number` is '' until it is issued. `opening_of` is the
    number of the statement whose closing is the opening; '' where none was issued to the day before.
    `lots` are its receipts to the end of the period, split over what they are for.
    `programme_received` is what the whole programme had received less refunds by the period's end, where a
    donor may be told it, else None. `required` is what the programme needs in all months that ended in the
    period.
    """

    programme: Programme
    time_zone: str
    donor: DonorEntry
    period: Period
    as_of: date
    known: Known
    columns: tuple[str, ...]
    movement: Movement
    causes: tuple[Cause, ...]
    opening_of: str
    months: tuple[StatementMonth, ...]
    required: int
    records: OwnRecords
    lots: tuple[Lot, ...]
    shares: tuple[int, ...]
    programme_received: int | None
    number: str = ""
    corrects: str = ""
    reason: str = ""

    @property
    def wanted_columns(self) -> tuple[int, ...]:
        """Which columns are shown: every outcome, and targeted and held where there is any."""
        core = len(self.programme.codes)
        lines = [self.movement.opening, self.movement.receipts, self.movement.adjustments]
        lines += [self.movement.refunds, self.movement.closing]
        beside = [at for at in range(core, len(self.columns)) if any(line[at] for line in lines)]
        return (*range(core), *beside)


def load_statement(
    session: Session,
    programme_id: int,
    *,
    donor: str,
    period: Period,
    as_of: date,
    known: Known,
    number: str = "",
    corrects: str = "",
    reason: str = "",
) -> StatementReport:
    """A donor's statement for a period, as known at a moment. Raises `LookupError` for an unknown donor.

    `as_of` is the period's last day or later: what is open and overdue is told as of it.
    """
    if not period.first <= period.last <= as_of:
        raise ValueError("a period ends on its first day or later, and by the as-of day")
    entry = next((d for d in records.donors(session, programme_id, known.seq) if d.code == donor), None)
    if entry is None:
        raise LookupError(donor)
    received = received_of(session, programme_id, period.last, known)
    stated = _opening(session, programme_id, donor, period, known)
    opening = stated.closing_by(columns(received.programme)) if stated else None
    moved = movement(received, donor, period, opening)
    causes: tuple[Cause, ...] = ()
    if stated and any(moved.adjustments):
        walked = _restatement(session, programme_id, stated, period, known)
        causes = walked.causes(donor, moved.adjustments)
    required, ended = _required(session, programme_id, period, known), first_open_month(period.last)
    part = own_part(session, programme_id, donor, as_of, known)
    end = part if as_of == period.last else own_part(session, programme_id, donor, period.last, known)
    pledges = own_records(session, programme_id, part, known).pledges
    receipts = own_records(session, programme_id, end, known).receipts
    return StatementReport(
        programme=part.programme,
        time_zone=the_programme(session).time_zone,
        donor=entry,
        period=period,
        as_of=as_of,
        known=known,
        columns=columns(received.programme),
        movement=moved,
        causes=causes,
        opening_of=stated.number if stated else "",
        months=tuple(_months(received, donor, period, required)),
        required=sum(amount for month, amount in required.items() if month_of(period.first) <= month < ended),
        records=OwnRecords(pledges, receipts),
        lots=tuple(received.lots_of(donor)),
        shares=version_in_force(part.versions, part.programme.first_month, as_of).share_units,
        programme_received=_may_be_told(position_of(session, programme_id, period.last, known), donor),
        number=number,
        corrects=corrects,
        reason=reason,
    )


def _required(session: Session, programme_id: int, period: Period, known: Known) -> Mapping[Month, int]:
    """What the programme needs in each month, all outcomes, by the budget of the period's end."""
    facts = facts_of(session, programme_id, known)
    months = (Month(m) for m in facts.programme.months)
    return {m: sum(version_in_force(facts.versions, m, period.last).requirements_minor) for m in months}


def _months(
    received: Received, donor: str, period: Period, required: Mapping[Month, int]
) -> Iterator[StatementMonth]:
    first, after = month_of(period.first), first_open_month(period.last)
    own = {row.month for row in received.trace if row.donor == donor and row.month is not None}
    core = len(received.programme.codes)
    for month in sorted(own):
        when: When = "before" if month < first else "period" if month < after else "later"
        parts = received.traced(donor, range(month, month + 1))[:core]
        yield StatementMonth(month, when, parts, required[month])


def _may_be_told(book: Position, donor: str) -> int | None:
    """What the programme has received less refunds, where a donor may be told it."""
    received = sum(net.net_usd_minor for net in book.receipts.values())
    return received if may_tell_received(book, donor, with_total=True) else None


def _restatement(
    session: Session, programme_id: int, stated: "Issued", period: Period, known: Known
) -> Restatement:
    before, after = (facts_of(session, programme_id, k) for k in (stated.known, known))
    key = (programme_id, stated.known.digest, stated.period.last, known.digest, period)
    return _restatements.get(key, lambda: restatement(before, stated.period.last, after, period))


# Issued statements


@dataclass(frozen=True, slots=True)
class IssuedFile:
    """A file of an issued statement, without its bytes."""

    form: str
    file_name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Issued:
    """An issued statement, frozen. `corrects` and `corrected_by` are numbers, '' where there is none."""

    number: str
    donor: str
    period: Period
    as_of: date
    known: Known
    corrects: str
    corrected_by: str
    reason: str
    closing: Mapping[str, int]
    issued_at_utc: datetime
    issued_by: str
    files: tuple[IssuedFile, ...]

    def closing_by(self, names: tuple[str, ...]) -> Amounts:
        """What it closed with, in the order of `names`."""
        return tuple(self.closing.get(name, 0) for name in names)

    @property
    def closing_total(self) -> int:
        """All that was on hand at its end."""
        return sum(self.closing.values())


def number_text(donor: str, number: int) -> str:
    """What a statement is known by: `PRT-3`."""
    return f"{donor}-{number}"


def issued(session: Session, programme_id: int, donor: str | None = None) -> list[Issued]:
    """Issued statements, of one donor or all, the newest first."""
    query = select(Statement, Donor.code, AuditEntry.hash).join(Donor, Donor.id == Statement.donor_id)
    same = (AuditEntry.programme_id == Statement.programme_id) & (AuditEntry.seq == Statement.known_seq)
    query = query.outerjoin(AuditEntry, same).options(selectinload(Statement.files))
    query = query.where(Statement.programme_id == programme_id)
    if donor is not None:
        query = query.where(Donor.code == donor)
    rows = session.execute(query.order_by(Statement.id)).all()
    names = {row.id: number_text(code, row.number) for row, code, _ in rows}
    corrected = {row.corrects_id: names[row.id] for row, _, _ in rows if row.corrects_id}
    return [
        Issued(
            number=names[row.id],
            donor=code,
            period=Period(row.from_on, row.to_on),
            as_of=row.as_of,
            known=Known(row.known_seq, digest or "", row.known_at_utc),
            corrects=names[row.corrects_id] if row.corrects_id else "",
            corrected_by=corrected.get(row.id, ""),
            reason=row.reason,
            closing=json.loads(row.closing),
            issued_at_utc=row.issued_at_utc,
            issued_by=row.issued_by,
            files=tuple(IssuedFile(f.form, f.file_name, f.size_bytes, f.sha256) for f in row.files),
        )
        for row, code, digest in reversed(rows)
    ]


def issued_one(session: Session, programme_id: int, donor: str, number: str) -> Issued | None:
    """One issued statement of a donor by its number, or None."""
    return next((one for one in issued(session, programme_id, donor) if one.number == number), None)


def file_bytes(session: Session, programme_id: int, donor: str, number: str, form: str) -> bytes | None:
    """The very bytes of an issued file, or None."""
    at = number.removeprefix(f"{donor}-")
    if not _NUMBER.fullmatch(at):
        return None
    query = select(StatementFile.content).join(Statement, Statement.id == StatementFile.statement_id)
    query = query.join(Donor, Donor.id == Statement.donor_id)
    found = query.where(
        Statement.programme_id == programme_id,
        Donor.code == donor,
        Statement.number == int(at),
        StatementFile.form == form,
    )
    return session.scalar(found)


def _opening(session: Session, programme_id: int, donor: str, period: Period, known: Known) -> Issued | None:
    """The statement that closed on the day before, the newest of them; none recorded after `known`."""
    day = period.first - timedelta(days=1)
    return next(
        (
            one
            for one in issued(session, programme_id, donor)
            if one.period.last == day and one.known.seq < known.seq
        ),
        None,
    )
