"""Rates in the browser: the direction in words, what moves before it is recorded, and a month at once."""

import io
import re

import pytest
from flask import Flask

from tests.web.cast import Person, business_rows, page_of

JUNE = {"currency": "EUR", "effective_on": "2026-06-10", "rate": "0.9000"}


def test_the_list_stands_by_currency_with_the_newest_first(officer: Person) -> None:
    page = page_of(officer.get("/rates"))
    days = re.findall(r'href="/rates/EUR/([0-9-]+)"', page)
    assert days == ["2026-06-01", "2026-03-01", "2026-01-01"]
    assert "A. Moreau" in page


def test_a_rate_says_which_way_it_is_written_and_what_was_valued_by_it(officer: Person) -> None:
    page = page_of(officer.get("/rates/EUR/2026-01-01"))
    assert "0.9200 EUR for 1 USD: EUR 100.00 = <b>USD\u00a0108.70</b>" in page
    assert "R1" in page_of(officer.get("/rates/EUR/2026-03-01"))
    for path in ("/rates/EUR/2026-01-02", "/rates/EUR/x", "/rates/XXX/2026-01-01", "/rates/EUR/9999-99-99"):
        assert officer.get(path).status_code == 404


def test_what_moves_is_shown_first_and_nothing_is_recorded(app: Flask, officer: Person) -> None:
    before = business_rows(app)
    answer = officer.fill("/rates/new", {**JUNE, "check": "yes"})
    page = page_of(answer)
    assert answer.status_code == 200
    assert "0.9000 EUR for 1 USD: EUR 100.00 = <b>USD\u00a0111.11</b>" in page
    assert "65,934.07" in page
    assert "66,666.67" in page
    assert "USD\u00a0732.60 more" in page
    assert business_rows(app) == before


