"""A contribution from announcement to last instalment, in a real browser, and the same facts from CSV files.

Late, in part and over-paid; one receipt mistyped and voided; a month's bank list matched; a hold assigned.
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page
from waitress.server import create_server

from tests.e2e.conftest import Visit
from tests.web import cast
from tracker import create_app, database
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.importing.plan import make_plan
from tracker.importing.tables import read_paths
from tracker.queries.position import position_of
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.queries.register import load_register
from tracker.reporting.export import write_folder
from tracker.reporting.figures import position_dict
from tracker.services.imports import store

pytestmark = pytest.mark.e2e

# What the officer does in this file, as the same officer would have written it into CSV files.
ROWS = {
    "donors": "NO,Norway,other,,,,,no\n",
    "pledges": "NO-1,NO,USD,90000.00,2026-03-01,2026-03-20,,core,yes,,,QZA-26,\n",
    "instalments": "NO-1,2026-04-01,30000.00\nNO-1,2026-06-01,30000.00\nNO-1,2026-12-01,30000.00\n",
    "receipts": (
        "NO-2026-001,NO,NO-1,2026-05-10,USD,30000.00,,,,,,,\n"
        "NO-2026-002,NO,NO-1,2026-06-05,USD,20000.00,,,,,,,\n"
        "NO-2026-004,NO,NO-1,2026-06-12,USD,45000.00,,,,,,,\n"
        "FR-2026-001,FR,FR-1,2026-06-10,EUR,60000.00,,,,,,DC-2,\n"
        "NL-HOLD,NL,,2026-06-12,EUR,777.77,,core,,,,DC-4,\n"
    ),
}
BANK_LIST = (
    "Date,Amount,Payer,Text,Reference\n"
    "2026-06-10,60000.00,FRANCIA,second instalment,DC-2\n"
    "2026-06-12,777.77,N.N.,donation,DC-4\n"
)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """An application and server of this test's own, on the cast's contributions at the cast's noon."""
    with time_machine.travel(cast.NOON, tick=True):
        app = create_app(cast.settings(tmp_path))
        database.prepare(app)
        cast.record_the_cast(app)
        serving = create_server(app, host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=serving.run, daemon=True)
        thread.start()
        yield app, f"http://127.0.0.1:{serving.effective_port}"
        serving.close()
        thread.join(timeout=5)


