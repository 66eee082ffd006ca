"""Meetings of the Global Coordinating Group, their papers, and the report that a paper is dressed from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tracker.domain.budget import Programme
from tracker.models import AuditEntry, Meeting, Paper, PaperFile
from tracker.queries.changes import Earlier, hidden_donors
from tracker.queries.known import Known
from tracker.queries.programmes import the_programme
from tracker.queries.report import Report, load_report


@dataclass(frozen=True, slots=True)
class FrozenFile:
    """A file of a frozen paper, without its bytes."""

    form: str
    file_name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen paper. `previous`, `corrects` and `corrected_by` are numbers, 0 where there is none."""

    number: int
    meeting: int
    held_on: date
    as_of: date
    known: Known
    previous: int
    corrects: int
    corrected_by: int
    reason: str
    frozen_at_utc: datetime
    frozen_by: str
    files: tuple[FrozenFile, ...]


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting and its frozen papers, the newest first."""

    id: int
    version: int
    number: int
    held_on: date
    place: str
    agenda: str
    decisions: str
    draft_as_of: date | None
    draft_known_at_utc: datetime | None
    papers: tuple[Frozen, ...]

    @property
    def paper(self) -> Frozen | None:
        """The paper that holds: the one that is not corrected."""
        return next((one for one in self.papers if not one.corrected_by), None)


def meetings(session: Session, programme_id: int) -> list[MeetingRow]:
    """Meetings that are not voided, the latest first."""
    papers = frozen_papers(session, programme_id)
    query = select(Meeting).where(Meeting.programme_id == programme_id, Meeting.voided_at_utc.is_(None))
    return [
        MeetingRow(
            row.id,
            row.version,
            row.number,
            row.held_on,
            row.place,
            row.agenda,
            row.decisions,
            row.draft_as_of,
            row.draft_known_at_utc,
            tuple(one for one in papers if one.meeting == row.number),
        )
        for row in session.scalars(query.order_by(Meeting.held_on.desc(), Meeting.number.desc()))
    ]


def meeting_of(session: Session, programme_id: int, number: int) -> MeetingRow | None:
    """One of them by its number, or None."""
    return next((one for one in meetings(session, programme_id) if one.number == number), None)


def numbers_taken(session: Session, programme_id: int) -> set[int]:
    """Numbers of all meetings, voided ones too: a number is never given twice."""
    return set(session.scalars(select(Meeting.number).where(Meeting.programme_id == programme_id)))


# Frozen papers


def frozen_papers(session: Session, programme_id: int) -> list[Frozen]:
    """Every frozen paper, the newest first."""
    same = (AuditEntry.programme_id == Paper.programme_id) & (AuditEntry.seq == Paper.known_seq)
    query = select(Paper, Meeting.number, Meeting.held_on, AuditEntry.hash)
    query = query.join(Meeting, Meeting.id == Paper.meeting_id).outerjoin(AuditEntry, same)
    query = query.where(Paper.programme_id == programme_id).options(selectinload(Paper.files))
    rows = session.execute(query.order_by(Paper.number)).all()
    numbers = {paper.id: paper.number for paper, _, _, _ in rows}
    corrected = {paper.corrects_id: paper.number for paper, _, _, _ in rows if paper.corrects_id}
    return [
        Frozen(
            number=paper.number,
            meeting=meeting,
            held_on=held_on,
            as_of=paper.as_of,
            known=Known(paper.known_seq, digest or "", paper.known_at_utc),
            previous=numbers.get(paper.previous_id or 0, 0),
            corrects=numbers.get(paper.corrects_id or 0, 0),
            corrected_by=corrected.get(paper.id, 0),
            reason=paper.reason,
            frozen_at_utc=paper.frozen_at_utc,
            frozen_by=paper.frozen_by,
            files=tuple(FrozenFile(f.form, f.file_name, f.size_bytes, f.sha256) for f in paper.files),
        )
        for paper, meeting, held_on, digest in reversed(rows)
    ]


def frozen_paper(session: Session, programme_id: int, number: int) -> Frozen | None:
    """One frozen paper by its number, or None."""
    found = frozen_papers(session, programme_id)
    return next((one for one in found if one.number == number), None)


def last_frozen(session: Session, programme_id: int) -> Frozen | None:
    """The newest frozen paper that is not corrected: what has been published last."""
    found = frozen_papers(session, programme_id)
    return next((one for one in found if not one.corrected_by), None)


def paper_bytes(session: Session, programme_id: int, number: int, form: str) -> bytes | None:
    """The very bytes of a frozen paper's file, or None."""
    query = select(PaperFile.content).join(Paper, Paper.id == PaperFile.paper_id)
    own = (Paper.programme_id == programme_id, Paper.number == number, PaperFile.form == form)
    return session.scalar(query.where(*own))


def previous_of(papers: Iterable[Frozen], as_of: date, known: Known, corrects: int = 0) -> Frozen | None:
    """The paper that a new one's changes are told from: the newest that holds, and is not the corrected one.

    None of a later day or of later knowledge: changes are told forwards. `papers` stand newest first.
    """
    return next(
        (
            one
            for one in papers
            if one.corrected_by == 0
            and one.number != corrects
            and one.as_of <= as_of
            and one.known.seq <= known.seq
        ),
        None,
    )


# What a paper is made from


@dataclass(frozen=True, slots=True)
class PaperReport:
    """Everything that a meeting's paper says, built once: its PDF and its workbook dress it.

    `report` names anonymous donors: whoever dresses it masks them. `number` is 0 until it is frozen;
    `corrects` is the number of the paper that it corrects, else 0. `previous` is the paper that
    `report.since` is told from.
    """

    meeting: MeetingRow
    report: Report
    known: Known
    previous: Frozen | None
    time_zone: str
    number: int = 0
    corrects: int = 0
    reason: str = ""

    @property
    def programme(self) -> Programme:
        """The programme, as it was known."""
        return self.report.position.programme

    @property
    def as_of(self) -> date:
        """The day that its figures speak for."""
        return self.report.position.as_of


def load_paper(
    session: Session,
    programme_id: int,
    meeting: MeetingRow,
    *,
    as_of: date,
    known: Known,
    corrects: int = 0,
    number: int = 0,
    reason: str = "",
) -> PaperReport:
    """A meeting's paper as of a day, as known at a moment, held against the paper before it.

    Whoever is anonymous now is so in a paper made now, whatever was known at its moment.
    """
    previous = previous_of(frozen_papers(session, programme_id), as_of, known, corrects)
    earlier = Earlier(previous.as_of, previous.known, str(previous.number)) if previous else None
    report = load_report(session, programme_id, as_of, known.at_utc, known, earlier)
    hidden = hidden_donors(session, programme_id, known, None)
    donors = {code: replace(row, anonymous=code in hidden) for code, row in report.donors.items()}
    return PaperReport(
        meeting=meeting,
        report=replace(report, donors=donors),
        known=known,
        previous=previous,
        time_zone=the_programme(session).time_zone,
        number=number,
        corrects=corrects,
        reason=reason,
    )
