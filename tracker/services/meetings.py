"""Meetings: opened, amended, minuted, voided; and their papers, frozen by the byte and never changed."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.meetings import (
    Raw,
    read_decisions,
    read_draft,
    read_meeting,
    read_reason,
    usual_as_of,
)
from tracker.domain.permissions import Actor
from tracker.domain.problems import Problem, Refused
from tracker.models import Meeting, Paper, PaperFile
from tracker.models import Programme as ProgrammeRow
from tracker.queries.known import Known, known_at, newest_known
from tracker.queries.meetings import (
    MeetingRow,
    PaperReport,
    frozen_papers,
    load_paper,
    meeting_of,
    numbers_taken,
)
from tracker.queries.rows import row_of
from tracker.services import audit
from tracker.services.audit import Change
from tracker.services.records import Desk
from tracker.services.rows import add_row, change_row, void_row
from tracker.services.statements import Files


class StaleMeeting(Exception):
    """The meeting has changed since its form was opened; read it anew to show it."""


def open_meeting(desk: Desk, *, raw: Raw) -> int:
    """Open a meeting; answers with its number. Raises `Refused`."""
    entry = read_meeting(raw, numbers_taken(desk.session, desk.programme_id))
    record = Meeting(
        programme_id=desk.programme_id,
        number=entry.number,
        held_on=entry.held_on,
        place=entry.place,
        agenda=entry.agenda,
        decisions="",
    )
    add_row(desk.session, actor=desk.actor, record=record, reference=str(entry.number))
    return entry.number


def amend_meeting(desk: Desk, *, number: int, version: int, raw: Raw) -> int:
    """Change a meeting; its number too, until a paper of it is frozen. Answers with the number."""
    record = _live(desk, number, version)
    entry = read_meeting(raw, numbers_taken(desk.session, desk.programme_id) - {number})
    if entry.number != number and _row(desk, number).papers:
        raise Refused.of("meeting_number_fixed", "number", number=number)
    columns = {
        "number": entry.number,
        "held_on": entry.held_on,
        "place": entry.place,
        "agenda": entry.agenda,
    }
    _change(desk, record, columns)
    return entry.number


def minute(desk: Desk, *, number: int, version: int, raw: Raw) -> None:
    """Write down what was decided, beside the paper; what stood there before stays in the history."""
    record = _live(desk, number, version)
    _change(desk, record, {"decisions": read_decisions(raw)})


def set_draft(desk: Desk, *, number: int, version: int, raw: Raw) -> None:
    """Say what the draft speaks for: a day, and a moment of knowledge."""
    record = _live(desk, number, version)
    entry = read_draft(raw, desk.today, desk.actor.at_utc)
    moment = entry.known_at_utc
    if moment is not None and known_at(desk.session, desk.programme_id, moment) is None:
        raise Refused.of("nothing_known", "known_at")
    _change(desk, record, {"draft_as_of": entry.as_of, "draft_known_at_utc": moment})


def void_meeting(desk: Desk, *, number: int, version: int, raw: Raw) -> None:
    """Void a meeting that was opened in error. Refused where a paper of it is frozen."""
    record = _live(desk, number, version)
    reason = read_reason(raw, required=True)
    if _row(desk, number).papers:
        raise Refused.of("meeting_has_paper", "reason", number=number)
    void_row(desk.session, actor=desk.actor, record=record, reference=str(number), reason=reason)


def draft_of(desk: Desk, meeting: MeetingRow, corrects: int = 0) -> PaperReport:
    """The paper as it would be frozen now."""
    day, known = drafted_for(desk, meeting)
    return load_paper(desk.session, desk.programme_id, meeting, as_of=day, known=known, corrects=corrects)


def drafted_for(desk: Desk, meeting: MeetingRow) -> tuple[date, Known]:
    """The day and the knowledge that a meeting's draft speaks for."""
    day = meeting.draft_as_of or usual_as_of(meeting.held_on, desk.today)
    moment = meeting.draft_known_at_utc
    past = known_at(desk.session, desk.programme_id, moment) if moment else None
    return day, past or newest_known(desk.session, desk.programme_id, desk.actor.at_utc)


