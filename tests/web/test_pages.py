"""Pages show what is on record, to who may see it, as text and never as code."""

import io
import re

import pytest
from flask import Flask
from openpyxl import load_workbook

from tests.web.cast import SCRIPT, Person, page_of

OFFICER_PAGES = (
    "/",
    "/donors",
    "/donors/FR",
    "/donors/XSS",
    "/donors/HUSH",
    "/donors/UNIDENTIFIED",
    "/donors/new",
    "/donors/edit/XSS",
    "/pledges",
    "/pledges/FR-1",
    "/pledges/NL/2026@1",
    "/pledges/new?donor=XSS",
    "/pledges/edit/FR-1",
    "/receipts",
    "/receipts/R1",
    "/receipts/R2",
    "/receipts/new",
    "/receipts/new?donor=XSS",
    "/receipts/new?pledge=NL/2026@1",
    "/budget",
    "/months/2026-03",
    "/cells/O2/2026-03",
)


@pytest.mark.parametrize("path", OFFICER_PAGES)
def test_every_page_opens_and_names_from_outside_are_text(officer: Person, path: str) -> None:
    answer = officer.get(path)
    page = page_of(answer)
    assert answer.status_code == 200
    assert SCRIPT not in page
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page), "nothing inline: the policy would refuse it"
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert page.count("<h1") == 1


def test_a_script_in_a_name_or_in_a_search_is_shown_as_text(officer: Person) -> None:
    shown = "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert shown in page_of(officer.get("/donors"))
    assert shown in page_of(officer.get("/donors/XSS"))
    for path in ("/donors", "/pledges", "/receipts"):
        page = page_of(officer.get(path, query_string={"q": '"><script>alert(2)</script>'}))
        assert "<script>alert(2)" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/donors/NOBODY",
        "/donors/edit/NOBODY",
        "/donors/fr",
        "/donors/1",
        "/donors/%00",
        "/donors/..%2f..",
        "/pledges/NOTHING",
        "/pledges/edit/NOTHING",
        "/pledges/9223372036854775808",
        "/receipts/NOTHING",
        "/receipts/R1,R2",
        "/months/2026-13",
        "/nothing/here",
    ],
)
def test_what_is_not_on_record_is_a_plain_page(officer: Person, path: str) -> None:
    answer = officer.get(path)
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] in page_of(answer)


def test_a_reference_may_hold_any_character(officer: Person) -> None:
    base = {"donor": "NL", "currency": "USD", "amount": "5.00", "pledged_on": "2026-06-01"}
    for reference in ("a//b", "/lead", "trail/", "q?x=1&y#z", "50 %", "ünï/☃", "a@2026-01-01", "new/x"):
        where = officer.fill("/pledges/new", {**base, "reference": reference}).headers["Location"]
        answer = officer.get(where)
        assert answer.status_code == 200, reference
        assert officer.get(where.replace("/pledges/", "/pledges/edit/", 1)).status_code == 200


def test_a_pledges_page_shows_its_five_figures_and_what_it_covers(officer: Person) -> None:
    page = page_of(officer.get("/pledges/FR-1"))
    for figure in ("100,000.00", "40,000.00", "60,000.00", "65,934.07", "\u2212697.51", "716.68"):
        assert figure in page
    for figure in ("25,153.29", "17,627.46", "17,233.24", "108,714.82"):
        assert figure in page, "what it covers, month by month"
    for words in (
        "31 days overdue",
        "Agreement signed",
        "Instalment 2 fell due",
        "A. Moreau",
        "15 Jun 2026, 14:00",
    ):
        assert words in page


def test_a_receipts_page_shows_its_split_and_its_months(officer: Person) -> None:
    page = page_of(officer.get("/receipts/R1"))
    for figure in ("40,000.00", "42,780.75", "37,219.25", "5,561.50", "17,154.55"):
        assert figure in page


def test_the_donors_list_adds_up_and_is_filtered(officer: Person) -> None:
    page = page_of(officer.get("/donors"))
    assert "93,557.75" in page
    assert "130,934.07" in page
    found = page_of(officer.get("/donors?q=télév"))
    assert "France Télévisions" in found
    assert "Netherlands" not in found
    overdue = page_of(officer.get("/donors?state=overdue"))
    assert "France Télévisions" not in overdue
    assert "Netherlands" in overdue
    assert "Francia" not in page
    assert '/donors/FR"' in page_of(officer.get("/donors?q=francia"))
    assert officer.get("/donors?page=99999999999&state=all&q=" + "x" * 3000).status_code == 200