def test_a_rate_is_recorded_once_and_what_it_moved_is_said(app: Flask, officer: Person) -> None:
    officer.get("/rates/new")
    body = {**officer.hidden, **JUNE}
    first = officer.post("/rates/new", body)
    assert first.headers["Location"] == "/rates/EUR/2026-06-10"
    assert officer.post("/rates/new", body).headers["Location"] == "/rates/EUR/2026-06-10"
    page = page_of(officer.get("/rates/EUR/2026-06-10"))
    assert "USD\u00a0732.60 more" in page
    assert len(business_rows(app)["rate"]) == 4


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("rate", "0,92", "0.92"),
        ("rate", "0", "above zero"),
        ("rate", "NaN", "plain number"),
        ("rate", "", "required"),
        ("effective_on", "1.6.2026", "YYYY-MM-DD"),
        ("effective_on", "2026-06-01", "on record already, with 0.9100"),
        ("currency", "XYZ", "ISO 4217"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_kept(
    app: Flask, officer: Person, field: str, typed: str, said: str
) -> None:
    before = business_rows(app)
    for check in ({}, {"check": "yes"}):
        answer = officer.fill("/rates/new", {**JUNE, field: typed, **check})
        page = page_of(answer)
        assert answer.status_code == 422
        assert f'id="{field}-msg"' in page
        assert said in page
        assert typed in page
    assert business_rows(app) == before


def test_an_odd_rate_is_asked_and_a_tick_answers(app: Flask, officer: Person) -> None:
    odd = {**JUNE, "rate": "1.1111"}
    asked = officer.fill("/rates/new", odd)
    assert asked.status_code == 422
    assert "nearer to the inverse" in page_of(asked)
    assert len(business_rows(app)["rate"]) == 3
    assert officer.fill("/rates/new", {**odd, "confirm": "y"}).status_code == 302


def test_a_rate_is_corrected_and_a_stale_correction_refused(app: Flask, officer: Person) -> None:
    path = "/rates/EUR/2026-06-01/correct"
    officer.get(path)
    stale = dict(officer.hidden)
    sent = {"rate": "0.9050", "currency": "CHF", "effective_on": "2020-01-01"}
    assert officer.fill(path, sent).headers["Location"] == "/rates/EUR/2026-06-01"
    page = page_of(officer.get("/rates/EUR/2026-06-01"))
    assert "Units for one USD" in page
    assert "0.9100" in page
    assert "0.9050" in page
    late = officer.post(path, {**stale, "rate": "0.9060"})
    assert late.status_code == 409
    assert {row[-2] for row in business_rows(app)["rate"]}.isdisjoint({"0.9060", "CHF"})


def test_a_rate_is_voided_with_a_reason_or_not_at_all(app: Flask, officer: Person) -> None:
    before = business_rows(app)
    page = page_of(officer.get("/rates/EUR/2026-01-01/void"))
    assert "FR-1 needs a rate of EUR on 2026-02-01" in page
    refused = officer.fill("/rates/EUR/2026-01-01/void", {"reason": "a slip"})
    assert refused.status_code == 422
    assert officer.fill("/rates/EUR/2026-06-01/void", {"reason": " "}).status_code == 422
    assert business_rows(app) == before
    answer = officer.fill("/rates/EUR/2026-06-01/void", {"reason": "typed for another month"})
    assert answer.status_code == 302
    assert "typed for another month" in page_of(officer.get("/rates"))
    assert officer.get("/rates/EUR/2026-06-01/correct").status_code == 404


def test_a_months_rates_are_checked_then_recorded_together(app: Flask, officer: Person) -> None:
    sent = {"effective_on": "2026-06-10", "text": "EUR 0.9000\nNOK 10.4100\n"}
    before = business_rows(app)
    checked = officer.fill("/rates/month", {**sent, "check": "yes"})
    page = page_of(checked)
    assert checked.status_code == 200
    assert "NOK 100.00" in page
    assert "Record these 2 rates" in page
    assert "USD\u00a0732.60 more" in page
    assert business_rows(app) == before
    assert officer.fill("/rates/month", sent).headers["Location"] == "/rates"
    assert len(business_rows(app)["rate"]) == 5


def test_one_wrong_line_stops_them_all_and_is_named(app: Flask, officer: Person) -> None:
    before = business_rows(app)
    sent = {"effective_on": "2026-06-10", "text": "EUR 0.9000\nNOK ten\nnonsense here and there"}
    answer = officer.fill("/rates/month", sent)
    page = page_of(answer)
    assert answer.status_code == 422
    assert "Line 2: “ten” is not a plain number" in page
    assert "Line 3:" in page
    assert "nonsense here and there</textarea>" in page
    assert business_rows(app) == before


def test_an_uploaded_file_is_shown_before_it_is_recorded(app: Flask, officer: Person) -> None:
    officer.get("/rates/month")
    before = business_rows(app)
    file = (io.BytesIO(b"currency,effective_on,rate\r\nEUR,2026-06-10,0.9000\r\n"), "June rates.csv")
    body = {"csrf_token": officer.token, **officer.hidden, "effective_on": "", "text": "", "file": file}
    answer = officer.client.post("/rates/month", data=body, content_type="multipart/form-data")
    page = page_of(answer)
    assert answer.status_code == 200
    assert "EUR,2026-06-10,0.9000" in page
    assert "Record this rate" in page
    assert business_rows(app) == before


def test_a_workbook_is_read_and_a_stray_one_refused(app: Flask, officer: Person) -> None:
    from openpyxl import Workbook

    def upload(title: str, name: str) -> tuple[int, str]:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = title
        sheet.append(["currency", "effective_on", "rate"])
        sheet.append(["EUR", "2026-06-10", 0.9])
        content = io.BytesIO()
        book.save(content)
        content.seek(0)
        officer.get("/rates/month")
        body = {"csrf_token": officer.token, **officer.hidden, "text": "", "file": (content, name)}
        answer = officer.client.post("/rates/month", data=body, content_type="multipart/form-data")
        return answer.status_code, page_of(answer)

    before = business_rows(app)
    status, page = upload("rates", "june.xlsx")
    assert (status, "EUR,2026-06-10,0.9" in page) == (200, True)
    for title, name in (("donors", "june.xlsx"), ("Sheet1", "june.xlsx"), ("rates", "../../june.exe")):
        status, page = upload(title, name)
        assert status == 422, (title, name)
        assert 'id="file-msg"' in page
    assert business_rows(app) == before


HOSTILE = (
    "NaN",
    "Infinity",
    "1e400",
    "9" * 400,
    "-0",
    "0.005e2",
    "１",
    "nul\0byte",
    "=1+1",
    "{{ 7*7 }}",
    "x" * 9000,
)


@pytest.mark.parametrize("field", ["currency", "effective_on", "rate", "version", "confirm", "form_key"])
def test_no_value_breaks_a_field(officer: Person, field: str) -> None:
    officer.get("/rates/new")
    for number, typed in enumerate(HOSTILE):
        answer = officer.post("/rates/new", {**JUNE, "form_key": f"{number:032x}", field: typed})
        assert answer.status_code in (302, 400, 422), (field, typed[:20])
        text = {"form_key": f"{number + 50:032x}", "effective_on": typed, "text": f"EUR {typed}\n{typed}"}
        assert officer.post("/rates/month", text).status_code in (302, 400, 422)
        assert "<script>alert" not in page_of(answer)


def test_the_budget_page_lists_its_versions_and_both_columns(gcg: Person) -> None:
    page = page_of(gcg.get("/budget"))
    for said in (
        "20,054.00",
        "20,064.70",
        "+10.70",
        "4,425.98",
        "13/113",
        "by its published shares",
        "in force",
    ):
        assert said in page


def test_the_list_is_filtered_and_taken_along(officer: Person) -> None:
    csv = page_of(officer.get("/rates?format=csv&counts=now"))
    assert csv.splitlines()[0].lstrip("\ufeff").startswith("currency,effective_on,rate,")
    assert [line.split(",")[:3] for line in csv.splitlines()[1:]] == [["EUR", "2026-06-01", "0.9100"]]
    assert officer.get("/rates?format=xlsx").data[:2] == b"PK"
    assert "No rate fits" in page_of(officer.get("/rates?q=nothing"))
