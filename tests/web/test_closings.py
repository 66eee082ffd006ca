"""Closed months in the browser: closed by an officer, reopened by an administrator, kept by every form."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.web import test_bank
from tests.web.cast import EMAILS, Person, business_rows, page_of, signed_in
from tracker.extensions import db

PAST = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05")
CHECKED = {"note": "Held against the ledger & the bank", "unlisted": "y", "confirm": "y"}
R1 = {"donor": "FR", "pledge": "FR-1", "received_on": "2026-03-20", "currency": "EUR", "amount": "40000.00"}
NEW_RECEIPT = {
    **{"reference": "N1", "donor": "NL", "received_on": "2026-05-31", "currency": "USD", "amount": "3"},
    "confirm": "y",
}
NEW_PLEDGE = {"reference": "N1", "donor": "NL", "currency": "USD", "amount": "3", "pledged_on": "2026-05-31"}
FR_1 = {
    **{"donor": "FR", "currency": "EUR", "amount": "100000.00", "pledged_on": "2026-02-01", "earmark": "O2"},
    **{"signed_on": "2026-02-20", "covers_until": "2026-12", "psc": "yes"},
    **{"instalments-0-due_on": "2026-03-15", "instalments-0-amount": "40000.00"},
    **{"instalments-1-due_on": "2026-05-15", "instalments-1-amount": "60000.00"},
}
HELD = {
    **{"reference": "H1", "donor": "UNIDENTIFIED", "received_on": "2026-05-10", "currency": "USD"},
    **{"amount": "600.00", "earmark": "hold"},
}
REFUND = {"reference": "F1", "refunded_on": "2026-04-10", "amount": "10.00"}


def closings(app: Flask) -> list[tuple[object, ...]]:
    query = text("SELECT month, note, closed_by, reopened_by, reopen_reason FROM month_closing ORDER BY id")
    with app.app_context(), Session(db.engine) as session:
        return [tuple(row) for row in session.execute(query)]


def close(officer: Person, *months: str) -> None:
    for month in months:
        answer = officer.fill(f"/closings/close/{month}", CHECKED)
        assert answer.status_code == 302, page_of(answer)


@pytest.fixture
def closed(app: Flask, officer: Person) -> Person:
    """The officer, a receipt on hold and a refund among the cast's records, and every past month closed."""
    assert officer.fill("/receipts/new", HELD).status_code == 302
    assert officer.fill("/receipts/refund/R1", REFUND).status_code == 302
    close(officer, *PAST)
    return officer


def test_an_officer_closes_a_month_and_the_list_says_by_whom(app: Flask, officer: Person) -> None:
    answer = officer.fill("/closings/close/2026-02", {"note": "checked", "unlisted": "y"})
    page = page_of(answer)
    assert answer.status_code == 422
    assert "Earlier months are open: 2026-01" in page
    assert 'id="confirm"' in page
    officer.post("/closings/close/2026-02", {**officer.hidden, **CHECKED})
    page = page_of(officer.get("/closings"))
    assert "closed by A. Moreau, 15 Jun 2026, 14:00" in page
    assert "Held against the ledger &amp; the bank" in page
    assert "Reopen" not in page  # an administrator's
    assert closings(app) == [("2026-02", CHECKED["note"], EMAILS["officer"], "", "")]


@pytest.mark.parametrize(
    ("data", "field", "said"),
    [
        ({"note": " ", "unlisted": "y"}, "note", "required"),
        ({"note": "checked"}, "unlisted", "No bank list holds a line of 2026-02"),
    ],
)
def test_what_is_missing_is_said_and_the_month_stays_open(
    app: Flask, officer: Person, data: dict[str, str], field: str, said: str
) -> None:
    answer = officer.fill("/closings/close/2026-02", {**data, "confirm": "y"})
    assert answer.status_code == 422
    assert f'id="{field}-msg"' in page_of(answer)
    assert said in page_of(answer)
    assert closings(app) == []


