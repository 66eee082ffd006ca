"""Everything can be found and taken away: what the address asks for, and files with the page's figures."""

import csv
import io
import re
from datetime import date, datetime

import pytest
from flask import Flask
from openpyxl import load_workbook

from tests.web.cast import NOON, SCRIPT, TODAY, Person, page_of
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services.records import Desk, record_donor, record_receipt

LISTS = ("/donors", "/pledges", "/instalments", "/receipts", "/refunds")


def names(page: str) -> list[str]:
    """The first column's links, in order."""
    return re.findall(r'<td><a href="[^"]*">([^<]*)</a>', page)


def table(person: Person, path: str) -> list[dict[str, str]]:
    """A list's CSV, by column."""
    answer = person.get(path)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def record(app: Flask, donors: list[dict[str, str]], receipts: list[dict[str, str]]) -> None:
    """More records, through the services."""
    with app.app_context():
        begin_write(db.session())
        actor = Actor("officer@alliance.test", NOON, "test")
        desk = Desk(db.session(), actor, the_programme(db.session()).id, TODAY)
        for donor in donors:
            record_donor(desk, raw=donor)
        for receipt in receipts:
            record_receipt(desk, raw=receipt, confirmed=True)
        db.session.commit()


# Order


def test_a_list_is_put_in_order_by_its_heads(officer: Person) -> None:
    page = page_of(officer.get("/donors"))
    assert names(page)[:2] == ["Netherlands", "France"], "what was received, the largest first"
    assert re.search(r'aria-sort="descending"><a href="/donors\?sort=-received">Received', page)
    turned = page_of(officer.get("/donors?sort=-received"))
    assert names(turned)[-2:] == ["France", "Netherlands"]
    assert 'aria-sort="ascending"' in turned
    by_name = page_of(officer.get("/donors?sort=name"))
    assert names(by_name)[:2] == ["France", "France Télévisions"]
    assert by_name.count("aria-sort") == 1


def test_what_is_not_known_stands_last_both_ways(officer: Person) -> None:
    for sort in ("last", "-last"):
        assert names(page_of(officer.get(f"/donors?sort={sort}")))[-1] not in ("France", "Netherlands")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "asked",
    [
        "sort=__class__&state=all&kind=x&donor=%00&currency=&page=0",
        "sort=-&page=-1&format=pdf",
        "q=%00&from=%00",
        "sort=name&sort=date&page=99999999999999",
        "_external=1&_scheme=javascript&format=",
    ],
)
def test_an_address_that_asks_for_nonsense_shows_the_list(officer: Person, path: str, asked: str) -> None:
    answer = officer.get(f"{path}?{asked}")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert "javascript:" not in page_of(answer)


# Filters


def test_filters_and_search_go_together_and_stay_in_every_link(officer: Person) -> None:
    page = page_of(officer.get("/donors?q=france&kind=government&sort=name"))
    assert names(page) == ["France"]
    assert 'href="/donors?q=france&amp;kind=government&amp;sort=name&amp;format=csv"' in page
    assert 'href="/donors?q=france&amp;kind=government&amp;sort=-name"' in page
    assert '<option value="government" selected>' in page


def test_accents_and_capitals_do_not_matter(officer: Person) -> None:
    assert names(page_of(officer.get("/donors?q=TELEVIS"))) == ["France Télévisions"]


def test_instalments_are_found_by_state_day_and_donor(officer: Person) -> None:
    assert len(table(officer, "/instalments?format=csv")) == 4
    overdue = table(officer, "/instalments?state=overdue&format=csv")
    assert [(row["pledge"], row["open"], row["days_overdue"]) for row in overdue] == [
        ("NL/2026@1", "60000.00", "66"),
        ("HUSH-7", "5000.00", "45"),
        ("FR-1", "60000.00", "31"),
    ]
    in_march = table(officer, "/instalments?from=2026-03-01&until=2026-03-15&format=csv")
    assert [row["due_on"] for row in in_march] == ["2026-03-15"]
    assert {row["donor"] for row in table(officer, "/instalments?donor=FR&format=csv")} == {"FR"}
    assert [row["pledge"] for row in table(officer, "/instalments?late=to90&donor=NL&format=csv")] == [
        "NL/2026@1"
    ]


