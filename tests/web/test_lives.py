"""The pages of a pledge's and a receipt's life: consequence first, typed text kept, recorded once."""

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web import cast
from tests.web.cast import EMAILS, Person, business_rows, signed_in

PAGES = (
    "/pledges/sign/NL/2026@1",
    "/pledges/close/FR-1",
    "/pledges/schedule/FR-1",
    "/pledges/void/NL/2026@1",
    "/donors/void/XSS",
    "/receipts/edit/R1",
    "/receipts/assign/R1",
    "/receipts/refund/R1",
    "/receipts/void/R1",
    "/receipts/new?corrects=R1",
)
HELD = {
    "reference": "H1",
    "donor": "UNIDENTIFIED",
    "received_on": "2026-06-10",
    "currency": "USD",
    "amount": "60000.00",
    "earmark": "hold",
}
R1 = {"donor": "FR", "pledge": "FR-1", "received_on": "2026-03-20", "currency": "EUR", "amount": "40000.00"}


def page_of(answer: TestResponse) -> str:
    """The page's text; currencies keep to their amounts by a blank that does not break."""
    return cast.page_of(answer).replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_with_one_title_and_nothing_inline(officer: Person, path: str) -> None:
    answer = officer.get(path)
    page = page_of(answer)
    assert answer.status_code == 200
    assert page.count("<h1") == 1
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)


@pytest.mark.parametrize("path", PAGES[:9])
def test_what_is_not_on_record_is_a_plain_page(officer: Person, path: str) -> None:
    head = "/".join(path.split("/")[:3])
    assert officer.get(f"{head}/NOTHING").status_code == 404
    assert officer.post(f"{head}/NOTHING").status_code == 404


def test_a_pledge_is_signed_and_its_timeline_says_with_which_paper(officer: Person) -> None:
    path = "/pledges/sign/NL/2026@1"
    answer = officer.fill(path, {"signed_on": "2026-04-09", "agreement_ref": "A87/NL"})
    page = page_of(answer)
    assert answer.status_code == 422
    assert "is before the pledge itself" in page
    assert 'value="A87/NL"' in page
    where = officer.fill(path, {"signed_on": "2026-06-01", "agreement_ref": "A87/NL"}).headers["Location"]
    assert "Agreement signed: A87/NL" in page_of(officer.get(where))


def test_closing_states_the_gap_before_and_after_and_says_why_afterwards(app: Flask, officer: Person) -> None:
    page = page_of(officer.get("/pledges/close/FR-1"))
    for words in (
        "EUR 60,000.00",
        "written off",
        "The gap grows by USD 65,934.07",
        "Still to raise",
        "Write off",
    ):
        assert words in page
    before = business_rows(app)
    answer = officer.fill("/pledges/close/FR-1", {"closed_on": "2026-06-15", "reason": ""})
    assert answer.status_code == 422
    assert business_rows(app) == before
    body = {"closed_on": "2026-06-15", "reason": "Parliament voted less"}
    page = page_of(officer.get(officer.fill("/pledges/close/FR-1", body).headers["Location"]))
    assert "EUR 60,000.00 written off" in page
    assert "Parliament voted less" in page


def test_the_schedule_editor_fills_lines_in_and_records_them_afterwards(app: Flask, officer: Person) -> None:
    path, before = "/pledges/schedule/FR-1", business_rows(app)
    plan = {"number": "3", "first_due_on": "2026-08-31", "every_months": "6", "make": "equal"}
    page = page_of(officer.fill(path, plan))
    for text in ("2026-03-15", "40000.00", "2027-02-28", "20000.00", "Nothing is recorded yet"):
        assert text in page
    assert business_rows(app) == before
    page = page_of(officer.fill(path, {**plan, "number": "many"}))
    assert "is not a number that is possible here" in page
    page = page_of(officer.fill(path, {"days": "2026-09-30\n2026-12-31", "make": "dates"}))
    assert "30000.00" in page
    rows = {
        "instalments-0-due_on": "2026-03-15",
        "instalments-0-amount": "40000",
        "instalments-1-due_on": "2026-09-30",
        "instalments-1-amount": "60000",
    }
    answer = officer.fill(path, {**rows, "instalments-1-amount": "59999"})
    assert answer.status_code == 422
    assert "1.00 is missing" in page_of(answer)
    page = page_of(officer.get(officer.fill(path, rows).headers["Location"]))
    assert "30 Sep 2026" in page
    assert "Schedule changed" in page


