"""Contacts, notes, caretakers: added, amended, voided; the Secretariat's alone."""

from html import escape

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.web.cast import EMAILS, Person, business_rows, page_of
from tracker.extensions import db

CONTACT = {
    "name": "Élodie Lefèvre",
    "role": "Desk officer",
    "email": "elodie@france.example",
    "phone": "+33 1 43 17 53 53",
    "language": "fr",
}
NOTE = {"dated_on": "2026-06-02", "pledge": "FR-1", "text": "Waits for the budget act.\nAsk in July."}
CARETAKER = {"user": EMAILS["officer"], "pledge": ""}
FORMS = {"contacts": CONTACT, "notes": NOTE, "caretakers": CARETAKER}
SHOWN = {"contacts": "Élodie Lefèvre", "notes": "Waits for the budget act.", "caretakers": "A. Moreau"}


def new(what: str) -> str:
    return f"/people/{what}/new/FR"


def rows(app: Flask, table: str) -> list[dict[str, object]]:
    with app.app_context(), Session(db.engine) as session:
        found = session.execute(text(f"SELECT * FROM {table} ORDER BY id"))  # noqa: S608
        return [dict(row._mapping) for row in found]


@pytest.mark.parametrize("what", FORMS)
def test_what_is_recorded_stands_on_the_donors_page_and_in_the_trail(
    app: Flask, officer: Person, what: str
) -> None:
    before = rows(app, "audit_entry")
    answer = officer.fill(new(what), FORMS[what])
    assert answer.status_code == 302
    assert SHOWN[what] in page_of(officer.get("/donors/FR"))
    written = rows(app, "audit_entry")[len(before) :]
    assert [(e["actor"], e["action"], e["reference"]) for e in written] == [
        (EMAILS["officer"], "record", "FR")
    ]


@pytest.mark.parametrize("what", FORMS)
def test_the_same_form_twice_records_once(app: Flask, officer: Person, what: str) -> None:
    officer.get(new(what))
    body = {**officer.hidden, **FORMS[what]}
    first, second = officer.post(new(what), body), officer.post(new(what), body)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(rows(app, {"contacts": "contact", "notes": "note", "caretakers": "caretaker"}[what])) == 1