def freeze(
    desk: Desk,
    *,
    meeting: int,
    version: int,
    dress: Callable[[PaperReport], Files],
    corrects: int = 0,
    raw: Raw | None = None,
) -> int:
    """Freeze a meeting's paper as it stands in draft; answers with its number.

    `dress` makes its files. A meeting has one paper that holds: another one corrects it, names it and says
    why. Raises `Refused`, `StaleMeeting`, and `LookupError` where there is no such meeting.
    """
    session = desk.session
    session.execute(select(ProgrammeRow.id).where(ProgrammeRow.id == desk.programme_id).with_for_update())
    stored = _live(desk, meeting, version)
    row = _row(desk, meeting)
    reason = _check(row, corrects, raw or {})
    day, known = drafted_for(desk, row)
    papers = frozen_papers(session, desk.programme_id)
    highest = session.scalar(select(func.max(Paper.number)).where(Paper.programme_id == desk.programme_id))
    said = {"number": (highest or 0) + 1, "corrects": corrects}
    made = load_paper(session, desk.programme_id, row, as_of=day, known=known, reason=reason, **said)
    ids = {number: _id_of(session, desk.programme_id, number) for number in (one.number for one in papers)}
    paper = Paper(
        programme_id=desk.programme_id,
        meeting_id=stored.id,
        number=made.number,
        as_of=day,
        known_seq=known.seq,
        known_at_utc=known.at_utc,
        previous_id=ids[made.previous.number] if made.previous else None,
        corrects_id=ids.get(corrects),
        reason=reason,
        frozen_at_utc=desk.actor.at_utc,
        frozen_by=desk.actor.name,
        files=[
            PaperFile(programme_id=desk.programme_id, form=form, **file.columns())
            for form, file in sorted(dress(made).items())
        ],
    )
    session.add(paper)
    session.flush()
    _note(session, desk.actor, paper)
    return made.number


def _check(meeting: MeetingRow, corrects: int, raw: Raw) -> str:
    """The reason, where it is a correction. Raises `Refused`."""
    holds = meeting.paper
    if not corrects and holds is not None:
        raise Refused((Problem("paper_frozen", "corrects", {"number": holds.number}),))
    if corrects and (holds is None or holds.number != corrects):
        raise Refused((Problem("paper_not_to_correct", "corrects", {"number": corrects}),))
    return read_reason(raw, required=True) if corrects else ""


def _live(desk: Desk, number: int, version: int) -> Meeting:
    """The stored meeting. Raises `StaleMeeting` where it has changed, `LookupError` where there is none."""
    query = select(Meeting).where(
        Meeting.programme_id == desk.programme_id,
        Meeting.number == number,
        Meeting.voided_at_utc.is_(None),
    )
    record = desk.session.scalars(query).one_or_none()
    if record is None:
        raise LookupError(f"meeting {number}")
    if record.version != version:
        raise StaleMeeting(str(number))
    return record


def _row(desk: Desk, number: int) -> MeetingRow:
    found = meeting_of(desk.session, desk.programme_id, number)
    if found is None:
        raise LookupError(f"meeting {number}")
    return found


def _change(desk: Desk, record: Meeting, columns: dict[str, object]) -> None:
    reference = str(columns.get("number", record.number))
    change_row(desk.session, actor=desk.actor, record=record, reference=reference, columns=columns)


def _id_of(session: Session, programme_id: int, number: int) -> int:
    query = select(Paper.id).where(Paper.programme_id == programme_id, Paper.number == number)
    return session.scalars(query).one()


def _note(session: Session, actor: Actor, paper: Paper) -> None:
    change = Change("freeze", Paper.__tablename__, paper.id, str(paper.number), None, row_of(paper))
    audit.append(session, actor=actor, programme_id=paper.programme_id, changes=[change])