def test_list_links_carry_only_what_lists_know(officer: Person) -> None:
    page = page_of(officer.get("/donors?q=a&_external=1&_scheme=javascript&_anchor=x&other=1"))
    assert "javascript:" not in page
    assert "other=1" not in page


def test_the_budget_shows_both_columns_and_both_notes(gcg: Person) -> None:
    page = page_of(gcg.get("/budget"))
    for figure in ("6,490.00", "6,489.91", "\u22120.09", "+10.70", "\u22122.20", "\u22128.41", "4,425.98"):
        assert figure in page
    assert "100.00\u00a0%" in page
    assert "Nothing is corrected silently" in page


# What is whose


def test_a_donor_sees_its_own_money_and_nothing_of_a_neighbour(france: Person) -> None:
    page = page_of(france.get("/own"))
    assert "42,780.75" in page
    assert "65,934.07" in page
    others = ("Télévisions", "777.00", "Netherlands", "50,000.00", "R2", "R-FTV", "NL/2026@1", "HUSH-7")
    for other in others:
        assert other not in page
    assert "not expenditure" in page


@pytest.mark.parametrize(
    "asked", ["donor=FTV", "donor=NL&donor=FTV", "code=FTV", "id=3", "donor=all", "donor=", "as=FTV"]
)
def test_whose_page_it_is_comes_from_the_login_alone(france: Person, asked: str) -> None:
    assert page_of(france.get(f"/own?{asked}")).count("777.00") == 0
    assert "France: your contributions" in page_of(france.get(f"/own?{asked}"))
    assert france.client.post("/own", data={"donor": "FTV"}).status_code in (400, 405)


def test_a_donor_opens_no_record_by_its_address(france: Person) -> None:
    paths = ("/donors/FR", "/donors/FTV", "/pledges/FR-1", "/receipts/R1", "/budget", "/reports/workbook")
    assert [france.get(path).status_code for path in paths] == [403] * len(paths)


def test_a_name_hidden_from_the_gcg_is_nowhere_on_its_pages(gcg: Person, officer: Person) -> None:
    assert "Secret Giver" in page_of(officer.get("/?late=all"))
    for path in (
        "/?late=all",
        "/?as_of=2028-06-30&late=all",
        "/months/2026-06",
        "/cells/O1/2026-06",
        "/budget",
    ):
        page = page_of(gcg.get(path))
        assert "Secret" not in page, path
        assert "HUSH" not in page, path
    assert "Anonymous donor 1" in page_of(gcg.get("/?late=all"))


def test_a_name_hidden_from_the_gcg_is_not_in_its_workbook(gcg: Person) -> None:
    book = load_workbook(io.BytesIO(gcg.get("/reports/workbook").data))
    words = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value}
    assert not [word for word in words if "Secret" in word or "HUSH" in word]


def test_a_workbook_has_a_safe_name_and_says_its_day(gcg: Person) -> None:
    answer = gcg.get("/reports/workbook?as_of=2028-06-30")
    assert answer.headers["Content-Disposition"] == "attachment; filename=A87-funding-2028-06-30.xlsx"
    assert "Position" in load_workbook(io.BytesIO(answer.data)).sheetnames


@pytest.mark.parametrize("day", ["2028-6-30", "tomorrow", "2026-02-30", "1999-12-31", '2028-06-30"\r\nX: 1'])
def test_a_workbook_of_no_day_is_refused_with_what_would_be_right(gcg: Person, day: str) -> None:
    answer = gcg.get("/reports/workbook", query_string={"as_of": day})
    assert answer.status_code == 400
    lead = re.search(r'<p class="lead">(.*?)</p>', page_of(answer), re.DOTALL)
    assert lead is not None
    assert re.search(r"Write|Give|or later", lead[1])


def test_no_page_of_the_gcg_offers_what_it_may_not_do(gcg: Person) -> None:
    page = page_of(gcg.get("/"))
    assert "/receipts" not in page
    assert "/donors" not in page
    assert "/pledges" not in page
    assert "/reports/workbook" in page


def test_navigation_marks_where_one_is(app: Flask, officer: Person) -> None:
    page = page_of(officer.get("/pledges/FR-1"))
    assert re.search(r'<a href="/pledges" aria-current="page">', page)
