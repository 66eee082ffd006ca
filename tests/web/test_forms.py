"""Forms: what is wrong is said beside the field and kept as typed; what is right is recorded once."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape

import pytest
from flask import Flask
from sqlalchemy import text

from tests.web.cast import NETHERLANDS_PLEDGE, Person, business_rows, page_of
from tracker.domain.problems import Refused
from tracker.extensions import db
from tracker.services.records import record_receipt

DONOR = {"code": "SE", "name": "Sweden", "kind": "government", "country": "SE"}
PLEDGE = {
    "reference": "SE-1",
    "donor": "FR",
    "currency": "USD",
    "amount": "1000.00",
    "pledged_on": "2026-06-01",
    "psc": "yes",
}
RECEIPT = {
    "reference": "R-NEW",
    "donor": "NL",
    "pledge": "NL/2026@1",
    "received_on": "2026-06-12",
    "currency": "USD",
    "amount": "20000.00",
}
FORMS = {"/donors/new": DONOR, "/pledges/new": PLEDGE, "/receipts/new": RECEIPT}

# path, field, what is typed
WRONG = (
    ("/donors/new", "name", ""),
    ("/donors/new", "code", " "),
    ("/donors/new", "country", "XX"),
    ("/donors/new", "kind", "friend"),
    ("/donors/new", "email", "nobody at home"),
    ("/donors/new", "anonymous", "perhaps"),
    ("/pledges/new", "donor", "NOBODY"),
    ("/pledges/new", "currency", "QQQ"),
    ("/pledges/new", "amount", "1,234.56"),
    ("/pledges/new", "pledged_on", "2026-02-30"),
    ("/pledges/new", "signed_on", "2026-05-31"),
    ("/pledges/new", "closed_on", "yesterday"),
    ("/pledges/new", "earmark", "O9"),
    ("/pledges/new", "psc", "perhaps"),
    ("/pledges/new", "covers_from", "2025-12"),
    ("/pledges/new", "covers_until", "2031-13"),
    ("/pledges/new", "reference", "FR-1"),
    ("/pledges/new", "instalments-2-amount", "half"),
    ("/pledges/new", "instalments-3-due_on", "soon"),
    ("/receipts/new", "donor", "NOBODY"),
    ("/receipts/new", "pledge", "no such pledge"),
    ("/receipts/new", "received_on", "12/06/2026"),
    ("/receipts/new", "amount", "-5"),
    ("/receipts/new", "usd_amount", "20000.01"),
    ("/receipts/new", "earmark", "targeted:"),
    ("/receipts/new", "split", "O1:5.00"),
    ("/receipts/new", "covers_until", "2031-07"),
    ("/receipts/new", "reference", "R1"),
)

HOSTILE = (
    "NaN",
    "Infinity",
    "1e400",
    "-0",
    "0.005",
    "9223372036854775808",
    "9007199254740993",
    "9" * 400,
    "1,234.56",
    "1.234,56",
    "1_000",
    "0x10",
    "١٢٣",
    "１２３",
    "nul\0byte",
    "\u202etxt.exe",
    "0000-00-00",
    "2025-02-29",
    "0001-01-01",
    "9999-12-31",
    "2024-W01-1",
    "<script>alert(1)</script>",
    "'; DROP TABLE donor; --",
    "{{ 7*7 }}",
    "=1+1",
    "e\u0301",
    "/../../etc",
    "x" * 20_000,
)


@pytest.mark.parametrize(("path", "field", "typed"), WRONG)
def test_what_is_wrong_is_said_beside_the_field_and_kept(
    app: Flask, officer: Person, path: str, field: str, typed: str
) -> None:
    before = business_rows(app)
    answer = officer.fill(path, {**FORMS[path], field: typed})
    page = page_of(answer)
    assert answer.status_code == 422
    assert business_rows(app) == before
    assert f'href="#{field}"' in page, "the summary leads to the field"
    assert f'id="{field}-msg"' in page
    described = re.search(rf'<(input|select|fieldset)[^>]*id="{field}"[^>]*>', page)
    assert described is not None
    assert f"{field}-msg" in described[0]
    if typed.strip():
        assert escape(typed) in page, "what was typed is kept"


@pytest.mark.parametrize("path", FORMS)
def test_no_value_breaks_a_field(app: Flask, officer: Person, path: str) -> None:
    key = "code" if path == "/donors/new" else "reference"
    before, recorded = business_rows(app), 0
    officer.get(path)
    for number, (field, typed) in enumerate(hostile_fields(path)):
        body = {**FORMS[path], key: f"H-{number}", "form_key": f"{number:032x}", field: typed}
        answer = officer.post(path, body)
        assert answer.status_code in (302, 422), (field, typed[:40], answer.status)
        recorded += answer.status_code == 302
        assert "Traceback" not in page_of(answer)
        assert "<script>alert" not in page_of(answer)
    after = business_rows(app)
    assert len(after["audit_entry"]) - len(before["audit_entry"]) == recorded
    table = {"/donors/new": "donor", "/pledges/new": "pledge", "/receipts/new": "receipt"}[path]
    assert len(after[table]) - len(before[table]) == recorded
    assert after[table][: len(before[table])] == before[table]


def hostile_fields(path: str) -> Iterator[tuple[str, str]]:
    """Every field of a form with every hostile value."""
    rows = ("instalments-0-due_on", "instalments-0-amount") if path == "/pledges/new" else ()
    optional = {
        "/donors/new": ("iati_ref", "email", "aliases", "anonymous"),
        "/pledges/new": ("signed_on", "closed_on", "earmark", "covers_from", "covers_until", "notes", *rows),
        "/receipts/new": ("usd_amount", "earmark", "split", "covers_from", "covers_until", "ledger_ref"),
    }[path]
    for field in (*FORMS[path], *optional, "version", "confirm"):
        for typed in HOSTILE:
            yield field, typed


def test_a_text_of_600_kb_is_refused_whole(app: Flask, officer: Person) -> None:
    before = business_rows(app)
    for path, body in FORMS.items():
        for field in ("name" if path == "/donors/new" else "notes", *list(body)[:4]):
            typed = {**body, field: "x" * 600_000}
            assert officer.fill(path, typed).status_code == 422, field
            many_parts = {"csrf_token": officer.token, **typed}
            answer = officer.client.post(path, data=many_parts, content_type="multipart/form-data")
            assert answer.status_code == 413
    assert business_rows(app) == before


@pytest.mark.parametrize("body", [b"\xff\xfe=\x80", b"%ff%fe=%80", b"code=%ED%A0%80", b"&&&===", b"\0"])
def test_bytes_that_are_no_text_are_refused(app: Flask, officer: Person, body: bytes) -> None:
    before = business_rows(app)
    kind = "application/x-www-form-urlencoded"
    for path in (*FORMS, "/login", "/receipts/preview"):
        token = b"csrf_token=" + officer.token.encode() + b"&"
        for sent in (body, token + body):
            answer = officer.client.post(path, data=sent, content_type=kind)
            assert answer.status_code in (200, 400, 422), (path, sent)
    assert business_rows(app) == before


def test_the_same_form_twice_records_once_and_leads_to_the_same_page(app: Flask, officer: Person) -> None:
    officer.get("/receipts/new")
    body = {**officer.hidden, **RECEIPT}
    first = officer.post("/receipts/new", body)
    recorded = business_rows(app)
    second = officer.post("/receipts/new", body)
    assert first.headers["Location"] == second.headers["Location"] == "/receipts/R-NEW"
    assert business_rows(app) == recorded


def test_the_same_form_four_times_at_once_records_once(app: Flask, officer: Person) -> None:
    officer.get("/receipts/new")
    body = {"csrf_token": officer.token, **officer.hidden, **RECEIPT}
    cookie = officer.client.get_cookie("session")
    assert cookie is not None

    def send(_number: int) -> tuple[int, str]:
        client = app.test_client()
        client.set_cookie("session", cookie.value)
        answer = client.post("/receipts/new", data=body)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))
    assert answers == {(302, "/receipts/R-NEW")}
    assert sum(row[3] == "R-NEW" for row in receipts(app)) == 1


def receipts(app: Flask) -> list[tuple[object, ...]]:
    """Rows of the table of receipts, the reference fourth."""
    with app.app_context():
        found = db.session.execute(text("SELECT id, donor_id, pledge_id, reference FROM receipt"))
        return [tuple(row) for row in found]


def test_the_same_form_with_another_body_is_refused(app: Flask, officer: Person) -> None:
    officer.get("/receipts/new")
    key = dict(officer.hidden)
    officer.post("/receipts/new", {**key, **RECEIPT})
    recorded = business_rows(app)
    answer = officer.post("/receipts/new", {**key, **RECEIPT, "reference": "R-OTHER"})
    assert answer.status_code == 409
    assert business_rows(app) == recorded


@pytest.mark.parametrize("key", ["", "short", "\0" * 32, "Z" * 32])
def test_a_form_without_a_proper_key_is_shown_again_with_one(app: Flask, officer: Person, key: str) -> None:
    before = business_rows(app)
    officer.get("/donors/new")
    answer = officer.post("/donors/new", {**DONOR, "form_key": key})
    assert answer.status_code == 400
    assert 'value="Sweden"' in page_of(answer)
    assert business_rows(app) == before
    assert officer.post("/donors/new", {**DONOR, **officer.hidden}).status_code == 302


def test_what_was_written_before_a_refusal_is_not_kept(
    app: Flask, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = business_rows(app)

    def writes_and_refuses(*args: object, **kwargs: object) -> None:
        record_receipt(*args, **kwargs)  # type: ignore[arg-type]
        raise Refused.of("missing", "amount")

    monkeypatch.setattr("tracker.blueprints.receipts.record_receipt", writes_and_refuses)
    assert officer.fill("/receipts/new", RECEIPT).status_code == 422
    assert business_rows(app) == before


def test_a_refused_form_can_be_corrected_and_sent_again(app: Flask, officer: Person) -> None:
    officer.get("/donors/new")
    key = dict(officer.hidden)
    assert officer.post("/donors/new", {**key, **DONOR, "name": ""}).status_code == 422
    assert officer.post("/donors/new", {**key, **DONOR}).status_code == 302


def test_what_is_odd_is_asked_and_a_tick_answers(app: Flask, officer: Person) -> None:
    later = {**RECEIPT, "received_on": "2026-06-16"}
    before = business_rows(app)
    asked = officer.fill("/receipts/new", later)
    assert asked.status_code == 422
    assert business_rows(app) == before
    assert 'name="confirm"' in page_of(asked)
    assert 'name="confirm"' not in page_of(officer.get("/receipts/new"))
    assert officer.fill("/receipts/new", {**later, "confirm": "y"}).status_code == 302
    page = page_of(officer.get("/receipts/R-NEW"))
    assert "it counts from 16 June 2026" in page


def test_a_likely_double_is_asked(officer: Person) -> None:
    officer.fill("/receipts/new", RECEIPT)
    asked = officer.fill("/receipts/new", {**RECEIPT, "reference": "R-AGAIN"})
    assert asked.status_code == 422
    assert "R-NEW" in page_of(asked)


def test_a_schedule_is_recorded_and_its_empty_lines_do_not_count(app: Flask, officer: Person) -> None:
    rows = {
        "instalments-1-due_on": "2026-07-01",
        "instalments-1-amount": "400.00",
        "instalments-3-due_on": "2026-09-01",
        "instalments-3-amount": "600.00",
    }
    assert officer.fill("/pledges/new", {**PLEDGE, **rows}).headers["Location"] == "/pledges/SE-1"
    page = page_of(officer.get("/pledges/SE-1"))
    assert "1 of 2" in page
    assert "1 Sep 2026" in page


def test_a_schedule_that_does_not_add_up_says_so_over_its_lines(app: Flask, officer: Person) -> None:
    rows = {"instalments-0-due_on": "2026-07-01", "instalments-0-amount": "999.99"}
    page = page_of(officer.fill("/pledges/new", {**PLEDGE, **rows}))
    assert "999.99" in page[page.index('id="schedule"') :]
    assert 'class="field schedule err"' in page


def test_more_lines_are_shown_and_nothing_is_recorded(app: Flask, officer: Person) -> None:
    before = business_rows(app)
    answer = officer.fill("/pledges/new", {**PLEDGE, "more_rows": "yes", "instalments-0-amount": "12.5"})
    page = page_of(answer)
    assert answer.status_code == 200
    assert 'name="instalments-7-due_on"' in page
    assert 'value="12.5"' in page
    assert business_rows(app) == before


def test_an_edit_of_something_changed_meanwhile_is_refused_with_both_versions(
    app: Flask, officer: Person
) -> None:
    path = "/pledges/edit/NL/2026@1"
    officer.get(path)
    stale = dict(officer.hidden)
    assert officer.fill(path, {**NETHERLANDS_PLEDGE, "agreement_ref": "first"}).status_code == 302
    changed = business_rows(app)
    answer = officer.post(path, {**stale, **NETHERLANDS_PLEDGE, "amount": "70000", "agreement_ref": "second"})
    page = page_of(answer)
    assert answer.status_code == 409
    for version in ("first", "second", "60000.00", "70000"):
        assert version in page
    assert business_rows(app) == changed


def test_an_edit_keeps_the_reference_and_writes_its_history(app: Flask, officer: Person) -> None:
    path = "/pledges/edit/NL/2026@1"
    sent = {**NETHERLANDS_PLEDGE, "reference": "ANOTHER", "signed_on": "2026-06-01"}
    assert officer.fill(path, sent).headers["Location"] == "/pledges/NL/2026@1"
    page = page_of(officer.get("/pledges/NL/2026@1"))
    assert "Signed on" in page
    assert "2026-06-01" in page
    assert "A. Moreau" in page
    assert officer.get("/pledges/ANOTHER").status_code == 404


def test_a_donors_edit_is_recorded_and_a_stale_one_refused(app: Flask, officer: Person) -> None:
    sent = {"name": "République française", "kind": "government", "country": "FR", "anonymous": "no"}
    officer.get("/donors/edit/FR")
    stale = dict(officer.hidden)
    assert officer.fill("/donors/edit/FR", sent).status_code == 302
    assert "République française" in page_of(officer.get("/donors/FR"))
    assert officer.post("/donors/edit/FR", {**stale, **sent, "name": "Late"}).status_code == 409
    assert "Late" not in page_of(officer.get("/donors/FR"))


def test_what_a_form_has_no_business_with_is_ignored(app: Flask, officer: Person) -> None:
    extra = {
        "id": "1",
        "programme_id": "9",
        "created_at_utc": "2000-01-01",
        "usd_minor": "5",
        "role": "admin",
    }
    officer.fill("/receipts/new", {**RECEIPT, **extra})
    assert "20,000.00" in page_of(officer.get("/receipts/R-NEW"))


def test_a_preview_names_the_consequence_and_records_nothing(app: Flask, officer: Person) -> None:
    officer.get("/receipts/new?donor=NL")
    before = business_rows(app)
    answer = officer.post("/receipts/preview", {**officer.hidden, **RECEIPT})
    page = page_of(answer)
    assert answer.status_code == 200
    assert "Record USD 20,000.00 from Netherlands" in page
    assert "already counted as pledged" in page
    part = officer.post("/receipts/preview", {**RECEIPT}, headers={"X-Fragment": "change"})
    assert page_of(part).lstrip().startswith("<div")
    assert "<html" not in page_of(part)
    assert business_rows(app) == before


def test_open_instalments_of_a_donor_are_offered_oldest_first(officer: Person) -> None:
    page = page_of(officer.get("/receipts/new?donor=FR"))
    assert "FR-1, instalment 2 of 2" in page
    assert "31 days overdue" in page
    assert 'value="FR-2026-001"' in page
    assert 'value="EUR" selected' in page or 'selected value="EUR"' in page
    typed = {**RECEIPT, "donor": "FR", "show_open": "yes", "amount": "1.23"}
    shown = page_of(officer.post("/receipts/preview", typed))
    assert "FR-1, instalment 2 of 2" in shown
    assert 'value="1.23"' in shown


def test_a_flash_says_what_was_recorded_and_what_it_changed(officer: Person) -> None:
    free = {**RECEIPT, "pledge": "", "amount": "5000.00"}
    officer.fill("/receipts/new", free)
    page = page_of(officer.get("/receipts/R-NEW"))
    assert "Recorded: USD\u00a05,000.00 from Netherlands." in page
    assert "The gap went from USD\u00a02,358,946.18 to USD\u00a02,353,946.18." in page
