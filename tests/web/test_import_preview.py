"""What an import's preview says of rates, amounts and earmarks, and of a file that cannot be read."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from flask import Flask

from tests.web.cast import TODAY, Person, page_of
from tests.web.test_imports import IATI, PLEDGES, given, record, stored
from tracker.domain.exchange import Rate
from tracker.domain.exposure import OpenIn
from tracker.domain.money import parse_decimal
from tracker.extensions import db
from tracker.presentation import Writer
from tracker.queries.programmes import the_programme
from tracker.queries.register import load_register
from tracker.reporting.exposure import rate_words

PROVIDER = "<provider-org><narrative>Quokka Foundation</narrative></provider-org></transaction>"


def test_missing_rates_are_summed_up_in_one_line_each(officer: Person) -> None:
    rows = "".join(f"K-{n},NL,KWD,{n}.500,2026-03-{n % 28 + 1:02}\n" for n in range(1, 301))
    header = PLEDGES.splitlines()[0]
    address = given(officer, "pledges.csv", f"{header}\nJ-1,NL,JOD,5.000,2026-02-01\n{rows}")
    page = unescape(page_of(officer.get(address)))
    assert "JOD: one row of 1 Feb 2026; no rate is in force on that day" in page
    assert "KWD: 300 rows from 1 Mar 2026 to 28 Mar 2026; no rate is in force on the first" in page
    assert "There are 2 things to put right" in page
    assert page.count("No rate of KWD") == 0
    assert f"/rates/new?currency=KWD&effective_on=2026-03-01&next={address}" in page


def test_a_missing_rate_is_recorded_by_the_link_and_leads_back(officer: Person) -> None:
    header = PLEDGES.splitlines()[0]
    address = given(officer, "pledges.csv", f"{header}\nJ-1,NL,JOD,5.000,2026-02-01\n")
    link = re.search(r'href="(/rates/new[^"]*)"', page_of(officer.get(address)))
    assert link is not None
    form = page_of(officer.get(unescape(link[1])))
    assert re.search(r'<option[^>]*selected[^>]*value="JOD"|value="JOD"[^>]*selected', form)
    assert 'value="2026-02-01"' in form
    assert f'href="{address}">Cancel' in form
    typed = {"currency": "JOD", "effective_on": "2026-02-01", "rate": "0.7090"}
    answer = officer.fill(unescape(link[1]), typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    page = page_of(officer.get(address))
    assert "Recorded:" in page and "Record 1 pledge" in page
    outside = officer.fill("/rates/new?next=//evil.example", {**typed, "effective_on": "2026-03-01"})
    assert outside.headers["Location"] == "/rates/JOD/2026-03-01"


def test_amounts_in_questions_and_of_new_records_are_grouped(officer: Person) -> None:
    content = PLEDGES.replace("1000.00", "700000.00").replace("EUR", "USD")
    page = unescape(page_of(officer.get(given(officer, "pledges.csv", content))))
    assert "worth USD 60,000.00)" in page
    assert re.search(r">Pledged on</th>.*>700,000.00</td>", page, re.S)
    back = IATI.replace('code="3"', 'code="1"').replace('code="11"', 'code="1"').replace(">70<", ">-1200<")
    back = back.replace("</value></transaction>", "</value>" + PROVIDER)
    page = unescape(page_of(officer.get(given(officer, "acts.xml", back))))
    assert "USD −1,200 is money given back" in page


@pytest.mark.parametrize(
    "content", ["Donor,Pledged\nCôte,1\n".encode("latin-1"), b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n"]
)
def test_a_file_that_cannot_be_read_offers_nothing_but_to_drop_it(officer: Person, content: bytes) -> None:
    address = given(officer, "theirs.csv", content)
    page = unescape(page_of(officer.get(address)))
    assert "one thing to put right" in page and "UTF-8" in page
    assert f"{address}/columns" not in page and f"{address}/donors" not in page
    assert "Choose other columns" not in page
    assert "Drop this file" in page


def test_the_earmark_of_an_iati_file_is_said_for_all_of_it(app: Flask, officer: Person) -> None:
    address = given(officer, "acts.xml", IATI)
    assert 'id="earmark" name="earmark" type="text" value="core"' in page_of(officer.get(address))
    for wrong in ("O9", "O1:30 O2:20", "targeted:", "<b>"):
        answer = officer.post(f"{address}/earmark", {**_opened(officer, address), "earmark": wrong})
        assert answer.status_code == 422, wrong
        assert 'id="earmark-msg"' in page_of(answer) and "<b>" not in page_of(answer)
    assert stored(app, address).mapping == ""
    opened = _opened(officer, address)
    answer = officer.post(f"{address}/earmark", {**opened, "earmark": "O2"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    late = officer.post(f"{address}/earmark", {**opened, "form_key": "0" * 32, "earmark": "O1"})
    assert late.status_code == 302
    assert stored(app, address).mapping == '[constants]\nearmark = "O2"\n'
    assert record(officer, address).status_code == 302
    with app.app_context():
        found = load_register(db.session(), the_programme(db.session()).id, TODAY)
        assert [one.pledge.earmark.outcomes for one in found.pledges.values() if one.key == "T-1"] == [
            ("O2",)
        ]
    again = given(officer, "acts.xml", IATI)
    assert stored(app, again).mapping == stored(app, address).mapping
    assert "on record already, just so" in page_of(officer.get(again))
    table = given(officer, "gifts.csv", "Who,How much,When\nOslo,5,2026-01-02\n")
    officer.get("/imports/new")
    officer.post(f"{table}/earmark", {**officer.hidden, "earmark": "O2"})
    assert stored(app, table).mapping == ""


def _opened(officer: Person, address: str) -> dict[str, str]:
    """What the forms of a preview carry."""
    officer.get(address)
    return dict(officer.hidden)


def test_days_and_whole_numbers_below_zero_are_written_as_everywhere(app: Flask) -> None:
    rate = Rate("EUR", date(2023, 1, 22), parse_decimal("0.9200"))
    row = OpenIn("EUR", 0, 0, 0, 0, rate, (), ())
    with app.test_request_context():
        said = {
            days: Writer("en").plain(rate_words(row, rate.effective_on + timedelta(days))).split(", ", 1)[1]
            for days in (0, 1, 1240)
        }
    assert said == {0: "of this very day", 1: "one day old", 1240: "1,240 days old"}
    assert Writer("en").whole(-1200) == "\u22121,200"
