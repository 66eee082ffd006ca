"""The bank list in the browser: uploaded or pasted, its columns chosen, every credit explained."""

import re
from io import BytesIO

import pytest
from flask import Flask

from tests.web.cast import Person, business_rows, page_of
from tracker.extensions import db
from tracker.queries.bank import bank_lists
from tracker.queries.programmes import the_programme

LIST = (
    "Valuta;Betrag;Auftraggeber;Text;Referenz\n"
    "20.03.2026;40.000,00;TRESOR PUBLIC FRANCE;Alliance 8.7;DC-1\n"
    "10.06.2026;60.000,00;FRANCIA;second instalment;DC-2\n"
    "11.06.2026;-12,50;Bank;charges;DC-3\n"
    "12.06.2026;777,77;N.N.;donation;DC-4\n"
    "13.06.2026;5,00;Bank;interest;DC-5\n"
)
CHOICE = {
    "name": "June 2026",
    "header_row": "1",
    "value_on": "Valuta",
    "amount": "Betrag",
    "constant": "EUR",
    "payer": "Auftraggeber",
    "details": "Text",
    "ledger_ref": "Referenz",
    "date_format": "DD.MM.YYYY",
    "number_format": "1.234,56",
    "layout_name": "UBS",
}
ROWS = re.compile(r'name="rows"[^>]*value="([^"]*)"')


def read(officer: Person, text: str = LIST) -> dict[str, str]:
    """Paste a list; what its columns page carries on."""
    from html import unescape

    page = page_of(officer.fill("/bank/new", {"name": "June 2026", "text": text}))
    return {**officer.hidden, "rows": unescape(ROWS.search(page)[1])}  # type: ignore[index]


def recorded(officer: Person, text: str = LIST) -> str:
    """Paste and record a list; its address."""
    answer = officer.post("/bank/new/record", {**read(officer, text), **CHOICE})
    assert answer.status_code == 302, page_of(answer)
    return str(answer.headers["Location"])


def lines(app: Flask) -> list[tuple[int, str, str, int]]:
    """Row, state, receipt and id of every line of the newest list."""
    with app.app_context():
        found = bank_lists(db.session(), the_programme(db.session()).id)[0]
    return [(one.line.number, one.state, one.receipt, one.id) for one in found.lines]


def act(officer: Person, line_id: int, verb: str, data: dict[str, str]) -> object:
    """One action on a line, with a form of its page."""
    officer.get(f"/bank/lines/{line_id}")
    return officer.post(f"/bank/lines/{line_id}/{verb}", {**officer.hidden, **data})


def test_the_columns_are_suggested_and_the_formats_asked_for(officer: Person) -> None:
    carried = read(officer)
    page = page_of(officer.post("/bank/new/columns", {**carried, **CHOICE, "date_format": ""}))
    assert "Say how the list writes this" in page
    page = page_of(officer.post("/bank/new/columns", {**carried, **CHOICE}))
    assert "Record 4 credits" in page
    assert "(below zero: a debit): row 4" in page
    assert "EUR 100,782.77" in page


def test_a_wrong_row_is_named_and_nothing_recorded(app: Flask, officer: Person) -> None:
    wrong = LIST.replace("12.06.2026", "31.02.2026").replace("777,77", "7,77,7")
    answer = officer.post("/bank/new/record", {**read(officer, wrong), **CHOICE})
    assert answer.status_code == 422
    assert "Row 5, Value date" in page_of(answer)
    assert "Row 5, Amount credited" in page_of(answer)
    assert "No bank list yet" in page_of(officer.get("/bank"))


def test_the_same_list_twice_changes_nothing_and_says_so(app: Flask, officer: Person) -> None:
    where = recorded(officer)
    before = business_rows(app)
    answer = officer.fill("/bank/new", {"text": LIST})
    assert (answer.status_code, answer.headers["Location"]) == (302, where)
    assert "Nothing was changed" in page_of(officer.get(where))
    assert business_rows(app) == before


def test_the_choice_of_columns_is_offered_next_time(officer: Person) -> None:
    recorded(officer)
    page = page_of(officer.fill("/bank/new", {"text": LIST.replace("777,77", "888,88")}))
    assert '<option selected value="DD.MM.YYYY">' in page
    assert "A choice of before" in page