def test_a_day_that_is_none_stays_with_what_would_be_right_and_bounds_nothing(officer: Person) -> None:
    page = page_of(officer.get("/receipts?from=15.3.2026"))
    assert 'value="15.3.2026"' in page
    assert 'aria-invalid="true"' in page
    assert re.search(r'id="f-from-msg">[^<]*2026', page)
    assert len(names(page)) == 3


def test_fifty_stand_on_a_page_and_totals_are_of_all_pages(app: Flask, officer: Person) -> None:
    many = [
        {
            "reference": f"N{at:03}",
            "donor": "NL",
            "received_on": "2026-02-01",
            "currency": "USD",
            "amount": "1.01",
        }
        for at in range(120)
    ]
    record(app, [], many)
    first = page_of(officer.get("/receipts?q=N0&sort=name"))
    assert names(first)[0] == "N000"
    assert "101.00" in first, "100 receipts, over two pages"
    assert 'href="/receipts?q=N0&amp;sort=name&amp;page=2"' in first
    second = page_of(officer.get("/receipts?q=N0&sort=name&page=2"))
    assert names(second)[0] == "N050"
    assert "101.00" in second
    assert 'rel="prev" href="/receipts?q=N0&amp;sort=name"' in second
    assert len(table(officer, "/receipts?q=N0&page=2&format=csv")) == 100, "a file holds all pages"


def test_totals_that_do_not_add_up_naively_say_why(officer: Person) -> None:
    page = page_of(officer.get("/donors")).replace("\u00a0", " ")
    assert "Received and open together are <b>USD 50,796.17</b> more than pledged." in page
    assert "Exchange rates have added USD 19.17 since" in page, "−697.51 realised and 716.68 open, of France"
    assert "USD 50,777.00 came without a pledge." in page


# Files


def test_a_file_has_the_pages_figures(officer: Person) -> None:
    page = page_of(officer.get("/donors?sort=name"))
    rows = table(officer, "/donors?sort=name&format=csv")
    assert [row["name"] for row in rows][:2] == ["France", "France Télévisions"]
    for row in rows:
        for figure in (row["received_usd"], row["open_usd"], row["pledged_usd"]):
            if figure != "0.00":
                assert f"{float(figure):,.2f}" in page
    assert sum(round(float(row["received_usd"]) * 100) for row in rows) == 9_355_775


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_a_workbook_with_real_numbers_and_days(officer: Person, path: str) -> None:
    answer = officer.get(f"{path}?format=xlsx")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename=A87-{path[1:]}-2026-06-15.xlsx"
    book = load_workbook(io.BytesIO(answer.data))
    heads = [cell.value for cell in book.worksheets[0][1]]
    assert all(heads)
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert about["As of"] == "2026-06-15"
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", about["Audit anchor"])


def test_a_workbooks_cells_are_typed_and_its_totals_are_the_pages(officer: Person) -> None:
    data = officer.get("/receipts?sort=name&format=xlsx").data
    sheet, values = (load_workbook(io.BytesIO(data), data_only=only).worksheets[0] for only in (False, True))
    heads = [cell.value for cell in sheet[1]]
    row = dict(zip(heads, (cell.value for cell in sheet[3]), strict=True))
    assert row["Receipt"] == "R1"
    assert row["Amount"] == 40_000
    assert row["USD"] == 42_780.75
    assert isinstance(row["Value date"], datetime)
    assert row["Value date"].date() == date(2026, 3, 20)
    assert sheet.cell(5, heads.index("USD") + 1).value == "=SUBTOTAL(109,I2:I4)"
    assert values.cell(5, heads.index("USD") + 1).value == 93_557.75


