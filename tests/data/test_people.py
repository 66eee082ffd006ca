"""People and files on either database: audited, versioned, voided, never deleted."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.data.conftest import TODAY
from tracker.domain.problems import Refused
from tracker.queries import trail
from tracker.queries.people import content_of, find_kept, kept_of
from tracker.queries.proofs import prove
from tracker.services.files import record_file
from tracker.services.people import (
    StaleRow,
    amend,
    record_caretaker,
    record_contact,
    record_note,
    void_kept,
)
from tracker.services.records import Desk, Questioned, record_donor
from tracker.services.users import add_user, disable_user

PDF = b"%PDF-1.7\n%%EOF\n"
CONTACT = {"name": "É. Lefèvre", "email": "e@f.example", "language": "fr"}


@pytest.fixture
def france(desk: Desk) -> Desk:
    """A donor, and an officer who may look after it."""
    record_donor(desk, raw={"code": "FRA", "name": "France", "kind": "government"})
    add_user(
        desk.session,
        actor=desk.actor,
        programme_id=desk.programme_id,
        email="a.moreau@ilo.example",
        role="officer",
        name="A. Moreau",
    )
    return desk


def newest(desk: Desk) -> trail.ChainEntry:
    return list(trail.entries(desk.session, desk.programme_id))[-1][0]


def test_each_change_is_one_entry_with_the_whole_row(france: Desk) -> None:
    id_ = record_contact(france, donor="FRA", raw=CONTACT)
    amend(france, "contacts", row_id=id_, version=1, raw={**CONTACT, "role": "Treasury"})
    void_kept(france, "contacts", row_id=id_, version=2, reason=" Left ")
    told = trail.life(france.session, france.programme_id, "donor", 2)
    mine = [entry for entry in told if entry.entity == "contact"]
    assert [(e.action, e.reference) for e in mine] == [("void", "FRA"), ("amend", "FRA"), ("record", "FRA")]
    assert json.loads(mine[0].after or "")["void_reason"] == "Left"
    assert json.loads(mine[1].before or "")["role"] == ""
    assert kept_of(france.session, france.programme_id, "FRA").contacts == ()
    assert all(proof.holds for proof in prove(france.session, france.programme_id, TODAY))


def test_a_stale_version_changes_nothing(france: Desk) -> None:
    id_ = record_contact(france, donor="FRA", raw=CONTACT)
    with pytest.raises(StaleRow):
        amend(france, "contacts", row_id=id_, version=7, raw=CONTACT)
    with pytest.raises(StaleRow):
        void_kept(france, "contacts", row_id=id_, version=7, reason="x")
    with pytest.raises(Refused):
        void_kept(france, "contacts", row_id=id_, version=1, reason="  ")
    with pytest.raises(LookupError):
        amend(france, "notes", row_id=id_, version=1, raw={})


def test_an_amendment_that_changes_nothing_leaves_no_entry(france: Desk) -> None:
    id_ = record_contact(france, donor="FRA", raw=CONTACT)
    before = newest(france)
    amend(france, "contacts", row_id=id_, version=1, raw=CONTACT)
    assert newest(france) == before


def test_a_notes_author_is_who_acts(france: Desk) -> None:
    record_note(france, donor="FRA", raw={"dated_on": "2026-06-01", "text": "Ask", "author": "x"})
    assert kept_of(france.session, france.programme_id, "FRA").notes[0].author == "A. Moreau"
    with pytest.raises(Questioned):
        record_note(france, donor="FRA", raw={"dated_on": "2026-07-01", "text": "Later"})


def test_a_file_is_kept_with_its_bytes_apart_and_never_deleted(france: Desk) -> None:
    kept = record_file(france, donor="FRA", raw={"kind": "agreement"}, name="a.pdf", content=PDF)
    assert content_of(france.session, kept.id) == PDF
    assert "content" not in json.loads(newest(france).after or "")
    assert find_kept(france.session, france.programme_id, "files", kept.id) is not None
    with pytest.raises(Refused):
        record_file(france, donor="FRA", raw={"kind": "other"}, name="b.pdf", content=PDF)
    for table in ("attachment_content", "attachment"):
        with pytest.raises(DBAPIError), france.session.begin_nested():
            france.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608


def test_who_left_may_no_longer_be_chosen_and_is_shown_as_such(france: Desk) -> None:
    record_caretaker(france, donor="FRA", raw={"user": "a.moreau@ilo.example"})
    where = {"actor": france.actor, "programme_id": france.programme_id}
    disable_user(france.session, email="a.moreau@ilo.example", **where)
    caretaker = kept_of(france.session, france.programme_id, "FRA").caretaker("FRA")
    assert caretaker is not None and not caretaker.active
    with pytest.raises(Refused):
        record_caretaker(france, donor="FRA", raw={"user": "a.moreau@ilo.example"})
