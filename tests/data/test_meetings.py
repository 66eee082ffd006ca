"""Meetings and frozen papers on either database: what was frozen stays, whatever is recorded later (I8)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.data.test_known import one_change, open_books
from tracker.domain.meetings import next_number
from tracker.domain.permissions import Actor
from tracker.domain.problems import Refused
from tracker.queries.known import known_at
from tracker.queries.meetings import (
    Frozen,
    MeetingRow,
    PaperReport,
    frozen_paper,
    last_frozen,
    meeting_of,
    meetings,
    numbers_taken,
    paper_bytes,
)
from tracker.queries.position import forget, position_of
from tracker.queries.proofs import prove
from tracker.queries.trail import history
from tracker.reporting.figures import position_dict, trace_rows
from tracker.services.meetings import (
    StaleMeeting,
    amend_meeting,
    draft_of,
    freeze,
    minute,
    open_meeting,
    set_draft,
    void_meeting,
)
from tracker.services.records import Desk, amend_donor, record_donor
from tracker.services.statements import MadeFile

START = datetime(2026, 6, 15, 8, tzinfo=UTC)
MEETING = {"number": "22", "held_on": "2026-07-14", "place": "Geneva", "agenda": "Gap\nPledges"}


def at(desk: Desk, minutes: int, today: date | None = None) -> Desk:
    """The same desk, so many minutes later."""
    actor = Actor(desk.actor.name, START + timedelta(minutes=minutes))
    return replace(desk, actor=actor, today=today or desk.today)


def dress(report: PaperReport) -> dict[str, MadeFile]:
    """Two small files that say what they are of."""
    words = f"{report.number} {report.as_of} {report.report.position.total}".encode()
    return {
        form: MadeFile(f"paper-{report.number}.{form}", form.encode() + words) for form in ("pdf", "xlsx")
    }


def meeting(desk: Desk, number: int = 22) -> MeetingRow:
    found = meeting_of(desk.session, desk.programme_id, number)
    assert found is not None
    return found


def paper(desk: Desk, number: int) -> Frozen:
    found = frozen_paper(desk.session, desk.programme_id, number)
    assert found is not None
    return found


def frozen(desk: Desk, number: int = 22, **said: Any) -> int:
    return freeze(desk, meeting=number, version=meeting(desk, number).version, dress=dress, **said)


def bytes_of(desk: Desk, number: int) -> list[bytes | None]:
    return [paper_bytes(desk.session, desk.programme_id, number, form) for form in ("pdf", "xlsx")]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str]]:
    return [(problem.column, problem.code) for problem in refused.value.problems]


def broken(desk: Desk) -> list[str]:
    return [
        f"{p.name}: {p.detail}" for p in prove(desk.session, desk.programme_id, desk.today) if not p.holds
    ]


@pytest.fixture
def books(desk: Desk) -> Desk:
    """France has pledged and paid; the 22nd meeting is open."""
    open_books(desk)
    later = at(desk, 5)
    open_meeting(later, raw=MEETING)
    return later


def test_a_meeting_gets_the_next_number_and_keeps_it_to_itself(books: Desk) -> None:
    taken = numbers_taken(books.session, books.programme_id)
    assert (next_number([]), next_number(taken)) == (22, 23)
    with pytest.raises(Refused) as refused:
        open_meeting(books, raw=MEETING)
    assert codes(refused) == [("number", "meeting_taken")]
    for number in ("0", "-1", "22nd", "١", "99999"):
        with pytest.raises(Refused) as wrong:
            open_meeting(books, raw={**MEETING, "number": number})
        assert codes(wrong) == [("number", "not_a_count")]
    open_meeting(books, raw={**MEETING, "number": "23", "held_on": "2026-12-08"})
    assert [one.number for one in meetings(books.session, books.programme_id)] == [23, 22]


def test_every_change_of_a_meeting_is_kept_whole_and_under_a_version(books: Desk) -> None:
    amend_meeting(books, number=22, version=1, raw={**MEETING, "number": "24", "place": "online"})
    with pytest.raises(StaleMeeting):
        minute(books, number=24, version=1, raw={"decisions": "too late"})
    minute(books, number=24, version=2, raw={"decisions": "Noted.\nAdopted."})
    minute(books, number=24, version=3, raw={"decisions": "Noted.\nNot adopted."})
    row = meeting(books, 24)
    assert (row.place, row.decisions, row.version) == ("online", "Noted.\nNot adopted.", 4)
    told = history(books.session, books.programme_id, "meeting", row.id)
    assert [(one.action, one.reference) for one in told] == [("amend", "24")] * 3 + [("record", "22")]
    assert "Adopted." in (told[0].before or "")
    void_meeting(books, number=24, version=4, raw={"reason": "opened twice"})
    assert meetings(books.session, books.programme_id) == []
    assert numbers_taken(books.session, books.programme_id) == {24}
    assert broken(books) == []


def test_a_draft_speaks_for_the_month_that_is_over_unless_told_otherwise(books: Desk) -> None:
    assert draft_of(books, meeting(books)).as_of == date(2026, 5, 31)
    assert draft_of(at(books, 9, date(2026, 7, 3)), meeting(books)).as_of == date(2026, 6, 30)
    set_draft(books, number=22, version=1, raw={"as_of": "2026-06-10", "known_at": "2026-06-15T08:02:00Z"})
    draft = draft_of(books, meeting(books))
    assert (draft.as_of, draft.known.at_utc) == (date(2026, 6, 10), START + timedelta(minutes=2))
    for raw, problem in (
        ({"as_of": "2026-06-16", "known_at": ""}, ("as_of", "day_ahead")),
        ({"as_of": "", "known_at": "2026-06-15T23:00:00Z"}, ("known_at", "moment_ahead")),
        ({"as_of": "", "known_at": "2001-01-01T00:00:00Z"}, ("known_at", "nothing_known")),
        ({"as_of": "", "known_at": "yesterday"}, ("known_at", "not_a_moment")),
    ):
        with pytest.raises(Refused) as refused:
            set_draft(books, number=22, version=2, raw=raw)
        assert codes(refused) == [problem]


def test_a_paper_is_numbered_and_kept_by_the_byte(books: Desk) -> None:
    assert frozen(books) == 1
    one = paper(books, 1)
    assert (one.meeting, one.as_of, one.frozen_by) == (22, date(2026, 5, 31), books.actor.name)
    assert (one.previous, one.corrects, one.corrected_by, one.reason) == (0, 0, 0, "")
    for file, content in zip(one.files, bytes_of(books, 1), strict=True):
        assert content is not None and content.startswith(file.form.encode())
        assert (file.size_bytes, file.sha256) == (len(content), sha256(content).hexdigest())
    (entry,) = history(books.session, books.programme_id, "paper", 1)
    assert (entry.action, entry.reference) == ("freeze", "1")
    assert all(file.sha256 in (entry.after or "") for file in one.files)
    assert last_frozen(books.session, books.programme_id) == one
    assert broken(books) == []


def test_fifty_changes_later_the_same_question_has_the_same_answer(books: Desk) -> None:
    frozen(books)
    one, before = paper(books, 1), bytes_of(books, 1)
    session, here = books.session, books.programme_id

    def answer() -> list[Any]:
        forget()
        known = known_at(session, here, one.known.at_utc)
        assert known is not None and known.seq >= one.known.seq
        book = position_of(session, here, one.as_of, known)
        return [position_dict(book), trace_rows(book, "all")]

    told, chance = answer(), Random(8)
    for number in range(50):
        one_change(at(books, 10 + number), chance, number)
    assert position_dict(position_of(session, here, one.as_of)) != told[0], "the changes changed nothing"
    assert answer() == told
    assert (bytes_of(books, 1), paper(books, 1)) == (before, one)
    assert broken(books) == []


@pytest.mark.parametrize("table", ["paper", "paper_file"])
@pytest.mark.parametrize("change", ["UPDATE {} SET programme_id = programme_id", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_was_frozen(books: Desk, table: str, change: str) -> None:
    frozen(books)
    before = bytes_of(books, 1)
    with pytest.raises(DBAPIError), books.session.begin_nested():
        books.session.execute(text(change.format(table)))
    assert bytes_of(books, 1) == before


def test_a_correction_names_the_paper_that_holds_and_says_why(books: Desk) -> None:
    frozen(books)
    for said, problem in (
        ({}, ("corrects", "paper_frozen")),
        ({"corrects": 7, "raw": {"reason": "wrong"}}, ("corrects", "paper_not_to_correct")),
        ({"corrects": 1, "raw": {"reason": " "}}, ("reason", "missing")),
    ):
        with pytest.raises(Refused) as refused:
            frozen(books, **said)
        assert codes(refused) == [problem]
    assert frozen(at(books, 8), corrects=1, raw={"reason": "A receipt was missing."}) == 2
    old, new = paper(books, 1), paper(books, 2)
    assert (new.corrects, new.reason, new.previous) == (1, "A receipt was missing.", 0)
    assert (old.corrected_by, old.reason) == (2, "")
    with pytest.raises(Refused) as again:
        frozen(books, corrects=1, raw={"reason": "once more"})
    assert codes(again) == [("corrects", "paper_not_to_correct")]
    assert [one.number for one in meeting(books).papers] == [2, 1]
    assert broken(books) == []


def test_changes_are_told_from_the_newest_paper_that_holds(books: Desk) -> None:
    frozen(books)
    open_meeting(books, raw={**MEETING, "number": "23", "held_on": "2026-12-08"})
    one_change(at(books, 10), Random(1), 1)
    december = at(books, 20, date(2026, 12, 1))
    before = draft_of(december, meeting(books, 23))
    assert before.previous is not None and before.report.since is not None
    assert (before.previous.number, before.report.since.label) == (1, "1")
    frozen(at(books, 15), corrects=1, raw={"reason": "wrong"})
    assert frozen(december, 23) == 3
    assert paper(books, 3).previous == 2
    draft = draft_of(december, meeting(books, 23), corrects=3)
    assert draft.previous is not None and draft.previous.number == 2
    told = draft.report.since
    assert told is not None
    moved = sum(line.moved.ahead for line in told.changes.lines)
    assert moved == draft.report.position.total.ahead - told.changes.before.ahead


def test_a_meeting_with_a_paper_keeps_its_number_and_is_not_voided(books: Desk) -> None:
    frozen(books)
    with pytest.raises(Refused) as renumbered:
        amend_meeting(books, number=22, version=1, raw={**MEETING, "number": "24"})
    with pytest.raises(Refused) as voided:
        void_meeting(books, number=22, version=1, raw={"reason": "no more"})
    assert codes(renumbered) == [("number", "meeting_number_fixed")]
    assert codes(voided) == [("reason", "meeting_has_paper")]
    amend_meeting(books, number=22, version=1, raw={**MEETING, "place": "Lima"})
    assert paper(books, 1).meeting == 22


def test_who_is_anonymous_now_is_so_in_a_paper_of_older_knowledge(books: Desk) -> None:
    donor = {"code": "QUIET", "name": "Quiet Fund", "kind": "foundation"}
    record_donor(at(books, 6), raw=donor)
    amend_donor(at(books, 8), code="QUIET", version=1, raw={**donor, "anonymous": "yes"})
    set_draft(at(books, 9), number=22, version=1, raw={"as_of": "", "known_at": "2026-06-15T08:07:00Z"})
    draft = draft_of(at(books, 9), meeting(books))
    assert draft.report.donors["QUIET"].anonymous


def test_bytes_that_were_tampered_with_are_named(books: Desk) -> None:
    frozen(books)
    session = books.session
    if session.connection().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER tr_paper_file_no_update"))
    else:
        session.execute(text("ALTER TABLE paper_file DISABLE TRIGGER USER"))
    session.execute(text("UPDATE paper_file SET content = :other WHERE form = 'pdf'"), {"other": b"forged"})
    session.expire_all()
    found = "; ".join(broken(books))
    assert "paper-1.pdf has other bytes than those of its hash" in found