def test_what_was_asked_for_is_said_in_the_workbook(officer: Person) -> None:
    book = load_workbook(io.BytesIO(officer.get("/receipts?q=R1&currency=EUR&format=xlsx").data))
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert about["Search"] == "R1"
    assert about["Currency"] == "EUR"
    assert about["Rows"] == "1"


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "'=1"])
def test_a_name_is_never_a_formula(app: Flask, officer: Person, start: str) -> None:
    record(app, [{"code": "EVIL", "name": start, "kind": "other"}], [])
    (row,) = (row for row in table(officer, "/donors?format=csv") if row["code"] == "EVIL")
    assert row["name"] == f"'{start}"
    sheet = load_workbook(io.BytesIO(officer.get("/donors?format=xlsx").data)).worksheets[0]
    (cell,) = (row[1] for row in sheet.iter_rows(min_row=2) if row[0].value == "EVIL")
    assert cell.value == start
    assert cell.data_type == "s", "text, whatever it begins with"


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_list_and_no_file_is_for_others(gcg: Person, france: Person, path: str, kind: str) -> None:
    for person in (gcg, france):
        for asked in (path, f"{path}?format={kind}", "/search?q=a"):
            assert person.get(asked).status_code == 403


# The work list


def test_each_line_of_the_work_list_leads_to_its_records(officer: Person) -> None:
    page = page_of(officer.get("/"))
    assert "Three instalments are overdue" in page
    assert "130,934.07" in page
    assert 'href="/instalments?state=overdue"' in page
    assert 'href="/instalments?state=overdue&amp;late=to90"' in page
    assert len(table(officer, "/instalments?state=overdue&format=csv")) == 3


def test_the_work_list_is_for_officers_and_for_today(officer: Person, gcg: Person) -> None:
    assert 'id="work-title"' not in page_of(gcg.get("/"))
    assert 'id="work-title"' not in page_of(officer.get("/?as_of=2026-05-31"))


# Search


def test_donors_pledges_and_receipts_are_found_by_a_few_letters(officer: Person) -> None:
    assert 'href="/donors/FR"' in page_of(officer.get("/search?q=francia"))
    assert 'href="/donors/FTV"' in page_of(officer.get("/search?q=televisions"))
    assert 'href="/pledges/NL/2026@1"' in page_of(officer.get("/search?q=nl/2026"))
    page = page_of(officer.get("/search?q=R1"))
    assert 'href="/receipts/R1"' in page
    assert "EUR\u00a040,000.00" in page


def test_at_most_twenty_of_each_are_shown_and_the_rest_is_a_link_away(app: Flask, officer: Person) -> None:
    donors = [{"code": f"Q{at:02}", "name": f"Quorum {at}", "kind": "cso"} for at in range(25)]
    record(app, donors, [])
    page = page_of(officer.get("/search?q=quorum"))
    assert len(re.findall(r'<td><a href="/donors/Q\d\d"', page)) == 20
    assert 'href="/donors?q=quorum">All 25 donors' in page


@pytest.mark.parametrize(
    "query", ["", "   ", "%", "_", "\x00", SCRIPT, "x" * 5000, "'; DROP TABLE donor; --", "½"]
)
def test_a_search_takes_any_text_as_text(officer: Person, query: str) -> None:
    answer = officer.get("/search", query_string={"q": query})
    assert answer.status_code == 200
    assert "<script>alert" not in page_of(answer)


def test_nothing_found_says_what_may_help(officer: Person) -> None:
    assert "Fewer letters may find more" in page_of(officer.get("/search?q=zzz"))


def test_the_dark_bar_has_the_search_for_who_may_use_it(officer: Person, gcg: Person) -> None:
    assert 'action="/search"' in page_of(officer.get("/"))
    assert "/search" not in page_of(gcg.get("/"))