def test_open_bank_lines_are_named_with_links(app: Flask, officer: Person) -> None:
    test_bank.recorded(officer)
    line = test_bank.lines(app)[0]
    page = page_of(officer.get("/closings/close/2026-03"))
    assert "It cannot be closed as it stands." in page
    assert f'href="/bank/lines/{line[3]}"' in page
    assert "TRESOR PUBLIC FRANCE" in page
    assert officer.post("/closings/close/2026-03", {**officer.hidden, **CHECKED}).status_code == 422
    assert closings(app) == []
    test_bank.act(officer, line[3], "settle", {"receipt": "R1"})
    page = page_of(officer.get("/closings/close/2026-03"))
    assert "unlisted" not in page
    close(officer, "2026-03")


def test_months_that_are_not_there_are_a_plain_page(app: Flask, officer: Person) -> None:
    for month in ("2025-12", "2026-07", "2026-13", "march", "2026-3", "9999-99"):
        assert officer.get(f"/closings/close/{month}").status_code == 404
    assert "2026-06 is not over" in page_of(officer.get("/closings/close/2026-06"))


def test_only_an_administrator_reopens_and_only_with_a_reason(app: Flask, officer: Person) -> None:
    close(officer, "2026-05")
    assert officer.get("/closings/reopen/2026-05").status_code == 403
    assert officer.post("/closings/reopen/2026-05", {"reason": "x", "version": "1"}).status_code == 403
    admin = signed_in(app, EMAILS["admin"])
    answer = admin.fill("/closings/reopen/2026-05", {"reason": ""})
    assert answer.status_code == 422
    assert 'id="reason-msg"' in page_of(answer)
    admin.fill("/closings/reopen/2026-05", {"reason": "A receipt was <forgotten>"})
    page = page_of(admin.get("/closings"))
    assert "reopened by L. Okafor, 15 Jun 2026, 14:00" in page
    assert "A receipt was &lt;forgotten&gt;" in page
    assert officer.fill("/receipts/new", NEW_RECEIPT).status_code == 302
    assert "is not closed" in page_of(admin.get("/closings/reopen/2026-05"))


def test_a_month_that_was_reopened_meanwhile_is_not_reopened_again(app: Flask, officer: Person) -> None:
    close(officer, "2026-05")
    admin = signed_in(app, EMAILS["admin"])
    admin.get("/closings/reopen/2026-05")
    opened = dict(admin.hidden)
    admin.fill("/closings/reopen/2026-05", {"reason": "first"})
    answer = admin.post("/closings/reopen/2026-05", {**opened, "reason": "second"})
    assert answer.status_code == 422
    assert "meanwhile" in page_of(answer)
    assert [row[4] for row in closings(app)] == ["first"]


REFUSED = (
    ("/pledges/new", NEW_PLEDGE),
    ("/pledges/edit/FR-1", {**FR_1, "pledged_on": "2026-02-02"}),
    ("/pledges/edit/FR-1", {**FR_1, "signed_on": ""}),
    (
        "/pledges/edit/HUSH-7",
        {"donor": "HUSH", "currency": "EUR", "amount": "5000", "pledged_on": "2026-05-01"},
    ),
    ("/pledges/sign/NL/2026@1", {"signed_on": "2026-05-31"}),
    ("/pledges/close/FR-1", {"closed_on": "2026-05-31", "reason": "withdrawn"}),
    ("/pledges/void/NL/2026@1", {"reason": "an error"}),
    ("/receipts/new", NEW_RECEIPT),
    ("/receipts/edit/R1", {**R1, "amount": "40001.00"}),
    ("/receipts/edit/R1", {**R1, "received_on": "2026-06-01"}),
    ("/receipts/void/R2", {"reason": "an error"}),
    ("/receipts/refund/R2", {"reference": "F2", "refunded_on": "2026-05-31", "amount": "1.00"}),
    ("/refunds/edit/F1", {**REFUND, "amount": "11.00"}),
    ("/refunds/edit/F1", {**REFUND, "refunded_on": "2026-06-02"}),
    ("/refunds/void/F1", {"reason": "an error"}),
    ("/rates/new", {"currency": "EUR", "effective_on": "2026-05-31", "rate": "0.91"}),
    ("/rates/EUR/2026-03-01/correct", {"rate": "0.9360"}),
    ("/rates/EUR/2026-03-01/void", {"reason": "an error"}),
    ("/rates/month", {"effective_on": "2026-05-01", "text": "EUR 0.9180\nCHF 0.8900"}),
)