@pytest.mark.parametrize(
    ("what", "field", "typed"),
    [
        ("contacts", "name", ""),
        ("contacts", "name", "a\x07b"),
        ("contacts", "email", "nobody at home"),
        ("contacts", "phone", "ring <script>alert(1)</script>"),
        ("contacts", "phone", "١٢٣٤٥٦"),
        ("contacts", "language", "xx"),
        ("contacts", "role", "x" * 301),
        ("notes", "dated_on", "2026-02-30"),
        ("notes", "dated_on", ""),
        ("notes", "text", " "),
        ("notes", "pledge", "NL/2026@1"),
        ("notes", "pledge", "no such pledge"),
        ("caretakers", "user", EMAILS["gcg"]),
        ("caretakers", "user", "nobody@alliance.test"),
        ("caretakers", "user", ""),
        ("caretakers", "pledge", "HUSH-7"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_kept(
    app: Flask, officer: Person, what: str, field: str, typed: str
) -> None:
    before = rows(app, "audit_entry")
    answer = officer.fill(new(what), {**FORMS[what], field: typed})
    page = page_of(answer)
    assert answer.status_code == 422
    assert f'id="{field}-msg"' in page
    assert not typed.strip() or "\x07" in typed or escape(typed) in page
    assert "<script>alert" not in page
    assert rows(app, "audit_entry") == before


def test_a_day_to_come_is_asked_about(app: Flask, officer: Person) -> None:
    asked = officer.fill(new("notes"), {**NOTE, "dated_on": "2026-07-01"})
    assert asked.status_code == 422
    assert 'id="confirm"' in page_of(asked)
    assert officer.post(new("notes"), {**officer.hidden, **NOTE, "dated_on": "2026-07-01", "confirm": "y"})
    assert [row["dated_on"] for row in rows(app, "note")] == ["2026-07-01"]


def test_a_note_of_a_pledge_stands_on_its_page_and_on_its_donors(officer: Person) -> None:
    answer = officer.fill(new("notes"), NOTE)
    assert answer.headers["Location"] == "/pledges/FR-1#notes"
    page = page_of(officer.get("/donors/FR"))
    assert "Ask in July." in page
    assert "A. Moreau" in page


def test_an_amendment_keeps_what_was_in_the_history(app: Flask, officer: Person) -> None:
    officer.fill(new("contacts"), CONTACT)
    answer = officer.fill("/people/contacts/edit/1", {**CONTACT, "role": "Head of unit"})
    assert answer.status_code == 302
    page = page_of(officer.get("/history/donors/FR"))
    assert 'Role: <span class="muted">Desk officer</span> → <b>Head of unit</b>' in page
    assert rows(app, "contact")[0]["version"] == 2


def test_a_stale_amendment_is_refused_with_both_versions(app: Flask, officer: Person) -> None:
    officer.fill(new("contacts"), CONTACT)
    officer.get("/people/contacts/edit/1")
    opened = dict(officer.hidden)
    officer.fill("/people/contacts/edit/1", {**CONTACT, "role": "Head of unit"})
    late = officer.post("/people/contacts/edit/1", {**opened, **CONTACT, "role": "Minister"})
    assert late.status_code == 409
    assert "Head of unit" in page_of(late)
    assert "Minister" in page_of(late)
    assert rows(app, "contact")[0]["role"] == "Head of unit"


@pytest.mark.parametrize("what", FORMS)
def test_a_voided_one_leaves_the_lists_and_stays_in_the_history(officer: Person, what: str) -> None:
    officer.fill(new(what), FORMS[what])
    assert officer.fill(f"/people/{what}/void/1", {"reason": " "}).status_code == 422
    assert officer.fill(f"/people/{what}/void/1", {"reason": "Left the ministry"}).status_code == 302
    shelf = page_of(officer.get("/donors/FR")).partition('id="people-title"')[2].partition("</section>")[0]
    assert SHOWN[what] not in shelf
    history = page_of(officer.get("/history/donors/FR"))
    assert "Left the ministry" in history
    assert SHOWN[what] in history
    assert officer.get(f"/people/{what}/void/1").status_code == 404
    assert officer.get(f"/people/{what}/edit/1").status_code == 404


def test_a_void_of_something_changed_meanwhile_is_asked_again(app: Flask, officer: Person) -> None:
    officer.fill(new("contacts"), CONTACT)
    officer.get("/people/contacts/void/1")
    opened = dict(officer.hidden)
    officer.fill("/people/contacts/edit/1", {**CONTACT, "role": "Head of unit"})
    late = officer.post("/people/contacts/void/1", {**opened, "reason": "Left"})
    assert late.status_code == 409
    assert rows(app, "contact")[0]["voided_at_utc"] is None
    again = officer.post("/people/contacts/void/1", {**officer.hidden, "reason": "Left"})
    assert again.status_code == 302


def test_one_looks_after_a_donor_and_another_after_its_pledge(app: Flask, officer: Person) -> None:
    officer.fill(new("caretakers"), CARETAKER)
    second = officer.fill(new("caretakers"), {"user": EMAILS["admin"], "pledge": ""})
    assert second.status_code == 422
    assert "A. Moreau looks after it already" in page_of(second)
    assert officer.fill(new("caretakers"), {"user": EMAILS["admin"], "pledge": "FR-1"}).status_code == 302
    assert officer.fill("/people/caretakers/edit/1", {"user": EMAILS["admin"]}).status_code == 302
    page = page_of(officer.get("/history/donors/FR"))
    assert 'Looked after by: <span class="muted">A. Moreau</span> → <b>L. Okafor</b>' in page


@pytest.mark.parametrize("row_id", ["0", "9999", str(2**63), str(2**63 - 1), "-1", "1,2", "all", "١"])
def test_ids_of_nobody_are_not_found(officer: Person, row_id: str) -> None:
    for path in ("/people/contacts/edit/", "/people/notes/void/", "/files/"):
        assert officer.get(path + row_id).status_code == 404


def test_a_row_of_another_kind_is_not_opened(officer: Person) -> None:
    officer.fill(new("contacts"), CONTACT)
    assert officer.get("/people/notes/edit/1").status_code == 404
    assert officer.get("/people/users/edit/1").status_code == 404


def test_neither_the_gcg_nor_a_donor_sees_people(
    app: Flask, officer: Person, gcg: Person, france: Person
) -> None:
    for what, form in FORMS.items():
        officer.fill(new(what), form)
    before = business_rows(app)
    for person, own in ((gcg, "/"), (france, "/own")):
        page = page_of(person.get(own))
        assert "Lefèvre" not in page
        assert "budget act" not in page
        for path in ("/donors/FR", "/history", "/history/donors/FR", "/handover", "/handover.csv"):
            assert person.get(path).status_code == 403
        for what, form in FORMS.items():
            assert person.get(f"/people/{what}/edit/1").status_code == 403
            assert person.post(new(what), form).status_code == 403
            assert person.post(f"/people/{what}/void/1", {"reason": "x", "version": "1"}).status_code == 403
    assert business_rows(app) == before


def test_mass_assignment_changes_nothing_else(app: Flask, officer: Person) -> None:
    extra = {"donor_id": "2", "author": "somebody else", "created_at_utc": "2020-01-01", "id": "77"}
    officer.fill(new("notes"), {**NOTE, **extra})
    row = rows(app, "note")[0]
    assert (row["id"], row["author"], row["version"]) == (1, EMAILS["officer"], 1)