def test_a_hold_is_assigned_after_its_consequence_was_shown(officer: Person) -> None:
    assert officer.fill("/receipts/new", HELD).status_code == 302
    assert "Assign this money" in page_of(officer.get("/receipts/H1"))
    path, said = "/receipts/assign/H1", {"donor": "NL", "pledge": "NL/2026@1", "earmark": ""}
    page = page_of(officer.fill(path, {**said, "check": "yes"}))
    assert "On hold" in page
    assert "60,000.00" in page
    page = page_of(officer.fill(path, {"donor": "UNIDENTIFIED", "pledge": "", "earmark": ""}))
    assert "Choose the donor who paid" in page
    page = page_of(officer.get(officer.fill(path, said).headers["Location"]))
    assert "Assigned: H1." in page
    assert "Assign this money" not in page


def test_a_receipt_is_amended_and_shown_as_retroactive(officer: Person) -> None:
    path = "/receipts/edit/R1"
    answer = officer.fill(path, {**R1, "amount": "1,5"})
    assert answer.status_code == 422
    assert 'value="1,5"' in page_of(answer)
    page = page_of(officer.fill(path, {**R1, "covers_from": "2026-01", "check": "yes"}))
    assert "The gap" in page
    page = page_of(officer.get(officer.fill(path, {**R1, "covers_from": "2026-01"}).headers["Location"]))
    assert "Retroactive: an officer let it pay for months from January 2026" in page
    assert "42,780.75" in page


def test_an_edit_that_came_too_late_shows_both_versions(app: Flask, officer: Person) -> None:
    late = signed_in(app, EMAILS["admin"])
    late.get("/receipts/edit/R1")
    assert officer.fill("/receipts/edit/R1", {**R1, "ledger_ref": "100"}).status_code == 302
    answer = late.post("/receipts/edit/R1", {**late.hidden, **R1, "ledger_ref": "200"})
    assert answer.status_code == 409
    assert "Changed meanwhile" in page_of(answer)


def test_a_refund_says_what_is_left_and_is_amended_and_voided(officer: Person) -> None:
    path = "/receipts/refund/R1"
    assert "EUR 40,000.00 is left of this receipt, worth USD 42,780.75" in page_of(officer.get(path))
    body = {"reference": "B1", "refunded_on": "2026-06-01", "amount": "40000.01"}
    answer = officer.fill(path, body)
    assert answer.status_code == 422
    assert "Write at most 40000.00 EUR" in page_of(answer)
    assert officer.fill(path, {**body, "amount": "1000"}).status_code == 302
    page = page_of(officer.get("/refunds/B1"))
    assert "39,000.00" in page
    assert "1,069.52" in page
    assert officer.fill("/refunds/edit/B1", {**body, "amount": "2000"}).status_code == 302
    assert "38,000.00" in page_of(officer.get("/refunds/B1"))
    assert "Other records name it: B1" in page_of(officer.get("/receipts/void/R1"))
    assert officer.fill("/refunds/void/B1", {"reason": "never paid out"}).status_code == 302
    assert "never paid out" in page_of(officer.get("/refunds/B1"))
    assert "never paid out" in page_of(officer.get("/receipts/R1"))


def test_a_voided_receipt_stays_readable_struck_from_figures_and_is_recorded_rightly(officer: Person) -> None:
    page = page_of(officer.get("/receipts/void/R1"))
    for words in ("The gap", "Still to raise", "Void R1"):
        assert words in page
    assert officer.fill("/receipts/void/R1", {"reason": " "}).status_code == 422
    where = officer.fill("/receipts/void/R1", {"reason": "amount mistyped"}).headers["Location"]
    page = page_of(officer.get(where))
    for words in ("amount mistyped", "by A. Moreau", "15 June 2026", "<s>EUR 40,000.00</s>"):
        assert words in page
    assert "recorded in error and voided: amount mistyped" in page_of(officer.get("/pledges/FR-1"))
    officer.get("/receipts/new?corrects=R1")
    answer = officer.post(
        "/receipts/new",
        {**officer.hidden, **R1, "reference": "R1-again", "amount": "44000", "notes": "Corrects R1"},
    )
    page = page_of(officer.get(answer.headers["Location"]))
    assert "It corrects" in page
    assert officer.get("/receipts/edit/R1").status_code == 404


def test_a_donor_and_a_pledge_without_money_are_voided_and_stay_readable(officer: Person) -> None:
    assert officer.fill("/pledges/void/NL/2026@1", {"reason": "announced by mistake"}).status_code == 302
    assert "announced by mistake" in page_of(officer.get("/pledges/NL/2026@1"))
    assert officer.fill("/donors/void/XSS", {"reason": "twice on the list"}).status_code == 302
    assert "twice on the list" in page_of(officer.get("/donors/XSS"))
    page = page_of(officer.fill("/donors/void/FR", {"reason": "gone"}))
    assert "Other records name it" in page