@pytest.mark.parametrize(("path", "data"), REFUSED, ids=lambda one: one if isinstance(one, str) else "")
def test_no_form_dates_anything_into_a_closed_month(
    app: Flask, closed: Person, path: str, data: dict[str, str]
) -> None:
    before = business_rows(app)
    for confirm in ({}, {"confirm": "y"}):
        closed.get(path)
        answer = closed.post(path, {**closed.hidden, **data, **confirm})
        assert answer.status_code == 422, page_of(answer)
        assert re.search(r"2026-0[1-5] is closed\. Record a correction in an open month", page_of(answer))
    assert business_rows(app) == before


def test_the_same_forms_record_while_the_months_are_open(app: Flask, officer: Person) -> None:
    for path, data in (REFUSED[0], REFUSED[4], REFUSED[5], REFUSED[7], REFUSED[8], REFUSED[11], REFUSED[18]):
        assert officer.fill(path, {**data, "confirm": "y"}).status_code == 302, path


def test_a_receipts_preview_says_it_before_anything_is_sent(app: Flask, closed: Person) -> None:
    closed.get("/receipts/new")
    page = page_of(closed.post("/receipts/preview", {**closed.hidden, **NEW_RECEIPT}))
    assert 'id="received_on-msg"' in page
    assert "2026-05 is closed" in page


def test_voiding_says_at_once_that_it_cannot_be(closed: Person) -> None:
    for path in ("/receipts/void/R2", "/rates/EUR/2026-03-01/void", "/pledges/void/NL/2026@1"):
        page = page_of(closed.get(path))
        assert "It cannot be voided as it stands." in page
        assert "is closed. Record a correction" in page


ALLOWED = (
    ("/pledges/edit/FR-1", {**FR_1, "covers_until": "2027-06"}),
    ("/pledges/schedule/FR-1", {"instalments-0-due_on": "2026-05-15", "instalments-0-amount": "100000.00"}),
    ("/pledges/sign/NL/2026@1", {"signed_on": "2026-06-10"}),
    ("/pledges/close/FR-1", {"closed_on": "2026-06-10", "reason": "withdrawn"}),
    ("/receipts/edit/R1", {**R1, "covers_until": "2026-11", "ledger_ref": "L-77"}),
    ("/receipts/assign/H1", {"donor": "NL", "earmark": "core"}),
    ("/receipts/new", {**NEW_RECEIPT, "received_on": "2026-06-01"}),
    ("/receipts/refund/R1", {"reference": "F2", "refunded_on": "2026-06-10", "amount": "1.00"}),
    ("/rates/new", {"currency": "EUR", "effective_on": "2026-06-10", "rate": "0.9100"}),
)


@pytest.mark.parametrize(("path", "data"), ALLOWED, ids=lambda one: one if isinstance(one, str) else "")
def test_terms_holds_and_open_months_stay_free(
    app: Flask, closed: Person, path: str, data: dict[str, str]
) -> None:
    answer = closed.fill(path, {**data, "confirm": "y"})
    assert answer.status_code == 302, page_of(answer)


def test_a_bank_line_dated_inside_becomes_no_new_receipt(app: Flask, officer: Person) -> None:
    list_text = test_bank.LIST.replace("10.06.2026", "10.05.2026").replace("12.06.2026", "12.05.2026")
    close(officer, *PAST)
    where = test_bank.recorded(officer, list_text)
    rows = {number: id_ for number, _state, _receipt, id_ in test_bank.lines(app)}
    before = business_rows(app)
    for row, verb, data in (
        (3, "record", {"pledge": "FR-1", "donor": "FR"}),
        (5, "record", {"donor": "NL"}),
        (5, "hold", {}),
    ):
        answer = test_bank.act(officer, rows[row], verb, {**data, "confirm": "y"})
        assert answer.status_code == 422  # type: ignore[attr-defined]
        assert "2026-05 is closed" in page_of(answer)  # type: ignore[arg-type]
    assert business_rows(app) == before
    page = page_of(officer.get(where))
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    officer.post(f"{where}/all", {**officer.hidden, "seen": seen[1]})
    page = unescape(page_of(officer.get(where)))
    assert "is left open: 2026-05 is closed" in page
    assert business_rows(app)["receipt"] == before["receipt"]
