"""A table that comes period after period: which mapping reads it, and what is said before it is recorded."""

import re
from html import unescape

import pytest
from flask import Flask

from tests.reporting.reports import SMALL_DONORS
from tests.web.cast import Person, business_rows, page_of
from tests.web.test_import_columns import WIDE, WIDE_CHOICE, give, go_on, said, stored
from tests.web.test_imports import SEEN, record
from tracker.importing.mapping import parse_map

SAMPLES = SMALL_DONORS.parent / "pledges"
FIRST = "Donor,Pledges (USD),Contributions (USD)\nFrancia,1000.00,400.00\nSweden,500.00,0\n"
SECOND = "Donor,Pledges (USD),Contributions (USD)\nFrancia,3000.00,100.00\nNorway,70.00,0\n"
CHOICE = {
    "shape": "wide",
    "header_row": "1",
    "date_format": "YYYY-MM-DD",
    "number_format": "1234.56",
    "column-donor": "Donor",
    "column-pledged": "Pledges (USD)",
    "column-received": "Contributions (USD)",
    "constant-currency": "USD",
    "constant-date": "2026-02-01",
    "name": "GF 2017-2019",
}


def recorded(officer: Person, content: str, choice: dict[str, str], name: str) -> str:
    """A table read as chosen and recorded; the address of its preview."""
    where = give(officer, content, name)
    assert go_on(officer, where, choice).status_code == 302  # type: ignore[attr-defined]
    address = where.removesuffix("/columns")
    assert record(officer, address).status_code == 302
    return address


def test_a_second_period_without_references_is_never_read_with_the_first_ones_mapping_at_once(
    app: Flask, officer: Person
) -> None:
    recorded(officer, FIRST, CHOICE, "first.csv")
    before = business_rows(app)["pledge"]
    where = give(officer, SECOND, "second.csv")
    assert stored(app).mapping == ""
    assert officer.get(where.removesuffix("/columns")).headers["Location"] == where
    page = unescape(page_of(officer.get(where)))
    assert said(page)["saved"] == "GF 2017-2019"
    assert "Filled in from the saved mapping “GF 2017-2019”" in page
    assert "give every period a name of its own" in page
    go_on(officer, where, said(page) | {"name": "GF 2020-2022", "constant-date": "2026-03-01"})
    page = page_of(officer.get(where.removesuffix("/columns")))
    assert "Read with the mapping “GF 2020-2022”." in page
    assert "What would change" not in page and "import-warning" not in page
    assert record(officer, where.removesuffix("/columns")).status_code == 302
    after = business_rows(app)["pledge"]
    assert after[: len(before)] == before and len(after) == len(before) + 2


def test_what_would_change_is_said_above_the_button_and_on_it(officer: Person) -> None:
    recorded(officer, FIRST, CHOICE, "first.csv")
    where = give(officer, SECOND, "second.csv")
    go_on(officer, where, said(page_of(officer.get(where))))
    page = unescape(page_of(officer.get(where.removesuffix("/columns"))))
    button = re.search(r'<button class="btn btn-primary" type="submit">(Record [^<]*)<', page)
    assert button is not None
    assert button[1] == "Record 2 changes, 1 new pledge and 1 new donor"
    warning = page.index("2 records that are on record already would change.")
    assert warning < page.index(button[0])
    assert "give it a mapping with a name of its own" in page[warning : page.index(button[0])]
    row = page[page.index("import-changes") :]
    assert "Pledges · France" in row
    assert row.index("Amount</td>") < row.index("1,000.00") < row.index("3,000.00")


def test_the_very_same_file_is_read_as_it_was_recorded(app: Flask, officer: Person) -> None:
    recorded(officer, FIRST, CHOICE, "first.csv")
    other = CHOICE | {"name": "Later", "constant-date": "2026-04-01"}
    recorded(officer, SECOND, other, "second.csv")
    where = give(officer, FIRST, "again.csv")
    assert parse_map(stored(app).mapping).name == "GF 2017-2019"
    page = page_of(officer.get(where.removesuffix("/columns")))
    assert "The very same file was recorded with it before." in page
    assert "on record already, just so" in page and not SEEN.search(page)


def test_a_mapping_with_references_is_taken_at_once_and_named_with_a_way_to_its_columns(
    app: Flask, officer: Person
) -> None:
    where = give(officer, WIDE)
    go_on(officer, where, WIDE_CHOICE | {"name": "OCHA"})
    later = give(officer, WIDE.replace("W-", "X-"), "later.csv")
    assert parse_map(stored(app).mapping).name == "OCHA"
    for _time in range(2):
        page = page_of(officer.get(later.removesuffix("/columns")))
        assert "Read with the mapping “OCHA”." in page
        assert f'href="{later}">Look at the columns' in page
    assert "The very same file" not in page


def test_where_two_saved_mappings_fit_a_person_says_which(app: Flask, officer: Person) -> None:
    where = give(officer, WIDE)
    go_on(officer, where, WIDE_CHOICE | {"name": "OCHA"})
    go_on(officer, where, WIDE_CHOICE | {"name": "OCHA unsigned", "column-signed": ""})
    later = give(officer, WIDE.replace("W-", "X-"), "later.csv")
    assert stored(app).mapping == ""
    assert said(page_of(officer.get(later)))["saved"] == "OCHA"


def test_the_periods_of_the_global_fund_stay_apart(app: Flask, officer: Person) -> None:
    first, second = (SAMPLES / f"global-fund-{years}.csv" for years in ("2017-2019", "2020-2022"))
    if not first.exists():
        pytest.skip(f"{first} is not there")
    where = give(officer, first.read_bytes(), first.name)
    choice = said(page_of(officer.get(where))) | {"constant-currency": "USD", "name": "GF 2017-2019"}
    choice |= {"constant-pledged_on": "2017-01-01", "constant-received_on": "2017-01-01"}
    go_on(officer, where, choice)
    officer.fill(where.replace("/columns", "/donors"), {"rest": "new"})
    assert record(officer, where.removesuffix("/columns")).status_code == 302
    before = business_rows(app)
    later = give(officer, second.read_bytes(), second.name)
    assert stored(app).mapping == ""
    go_on(officer, later, said(page_of(officer.get(later))) | {"name": "GF 2020-2022"})
    officer.fill(later.replace("/columns", "/donors"), {"rest": "new"})
    page = page_of(officer.get(later.removesuffix("/columns")))
    assert "import-warning" not in page
    assert record(officer, later.removesuffix("/columns")).status_code == 302
    after = business_rows(app)
    for table in ("pledge", "receipt"):
        assert after[table][: len(before[table])] == before[table]
        assert len(after[table]) > len(before[table])