@pytest.fixture
def officer(browser: Browser, own: tuple[Flask, str]) -> Iterator[Visit]:
    """The officer's window."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    found = Visit(context.new_page(), own[1])
    found.page.on("console", found.hear)
    found.sign_in("officer")
    yield found
    context.close()
    assert not found.complaints


def test_from_announcement_to_last_instalment(officer: Visit, own: tuple[Flask, str], tmp_path: Path) -> None:
    app, page = own[0], officer.page
    before = exported(app, tmp_path / "before")
    announce_and_sign(officer)
    receive(officer, "2026-05-10", "30000.00")
    assert "paid in full" in schedule_row(page, 1), "late, and settled"
    receive(officer, "2026-06-05", "20000.00")
    assert "10,000.00" in schedule_row(page, 2), "in part: the rest is open and overdue"
    assert "overdue" in schedule_row(page, 2)
    receive(officer, "2026-06-06", "3000.00")
    void(officer, "NO-2026-003")
    receive(officer, "2026-06-12", "45000.00")
    assert "5,000.00" in page.locator("main").inner_text(), "paid above the pledge by this much"
    match_the_bank_list(officer)
    hold = assign_the_hold(officer)
    assert_proved(app)
    written = {name: text.replace("NL-HOLD", hold) for name, text in ROWS.items()}
    assert position_now(app) == imported(before, written, tmp_path / "again")


def announce_and_sign(visit: Visit) -> None:
    page = visit.page
    visit.go("/donors/new")
    page.get_by_label("Name", exact=True).fill("Norway")
    page.get_by_label("Code").fill("NO")
    page.get_by_role("button", name="Record the donor").click()
    page.get_by_role("link", name="Record a pledge").click()
    page.get_by_label("Reference", exact=True).fill("NO-1")
    page.get_by_role("textbox", name="Amount", exact=True).fill("90000.00")
    page.get_by_label("Pledged on").fill("2026-03-01")
    for at, due in enumerate(("2026-04-01", "2026-06-01", "2026-12-01"), start=1):
        page.get_by_label(f"Instalment {at}, due on").fill(due)
        page.get_by_label(f"Instalment {at}, amount").fill("30000.00")
    page.get_by_role("button", name="Record the pledge").click()
    visit.go("/pledges/sign/NO-1")
    page.locator("[name=signed_on]").fill("2026-03-20")
    page.locator("[name=agreement_ref]").fill("QZA-26")
    page.get_by_role("button", name="Record the signature").click()
    assert page.locator("h1").inner_text() == "Norway, NO-1"


def receive(visit: Visit, day: str, amount: str) -> None:
    """Record a receipt for the pledge, then look at the pledge."""
    page = visit.page
    visit.go("/receipts/new?pledge=NO-1")
    page.get_by_label("Value date").fill(day)
    page.get_by_role("textbox", name="Amount sent").fill(amount)
    page.get_by_label("Value date").click()
    page.get_by_role("button", name="from Norway").click()
    assert "Recorded" in page.locator(".toast-own").first.inner_text()
    visit.go("/pledges/NO-1")


def schedule_row(page: Page, number: int) -> str:
    table = page.locator("table", has=page.get_by_role("columnheader", name="Settled")).first
    return table.locator("tbody tr").nth(number - 1).inner_text(timeout=5000)


def void(visit: Visit, reference: str) -> None:
    page = visit.page
    visit.go(f"/receipts/void/{reference}")
    page.locator("[name=reason]").fill("3,000 typed for 300: the bank has no such credit")
    page.get_by_role("button", name=f"Void {reference}").click()
    visit.go(f"/receipts/{reference}")
    assert "3,000 typed for 300" in page.locator("main").inner_text(), "a voided record stays readable"


def match_the_bank_list(visit: Visit) -> None:
    page = visit.page
    visit.go("/bank/new")
    page.locator("[name=name]").fill("June 2026")
    page.locator("[name=text]").fill(BANK_LIST)
    page.get_by_role("button", name="Read the list").click()
    page.locator("[name=constant]").select_option("EUR")
    page.locator("[name=date_format]").select_option("YYYY-MM-DD")
    page.locator("[name=number_format]").select_option("1234.56")
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Record 2 credits").click()
    page.get_by_role("button", name="Confirm the one suggestion").click()
    page.get_by_role("link", name="Say what it is").click()
    page.get_by_role("button", name="Put on hold").click()


def assign_the_hold(visit: Visit) -> str:
    """Give the money on hold to the Netherlands; its reference."""
    page = visit.page
    visit.go("/receipts?q=DC-4")
    reference = page.locator("tbody a[href^='/receipts/']").first.inner_text()
    visit.go(f"/receipts/assign/{reference}")
    page.locator("[name=donor]").select_option("NL")
    page.locator("[name=earmark]").fill("core")
    page.get_by_role("button", name="Assign EUR").click()
    assert "Netherlands" in page.locator("main").inner_text()
    return reference


def exported(app: Flask, folder: Path) -> Path:
    """What is on record, as CSV files."""
    with app.app_context():
        here = the_programme(db.session()).id
        write_folder(load_register(db.session(), here, cast.TODAY), folder)
    return folder


def imported(folder: Path, rows: dict[str, str], instance: Path) -> dict[str, object]:
    """The position of an empty programme into which the files and these rows were imported."""
    for name, text in rows.items():
        path = folder / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    app = create_app(cast.settings(instance), pages=False)
    database.prepare(app)
    with app.app_context():
        begin_write(db.session())
        here = the_programme(db.session()).id
        plan = make_plan(read_paths([folder]), load_register(db.session(), here, cast.TODAY))
        assert not plan.problems
        store(db.session(), actor=Actor("cli:test", cast.NOON), programme_id=here, plan=plan)
        db.session.commit()
    return position_now(app)


def position_now(app: Flask) -> dict[str, object]:
    with app.app_context():
        here = the_programme(db.session()).id
        return position_dict(position_of(db.session(), here, cast.TODAY))


def assert_proved(app: Flask) -> None:
    with app.app_context():
        here = the_programme(db.session()).id
        assert [p for p in prove(db.session(), here, cast.TODAY) if not p.holds] == []
