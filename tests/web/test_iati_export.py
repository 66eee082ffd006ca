"""The page of the IATI file, and the file from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.reporting.iati_files import assert_valid
from tests.web.cast import EMAILS, NOON, Person, business_rows, page_of, signed_in
from tests.web.test_anonymous import NAMED
from tests.web.test_forms import RECEIPT
from tests.web.twins import OFFICER, ONE, TWO, twins_app


def test_the_page_says_what_is_published_and_by_whom(officer: Person) -> None:
    page = page_of(officer.get("/iati"))
    for words in ("IATI file", "15 June 2026", "XM-DAC-41302-A87-MDP", "100,000.00", "93,557.75"):
        assert words in page
    assert 'href="/iati.xml"' in page
    assert "Nothing on record is dated later than today." in page


def test_the_file_is_saved_and_valid(officer: Person) -> None:
    answer = officer.client.get("/iati.xml")
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    assert answer.headers["Content-Disposition"] == "attachment; filename=A87-iati-2026-06-15.xml"
    assert_valid(answer.get_data(), NOON)
    assert 'ref="NL/2026@1"' in answer.get_data(as_text=True)


def test_what_is_dated_later_is_counted_on_the_page(officer: Person) -> None:
    later = {**RECEIPT, "received_on": "2026-09-01", "confirm": "y"}
    assert officer.fill("/receipts/new", later).status_code == 302
    assert "one receipt dated later" in page_of(officer.get("/iati"))


def test_reading_it_changes_no_record(app: Flask, officer: Person, nobody: Person) -> None:
    before = business_rows(app)
    for address in ("/iati", "/iati.xml"):
        assert officer.get(address).status_code == 200
        assert officer.client.post(address).status_code == 405
        assert "/login" in nobody.get(address).headers["Location"]
    assert business_rows(app) == before


@pytest.mark.parametrize("role", ["gcg", "donor"])
def test_only_those_who_record_see_it(app: Flask, role: str) -> None:
    person = signed_in(app, EMAILS[role])
    assert person.get("/iati").status_code == 403
    assert person.get("/iati.xml").status_code == 403


@pytest.fixture(scope="module")
def veiled(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Two donors in the open and two anonymous ones, with all that can be kept of each."""
    with twins_app(seeded, tmp_path_factory.mktemp("veiled")) as app:
        yield app


def test_the_file_tells_nothing_of_an_anonymous_donor_even_when_an_officer_asks_for_it(veiled: Flask) -> None:
    text = signed_in(veiled, OFFICER).client.get("/iati.xml").get_data(as_text=True)
    assert [what for what, canary in NAMED.items() if canary.is_in(text)] == []
    assert "Anonymous donor 2" in text
    assert ONE.name in text


@pytest.mark.parametrize("twin", [ONE, TWO])
def test_of_donors_in_the_open_it_tells_money_and_no_persons(veiled: Flask, twin: object) -> None:
    assert isinstance(twin, type(ONE))
    text = signed_in(veiled, OFFICER).client.get("/iati.xml").get_data(as_text=True)
    told = {what for what, words in twin.kinds_of_text.items() if words in text}
    assert told == {"IATI reference", "target"}
    assert "@" not in text.replace("NL/2026@1", "")
