"""History: every change in words, who and when; all changes, filtered, a page at a time."""

import re

import pytest
import time_machine
from flask import Flask

from tests.web.cast import EMAILS, FRANCE_PLEDGE, TODAY, Person, page_of, signed_in
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services.records import Actor, Desk, amend_donor, amend_pledge, record_donor, void


def desk(app: Flask) -> Desk:
    """Where the officer writes, at the programme's present moment."""
    from datetime import UTC, datetime

    begin_write(db.session())
    actor = Actor(EMAILS["officer"], datetime.now(UTC))
    return Desk(db.session(), actor, the_programme(db.session()).id, TODAY)


def text_of(page: str) -> str:
    """A page without its tags, blanks joined."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.partition("<main")[2].partition("</main>")[0]))


def test_a_changed_schedule_is_told_by_what_differs(app: Flask, officer: Person) -> None:
    schedule = [
        {"due_on": "2026-03-15", "amount": "40000.00"},
        {"due_on": "2026-09-15", "amount": "60000.00"},
    ]
    with app.app_context():
        amend_pledge(desk(app), reference="FR-1", version=1, raw=FRANCE_PLEDGE, schedule=schedule)
        db.session.commit()
    said = text_of(page_of(officer.get("/history/pledges/FR-1")))
    assert "Schedule: 15 May 2026 EUR 60,000.00 → 15 Sep 2026 EUR 60,000.00" in said
    assert "A. Moreau" in said
    assert "Pledged on 1 Feb 2026" in said


def test_other_names_are_told_by_what_differs(app: Flask, officer: Person) -> None:
    raw = {"name": "France", "kind": "government", "country": "FR", "aliases": "Francia; Frankreich"}
    with app.app_context():
        amend_donor(desk(app), code="FR", version=1, raw=raw)
        db.session.commit()
    said = text_of(page_of(officer.get("/history/donors/FR")))
    assert "Other names: empty → Frankreich" in said


def test_a_voided_record_keeps_its_history_and_says_so(app: Flask, officer: Person) -> None:
    with app.app_context():
        void(desk(app), "receipts", key="R2", version=1, reason="Typed twice")
        db.session.commit()
    said = text_of(page_of(officer.get("/history/receipts/R2")))
    assert "Voided on 15 June 2026" in said
    assert "Voided: Typed twice" in said
    assert "Open the record" not in said


@pytest.mark.parametrize(
    "path",
    [
        "/history/donors/NONE",
        "/history/friends/FR",
        "/history/rates/EUR",
        "/history/rates/EUR 2026-13-01",
        "/history/user_account/officer@alliance.test",
        "/history/pledges/%00",
    ],
)
def test_what_has_no_history_is_not_found(officer: Person, path: str) -> None:
    assert officer.get(path).status_code == 404


def test_references_with_slashes_and_rates_have_their_page(officer: Person) -> None:
    assert officer.get("/history/pledges/NL/2026@1").status_code == 200
    assert officer.get("/history/rates/EUR 2026-03-01").status_code == 200


def test_all_changes_are_filtered_by_kind_person_and_days(officer: Person) -> None:
    said = text_of(page_of(officer.get("/history?kind=receipt")))
    assert "Receipt R1" in said
    assert "Pledge HUSH-7" not in said
    assert "No change found" in page_of(officer.get("/history?by=nobody@alliance.test"))
    assert "No change found" in page_of(officer.get("/history?from=2026-06-16"))
    assert "Receipt R1" in text_of(page_of(officer.get("/history?from=2026-06-15&until=2026-06-15")))
    assert "No change found" in page_of(officer.get("/history?until=2026-06-14&kind=receipt"))
    wrong = page_of(officer.get("/history?from=15/06/2026"))
    assert 'id="f-from-msg"' in wrong
    assert 'value="15/06/2026"' in wrong


def test_days_are_the_programmes(app: Flask, noon: time_machine.Traveller) -> None:
    noon.move_to("2026-06-15 22:30:00+00:00")  # the 16th in Zurich
    with app.app_context():
        record_donor(desk(app), raw={"code": "LATE", "name": "Late", "kind": "other"})
        db.session.commit()
    officer = signed_in(app, EMAILS["officer"])
    assert "LATE" in page_of(officer.get("/history?from=2026-06-16&kind=donor"))
    assert "LATE" not in page_of(officer.get("/history?until=2026-06-15&kind=donor"))


def test_changes_come_fifty_at_a_time_each_once(app: Flask, officer: Person) -> None:
    with app.app_context():
        for at in range(120):
            record_donor(desk(app), raw={"code": f"D{at:03}", "name": f"Donor {at}", "kind": "other"})
            db.session.commit()
    path, seen = "/history?kind=donor", list[str]()
    for _page in range(4):
        page = page_of(officer.get(path))
        seen += re.findall(r'/history/donors/(D\d+)"', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if older is None:
            break
        path = older[1].replace("&amp;", "&")
    assert seen == [f"D{at:03}" for at in reversed(range(120))]


def test_logins_are_an_administrators_to_read(app: Flask, officer: Person) -> None:
    assert "Login" not in text_of(page_of(officer.get("/history")))
    assert "Login" not in text_of(page_of(officer.get("/history?kind=user_account")))
    admin = signed_in(app, EMAILS["admin"])
    assert "gcg@alliance.test" in page_of(admin.get("/history?kind=user_account"))


@pytest.mark.parametrize(
    "asked", ["before=x", "before=9" * 40, "before=-1", "by=%00", "kind=%00", "from=%00"]
)
def test_no_address_breaks_the_list(officer: Person, asked: str) -> None:
    assert officer.get(f"/history?{asked}").status_code == 200


def test_a_hostile_name_is_only_text(officer: Person) -> None:
    assert "<script>alert" not in page_of(officer.get("/history"))
    assert "<script>alert" not in page_of(officer.get("/history/donors/XSS"))
