"""What changed, and one day known at two moments: figures, masks, what is asked for wrongly."""

import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from python_calamine import CalamineWorkbook

from tests.web.cast import NOON, TODAY, Person, page_of
from tracker.blueprints.changes import links
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.presentation import writer
from tracker.queries.changes import Earlier
from tracker.queries.known import newest_known
from tracker.queries.programmes import the_programme
from tracker.queries.report import Since, load_report
from tracker.services.records import Desk, record_receipt

AT_FIRST = "2026-06-15T12:00:00Z"
SECRETS = ("HUSH", "Secret Giver")


@pytest.fixture
def corrected(app: Flask, noon: time_machine.Traveller) -> None:
    """Five minutes later: a receipt of May from the secret giver is recorded late, and one of the day."""
    later = NOON + timedelta(minutes=5)
    noon.move_to(later + timedelta(minutes=5), tick=False)
    with app.app_context():
        session = db.session()
        begin_write(session)
        desk = Desk(session, Actor("officer@alliance.test", later, "late"), the_programme(session).id, TODAY)
        common = {"currency": "USD", "donor": "HUSH"}
        late = {**common, "reference": "HUSH-R1", "received_on": "2026-05-05", "amount": "1500.00"}
        record_receipt(desk, raw={**late, "pledge": "HUSH-7"})
        new = {"reference": "NL-R9", "donor": "NL", "currency": "USD", "received_on": "2026-06-15"}
        record_receipt(desk, raw={**new, "amount": "2500.00"})
        session.commit()


def since(app: Flask, start: str, end: str) -> Since:
    """The bridge as the queries have it, all known now."""
    from datetime import date

    with app.app_context():
        session, here = db.session(), the_programme(db.session()).id
        known = newest_known(session, here, NOON)
        earlier = Earlier(date.fromisoformat(start), known)
        found = load_report(session, here, date.fromisoformat(end), NOON, known, earlier).since
        assert found is not None
        return found


@pytest.mark.parametrize("who", ["officer", "gcg"])
def test_the_page_has_the_figures_of_the_rule(app: Flask, who: str, request: pytest.FixtureRequest) -> None:
    person: Person = request.getfixturevalue(who)
    page = page_of(person.get("/changes?from=2026-02-28&to=2026-06-15"))
    changes, money = since(app, "2026-02-28", "2026-06-15").changes, writer().money
    assert money(changes.before.ahead) in page
    assert money(changes.after.ahead) in page
    moved = [line.moved.ahead for line in changes.lines if line.moved.ahead]
    assert len(moved) >= 4
    for minor in moved:
        assert f"{'+' if minor > 0 else ''}{money(minor)}" in page
    assert page.count('<svg class="waterfall"') == 2
    assert "New pledges" in page and "Time passing" in page


def test_an_officer_opens_the_records_and_the_gcg_reads_their_masks(
    officer: Person, gcg: Person, corrected: None
) -> None:
    address = f"/changes?from=2026-03-31&from_known={AT_FIRST}&to=2026-06-16"
    seen = page_of(officer.get(address))
    assert 'href="/pledges/HUSH-7"' in seen
    assert 'href="/receipts/NL-R9"' in seen
    masked = page_of(gcg.get(address))
    assert "Anonymous donor 1" in masked
    assert 'href="/receipts' not in masked and 'href="/pledges' not in masked
    for secret in SECRETS:
        assert secret in seen
        assert secret not in masked


def test_two_moments_tell_the_correction_with_its_entry(
    officer: Person, gcg: Person, corrected: None
) -> None:
    address = f"/compare?day=2026-05-31&then={AT_FIRST}"
    for person in (officer, gcg):
        page = page_of(person.get(address))
        assert "+1,500.00" in page
        assert "recorded since" in page
        assert "of the trail" in page
        assert "Not a cell is known differently" not in page
    masked = page_of(gcg.get(address))
    assert not [secret for secret in SECRETS if secret in masked]
    nothing = page_of(officer.get(f"/compare?day=2026-05-31&then={AT_FIRST}&now={AT_FIRST}"))
    assert "Not a cell is known differently" in nothing


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("from=2026-13-01", "a day that no calendar has"),
        ("to=soon", "is not a date as it is written here"),
        ("from=2026-06-15&to=2026-06-14", "ends before it starts"),
        ("from_known=yesterday", "is not a moment"),
        ("to_known=2031-01-01", "known later"),
        ("from_known=2020-01-01", "Nothing had been recorded by then"),
    ],
)
def test_what_is_asked_for_wrongly_is_said_beside_its_field(officer: Person, asked: str, words: str) -> None:
    answer = officer.get(f"/changes?{asked}")
    assert answer.status_code == 422
    page = page_of(answer)
    assert words in page
    assert page.count('aria-invalid="true"') == 1
    assert officer.get(f"/changes/workbook?{asked}").status_code == 400


def test_the_later_state_cannot_know_less(officer: Person, corrected: None) -> None:
    assert "would know less" in page_of(officer.get(f"/changes?from=2026-05-01&to_known={AT_FIRST}"))
    assert "would know less" in page_of(officer.get(f"/compare?now={AT_FIRST}&then=2026-06-15T12:09"))


def test_the_workbook_has_the_pages_figures_and_no_name(gcg: Person, app: Flask, corrected: None) -> None:
    answer = gcg.get(f"/changes/workbook?from=2026-03-31&from_known={AT_FIRST}&to=2026-06-16")
    assert answer.status_code == 200
    assert "A87-changes-2026-03-31-to-2026-06-16.xlsx" in answer.headers["Content-Disposition"]
    file = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    rows = file.get_sheet_by_name("Changes").to_python()
    page = page_of(gcg.get(f"/changes?from=2026-03-31&from_known={AT_FIRST}&to=2026-06-16"))
    for row in rows[5:17]:
        assert f"{abs(float(str(row[4]))):,.2f}" in page or not row[4]
    everything = str([file.get_sheet_by_name(name).to_python() for name in file.sheet_names])
    assert not [secret for secret in SECRETS if secret in everything]


def test_the_overview_leads_there_and_a_contributor_does_not(officer: Person, france: Person) -> None:
    page = page_of(officer.get("/"))
    assert "What changed since 31 May 2026" in page
    assert "/changes?to=2026-06-15&amp;from=2026-05-31" in page or "from=2026-05-31" in page
    assert officer.get("/changes").status_code == 200
    for address in ("/changes", "/compare", "/changes/workbook"):
        assert france.get(address).status_code == 403


def test_links_carry_only_what_is_said() -> None:
    assert links(TODAY) == {"from": "2026-06-15"}
    assert links(TODAY, TODAY, NOON) == {
        "from": "2026-06-15",
        "from_known": AT_FIRST,
        "to": "2026-06-15",
    }
