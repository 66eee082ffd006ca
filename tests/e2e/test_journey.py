"""An officer's day in a real browser: a donor, a pledge, a receipt; the gap shrinks; the paper says so."""

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.e2e.conftest import Visit

pytestmark = pytest.mark.e2e

OFFICER_PAGES = (
    "/",
    "/exposure",
    "/imports",
    "/imports/new",
    "/mappings",
    "/iati",
    "/donors/same",
    "/months/2026-06",
    "/cells/O2/2026-06",
    "/donors",
    "/donors/FR",
    "/donors/XSS",
    "/donors/new",
    "/donors/edit/FR",
    "/pledges",
    "/pledges/FR-1",
    "/pledges/NL/2026@1",
    "/pledges/new",
    "/pledges/edit/FR-1",
    "/receipts",
    "/receipts/R1",
    "/receipts/new",
    "/receipts/new?donor=FR",
    "/budget",
    "/nothing/here",
    "/reports/workbook?as_of=soon",
)


def cents(text: str) -> int:
    """`USD 2,358,946.18` in cents."""
    found = re.search(r"([\d,]+)\.(\d\d)", text)
    assert found is not None, text
    return int(found[1].replace(",", "") + found[2])


def gap_of(visit: Visit, outcome: str, month: str) -> int:
    """The gap of a cell in cents, as its page states it."""
    visit.go(f"/cells/{outcome}/{month}")
    return cents(visit.page.locator(".equation > div").last.inner_text())


def test_from_a_donor_to_a_paper(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.sign_in("officer")
    before = {month: gap_of(visit, "O1", month) for month in ("2026-07", "2026-08", "2031-06")}

    visit.go("/donors")
    page.get_by_role("link", name="Add a donor").click()
    page.get_by_label("Name", exact=True).fill("Sweden")
    page.get_by_label("Code").fill("SE")
    page.get_by_role("button", name="Record the donor").click()
    assert page.locator("h1").inner_text() == "Sweden"

    page.get_by_role("link", name="Record a pledge").click()
    page.get_by_label("Reference", exact=True).fill("SE-2026")
    page.get_by_role("textbox", name="Amount", exact=True).fill("30000.00")
    page.get_by_label("Pledged on").fill("2026-06-01")
    page.get_by_label("Instalment 1, due on").fill("2026-06-10")
    page.get_by_label("Instalment 1, amount").fill("13000.00")
    page.get_by_label("Instalment 2, due on").fill("2026-12-10")
    page.get_by_label("Instalment 2, amount").fill("16999.00")
    page.locator("summary", has_text="Earmark").click()
    page.get_by_label("Earmark").fill("O1")
    page.get_by_role("button", name="Record the pledge").click()
    assert "30000.00" in page.locator("#schedule .msg").inner_text(), "the schedule does not add up yet"
    page.get_by_label("Instalment 2, amount").fill("17000.00")
    page.get_by_role("button", name="Record the pledge").click()
    assert page.locator("h1").inner_text() == "Sweden, SE-2026"

    page.get_by_role("link", name="Record a receipt").click()
    assert page.locator("input[name=pledge]:checked").get_attribute("value") == "SE-2026"
    page.get_by_role("textbox", name="Amount sent").fill("13000.00")
    page.get_by_label("Ledger reference").fill("L-77")
    page.get_by_role("button", name="Record USD 13,000.00 from Sweden").click()
    assert "Recorded: USD\u00a013,000.00 from Sweden." in page.locator(".toast-own").inner_text()

    after = {month: gap_of(visit, "O1", month) for month in before}
    assert after["2026-07"] < before["2026-07"]
    assert after["2026-08"] < before["2026-08"]
    assert after["2031-06"] == before["2031-06"]
    visit.go("/")
    page.locator("#board a[href*='/cells/O1/2026-06']").first.click()
    assert "Sweden" in page.locator("main").inner_text(), "the cell's reasons name who covers it"

    visit.go("/")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download workbook").click()
    assert started.value.suggested_filename == "A87-funding-2026-06-15.xlsx"
    started.value.save_as(tmp_path / "book.xlsx")
    sheet = load_workbook(tmp_path / "book.xlsx", data_only=True)["Trace"]
    rows = list(sheet.iter_rows(values_only=True))
    at = {name: rows[0].index(name) for name in ("Lens", "Donor", "Outcome", "Month", "Amount")}
    traced = [r for r in rows[1:] if r[at["Donor"]] == "SE" and r[at["Lens"]] == "received"]
    assert round(sum(float(row[at["Amount"]]) for row in traced), 2) == 13_000.00


def test_choosing_a_donor_shows_what_it_owes_and_keeps_what_was_typed(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("officer")
    visit.go("/receipts/new")
    page.get_by_label("Ledger reference").fill("kept")
    page.get_by_label("Donor", exact=True).select_option("FR")
    page.locator("text=FR-1, instalment 2 of 2").wait_for()
    assert page.get_by_label("Ledger reference").input_value() == "kept"
    page.get_by_role("textbox", name="Amount sent").fill("60000.00")
    page.get_by_label("Value date").click()
    page.get_by_role("button", name="Record USD 65,934.07 from France").wait_for()
    assert "already counted as signed" in page.locator("#change").inner_text()
    page.get_by_role("textbox", name="Amount sent").fill("60.000,00")
    page.get_by_label("Value date").click()
    page.locator("#change", has_text="put right first").wait_for()
    page.get_by_role("button", name="Record the receipt").click()
    page.locator("#errors a").click()
    assert page.evaluate("document.activeElement.id") == "amount"


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_page_scrolls_sideways(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.go("/login")
    wide = [path for path in ("/login", "/password/none") if overflows(visit, path)]
    visit.sign_in("officer")
    wide += [path for path in OFFICER_PAGES if overflows(visit, path)]
    assert not wide


@pytest.mark.parametrize("role", ["gcg", "donor"])
def test_other_readers_pages_fit_a_phone(visit: Visit, role: str) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 900})
    visit.sign_in(role)
    paths = ("/own",) if role == "donor" else ("/", "/budget", "/months/2026-06")
    assert not [path for path in paths if overflows(visit, path)]


def overflows(visit: Visit, path: str) -> bool:
    """Whether a page is wider than its window."""
    visit.go(path)
    wider: bool = visit.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wider


def test_without_scripts_the_buttons_do_the_same(visit: Visit) -> None:
    context = visit.page.context.browser.new_context(java_script_enabled=False)
    try:
        plain = Visit(context.new_page(), visit.address)
        plain.sign_in("officer")
        plain.go("/receipts/new")
        page = plain.page
        page.get_by_label("Donor", exact=True).select_option("NL")
        page.get_by_role("button", name="Show open instalments").click()
        page.get_by_role("textbox", name="Amount sent").fill("1.00")
        page.get_by_role("button", name="Check what it changes").last.click()
        assert page.get_by_role("button", name="Record USD 1.00 from Netherlands").is_visible()
    finally:
        context.close()
