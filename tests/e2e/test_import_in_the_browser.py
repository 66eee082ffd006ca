"""Somebody's table in a real browser: given, its columns and donors said, previewed, recorded."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Request

from tests.e2e.conftest import Visit

pytestmark = pytest.mark.e2e

GIFTS = (
    "Donor;Promised on;Amount;Currency;Paper\n"
    "Kingdom of Ruritania;01.02.2026;1.200,50;USD;RU-1\n"
    "Government of France;03.02.2026;300,00;USD;RU-2\n"
    "Ruritanian Red Cross;02.03.2026;;USD;RU-3\n"
)
TELL = """() => {
  const words = document.getElementById("import-progress-words");
  const tell = () => {
    const off = [...document.querySelectorAll("main button")].every((one) => one.disabled);
    const bar = document.getElementById("import-progress-bar");
    console.log(`${words.textContent}, bar ${bar.value}, buttons ${off ? "off" : "on"}`);
  };
  new MutationObserver(tell).observe(words, { childList: true, characterData: true, subtree: true });
}"""
"""The page says on its console what its bar says: while it waits for an answer nothing else can ask it."""
ADDRESS = re.compile(r"/imports/\d+$")


def give(visit: Visit, file: Path) -> None:
    """From the list of imports to the first thing that is asked."""
    visit.go("/imports")
    visit.page.get_by_role("link", name="Import a file").click()
    visit.page.get_by_label("File", exact=True).set_input_files(str(file))
    visit.page.get_by_role("button", name="Read the file").click()
    visit.page.wait_for_url(re.compile(r"/imports/\d+"))


def test_a_table_from_upload_to_recorded(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.sign_in("officer")
    file = tmp_path / "gifts 2026.csv"
    file.write_text(GIFTS, encoding="utf-8")

    give(visit, file)
    page.wait_for_url(re.compile(r"/imports/\d+/columns"))
    assert page.locator("h1").inner_text() == "What the columns mean"
    page.locator("[name=column-donor]").select_option("Donor")
    page.locator("[name=column-amount]").select_option("Amount")
    page.locator("[name=column-currency]").select_option("Currency")
    page.locator("[name=column-date]").select_option("Promised on")
    page.locator("[name=column-reference]").select_option("Paper")
    page.locator("[name=number_format]").select_option("1.234,56")
    page.locator("[name=date_format]").select_option("DD.MM.YYYY")
    page.locator("[name=constant-kind]").select_option("pledge")
    page.locator("main .btn-primary").click()

    page.wait_for_url(re.compile(r"/imports/\d+/donors"))
    page.get_by_text("One ticked: as good as sure").click()
    france = page.locator("fieldset", has_text="Government of France")
    france.get_by_label("France", exact=False).first.check()
    page.locator("main .btn-primary").click()

    page.wait_for_url(ADDRESS)
    assert page.get_by_text("Kingdom of Ruritania").first.is_visible()
    button = page.get_by_role("button", name="Record 2 pledges")
    assert "1 donor" in button.inner_text()
    button.click()
    page.get_by_text("What it did").wait_for()
    assert page.get_by_text("The mapping it was read with").is_visible()
    visit.go("/pledges/RU-2")
    assert page.get_by_role("link", name="France", exact=True).first.is_visible()


def test_our_own_table_comes_back_from_a_spreadsheet_with_its_progress(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.sign_in("officer")
    file = tmp_path / "pledges.csv"
    rows = "".join(f"E2E-{n},NL,USD,{n}.00,2026-05-{n % 28 + 1:02}\n" for n in range(1, 6001))
    file.write_text(f"reference,donor,currency,amount,pledged_on\n{rows}", encoding="utf-8")
    asked: list[str] = []
    said: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/progress"):
            asked.append(request.url)

    page.on("request", note)
    page.on("console", lambda message: said.append(message.text))
    give(visit, file)
    page.wait_for_url(ADDRESS)
    button = page.get_by_role("button", name="Record 6,000 pledges")
    button.wait_for()
    asked.clear()
    page.evaluate(TELL)
    button.click(no_wait_after=True)
    page.get_by_text("What it did").wait_for()
    assert page.get_by_text("Recorded: 6,000 pledges.").is_visible()
    assert asked
    counted = re.compile(r"(Checking row|Recording) [\d,]+ of 6,00\d …, bar [\d.]+, buttons off")
    assert any(counted.fullmatch(one) for one in said), said


def test_what_is_wrong_is_said_where_the_file_was_chosen(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.sign_in("officer")
    file = tmp_path / "letter.pdf"
    file.write_bytes(b"%PDF-1.7")
    visit.go("/imports/new")
    page.get_by_label("File", exact=True).set_input_files(str(file))
    page.get_by_role("button", name="Read the file").click()
    page.get_by_text("Give a .csv, .xlsx or .xml file").first.wait_for()
    assert page.get_by_role("button", name="Read the file").is_enabled()
    assert page.get_by_role("alert").is_visible()