def test_a_month_is_explained_line_by_line_and_all_at_once(app: Flask, officer: Person) -> None:
    where = recorded(officer)
    page = page_of(officer.get(where))
    assert "Confirm all 2 suggestions" in page
    assert "4 credits are not explained yet" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    answer = officer.post(f"{where}/all", {**officer.hidden, "seen": seen[1]})
    assert answer.headers["Location"] == where
    assert "2 lines settled, one new receipt" in page_of(officer.get(where))
    by_row = {row: (state, receipt, id_) for row, state, receipt, id_ in lines(app)}
    assert by_row[2][:2] == ("settled", "R1")
    assert by_row[3][:2] == ("settled", "FR-2026-001")
    receipt = page_of(officer.get("/receipts/FR-2026-001"))
    assert "DC-2" in receipt and "FR-1" in receipt
    assert act(officer, by_row[5][2], "hold", {}).status_code == 302  # type: ignore[attr-defined]
    assert act(officer, by_row[6][2], "aside", {"reason": "Interest of the bank"}).status_code == 302  # type: ignore[attr-defined]
    page = page_of(officer.get(where))
    assert "Every credit is explained" in page
    assert "Interest of the bank" in page
    assert "UNIDENTIFIED-2026-001" in page


def test_a_line_refuses_what_is_not_so(app: Flask, officer: Person) -> None:
    recorded(officer)
    line = lines(app)[2][3]
    before = business_rows(app)
    for verb, data, words in (
        ("aside", {"reason": " "}, "Nothing is given"),
        ("settle", {"receipt": "nonsense"}, "There is no receipt"),
        ("settle", {"receipt": "R2"}, "Is it this money all the same?"),
        ("record", {"donor": "nobody"}, "There is no donor"),
        ("hold", {"version": "7"}, "Somebody changed this meanwhile"),
    ):
        answer = act(officer, line, verb, data)
        assert answer.status_code == 422, verb  # type: ignore[attr-defined]
        assert words in page_of(answer), verb  # type: ignore[arg-type]
    assert business_rows(app) == before


def test_a_receipt_stands_for_one_line_and_a_line_can_be_opened_again(app: Flask, officer: Person) -> None:
    where = recorded(officer)
    first, second = lines(app)[0][3], lines(app)[2][3]
    act(officer, first, "settle", {"receipt": "R1"})
    answer = act(officer, second, "settle", {"receipt": "R1", "confirm": "y"})
    assert "stands for another line" in page_of(answer)  # type: ignore[arg-type]
    officer.get(where)
    act(officer, first, "reopen", {})
    assert lines(app)[0][1:3] == ("open", "")


def test_a_workbook_needs_no_formats(officer: Person) -> None:
    from datetime import date

    from openpyxl import Workbook

    book, file = Workbook(), BytesIO()
    for row in (["Value date", "Credit", "Payer"], [date(2026, 6, 10), 60000.5, "France"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(file)
    file.seek(0)
    officer.get("/bank/new")
    data = {**officer.hidden, "file": (file, "list.xlsx")}
    page = page_of(officer.post("/bank/new", data))  # type: ignore[arg-type]
    from html import unescape

    carried = {**officer.hidden, "rows": unescape(ROWS.search(page)[1])}  # type: ignore[index]
    chosen = {"value_on": "Value date", "amount": "Credit", "payer": "Payer", "constant": "USD"}
    page = page_of(officer.post("/bank/new/columns", {**carried, "name": "x", "header_row": "1", **chosen}))
    assert "USD 60,000.50" in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choose a file, or paste the list"),
        ({"file": (BytesIO(b"PK\x03\x04"), "a.csv")}, "This is a workbook and not CSV"),
        ({"file": (BytesIO(b"PK\x03\x04"), "a.xlsx")}, "This is not a workbook that can be read"),
        ({"file": (BytesIO(b"\xff\xfe1"), "a.csv")}, "not in UTF-8"),
        ({"file": (BytesIO(b"%PDF"), "a.pdf")}, "neither CSV nor a workbook"),
        ({"file": (BytesIO(b"a"), "a.csv"), "text": "a"}, "Give one of them"),
        ({"text": 'a;"b'}, "quotation mark"),
        ({"text": "a\0b"}, "not a text file"),
        ({"text": "a\n" * 5001}, "5001 rows"),
    ],
)
def test_what_is_no_list_is_refused_with_what_would_be_right(
    officer: Person, data: dict[str, str], words: str
) -> None:
    answer = officer.fill("/bank/new", data)
    assert answer.status_code == 422
    assert words in page_of(answer)


def test_a_list_uploaded_in_error_is_voided_with_a_reason(officer: Person) -> None:
    where = recorded(officer)
    officer.get(where)
    assert officer.post(f"{where}/void", {**officer.hidden, "reason": ""}).status_code == 422
    officer.get(where)
    assert officer.post(f"{where}/void", {**officer.hidden, "reason": "wrong month"}).status_code == 302
    assert officer.get(where).status_code == 404
    assert recorded(officer) != where


@pytest.mark.parametrize("path", ["/bank/99", "/bank/lines/99", "/bank/9223372036854775808", "/bank/1,2"])
def test_what_is_not_there_is_not_found(officer: Person, path: str) -> None:
    assert officer.get(path).status_code == 404
