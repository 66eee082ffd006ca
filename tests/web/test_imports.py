"""A file imported in the browser: given, previewed with all that is wrong, recorded whole, or dropped."""

import io
import json
import re
import threading
import time
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook
from werkzeug.test import TestResponse

from tests.web.cast import NOON, TODAY, Person, business_rows, page_of
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.importing.cells import read_sheets
from tracker.importing.mapping import check_map, map_text, suggest
from tracker.importing.measure import MAX_PACKED_BYTES
from tracker.queries.programmes import the_programme
from tracker.queries.uploads import StoredUpload, upload
from tracker.services.records import Desk
from tracker.services.uploads import choose

DONORS = "code,name,kind,country\nSE,Sweden,government,SE\nFR,France,government,FR\n"
PLEDGES = (
    "reference,donor,currency,amount,pledged_on\n"
    "SE-1,NL,EUR,1000.00,2026-03-05\n"
    "SE-2,NL,USD,250.00,2026-04-05\n"
)
SEEN = re.compile(r'name="seen" value="([0-9a-f]*)"')
IATI = """<?xml version="1.0"?>
<iati-activities version="2.03">
  <iati-activity default-currency="USD">
    <iati-identifier>XX-1-A</iati-identifier>
    <reporting-org ref="XX-1" type="40"><narrative>Somebody</narrative></reporting-org>
    <title><narrative>Work</narrative></title>
    <transaction ref="T-1"><transaction-type code="11"/><transaction-date iso-date="2026-02-03"/>
      <value value-date="2026-02-03">1500</value>
      <provider-org><narrative>Quokka Foundation</narrative></provider-org></transaction>
    <transaction ref="T-2"><transaction-type code="3"/><transaction-date iso-date="2026-02-04"/>
      <value value-date="2026-02-04">70</value></transaction>
  </iati-activity>
</iati-activities>
"""
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "samples"


def give(officer: Person, name: str, content: str | bytes, **headers: str) -> TestResponse:
    """Send a file through the form."""
    officer.get("/imports/new")
    data = content.encode() if isinstance(content, str) else content
    body = {**officer.hidden, "file": (io.BytesIO(data), name)}
    return officer.post("/imports/new", body, content_type="multipart/form-data", headers=headers)  # type: ignore[arg-type]


def given(officer: Person, name: str, content: str | bytes) -> str:
    """Give a file that is taken; the address of its preview."""
    answer = give(officer, name, content)
    assert answer.status_code == 302, page_of(answer)
    return re.sub("/(columns|donors)$", "", str(answer.headers["Location"]))


def record(officer: Person, address: str, **other: str) -> TestResponse:
    """Open the preview and press the button."""
    page = page_of(officer.get(address))
    seen = SEEN.search(page)
    return officer.post(f"{address}/record", {**officer.hidden, "seen": seen[1] if seen else "", **other})


def stored(app: Flask, address: str) -> StoredUpload:
    """The upload behind an address."""
    with app.app_context():
        found = upload(db.session(), the_programme(db.session()).id, int(address.rpartition("/")[2]))
    assert found is not None
    return found


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    """An .xlsx of these sheets."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# Giving a file


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("", b"", "No file was chosen"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"  \n\n", "is empty"),
        ("a.pdf", b"%PDF-1.7", "Give a .csv, .xlsx or .xml file"),
        ("csv", b"a,b", "Give a .csv, .xlsx or .xml file"),
        ("a.csv", b"PK\x03\x04zip", "not what its name says"),
        ("a.xlsx", b"a,b\n1,2\n", "not what its name says"),
        ("a.xml", b"PK\x03\x04zip", "not what its name says"),
        ("a.xml", b"a,b\n", "not what its name says"),
        ("a.csv", b"a\0b", "not a text file"),
    ],
)
def test_a_file_of_another_type_is_not_taken(
    app: Flask, officer: Person, name: str, content: bytes, words: str
) -> None:
    before = business_rows(app)
    answer = give(officer, name, content)
    assert answer.status_code == 422
    assert words in unescape(page_of(answer))
    assert business_rows(app) == before
    assert "No file yet" in page_of(officer.get("/imports"))


def test_a_file_beyond_the_limit_is_not_taken(officer: Person) -> None:
    answer = give(officer, "large.csv", b"a" * (MAX_PACKED_BYTES + 1))
    assert answer.status_code == 422
    assert "at most 30 MB" in page_of(answer)
    assert give(officer, "larger.csv", b"a" * 45_000_000).status_code == 413


def test_a_workbook_that_is_only_a_zip_says_so_in_its_preview(officer: Person) -> None:
    answer = officer.get(given(officer, "zipped.xlsx", b"PK\x03\x04" + b"x" * 50))
    assert answer.status_code == 200
    assert "not a workbook that can be read" in page_of(answer)
    assert "Record " not in page_of(answer)


def test_the_file_is_kept_as_it_came_and_handed_out_to_be_saved(app: Flask, officer: Person) -> None:
    address = given(officer, "../../do\u202enors.csv", DONORS)
    assert stored(app, address).file_name == "donors.csv"
    answer = officer.get(f"{address}/file")
    assert answer.data == DONORS.encode()
    assert answer.headers["Content-Disposition"] == "attachment; filename=donors.csv"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.mimetype == "application/octet-stream"


def test_the_script_is_told_where_the_file_leads(officer: Person) -> None:
    answer = give(officer, "donors.csv", DONORS, Accept="application/json")
    assert answer.status_code == 200
    assert re.fullmatch(r"/imports/\d+", answer.get_json()["next"])
    refused = give(officer, "a.pdf", b"%PDF", Accept="application/json")
    assert (refused.status_code, refused.mimetype) == (422, "text/html")


def test_the_very_same_file_is_said_with_a_link_and_may_be_opened_again(officer: Person) -> None:
    first = given(officer, "donors.csv", DONORS)
    second = given(officer, "other/donors.csv", DONORS)
    assert first != second
    page = page_of(officer.get(second))
    assert "given before and is open" in page
    assert f'href="{first}"' in page
    assert record(officer, first).status_code == 302
    assert "recorded before" in page_of(officer.get(second))


# The preview


def test_our_own_table_shows_each_changed_cell_old_and_new(app: Flask, officer: Person) -> None:
    address = given(officer, "donors.csv", DONORS.replace("FR,France,", "FR,France (MEAE),"))
    before = business_rows(app)
    page = page_of(officer.get(address))
    assert "Record 1 change and 1 new donor" in page
    row = page[page.index("import-changes") :]
    assert row.index("Name</td>") < row.index("France</td>") < row.index("France (MEAE)")
    assert business_rows(app) == before


def test_a_workbook_with_our_sheets_is_ours(officer: Person) -> None:
    rows: list[list[object]] = [line.split(",") for line in PLEDGES.strip().splitlines()]
    page = page_of(officer.get(given(officer, "export.xlsx", workbook({"pledges": rows}))))
    assert "Record 2 pledges" in page
    assert "SE-1" in page


def test_somebody_elses_table_goes_to_its_columns(officer: Person) -> None:
    answer = give(officer, "gifts.csv", "Who,How much,When\nOslo,5,2026-01-02\n")
    assert re.fullmatch(r"/imports/\d+/columns", answer.headers["Location"])
    address = given(officer, "pledges.csv", "Who,How much,When\nOslo,6,2026-01-02\n")
    assert officer.get(address).headers["Location"] == f"{address}/columns"


def test_an_iati_file_is_previewed_with_what_is_left_out(officer: Person) -> None:
    address = given(officer, "acts.xml", IATI)
    page = page_of(officer.get(address))
    assert "Record 1 pledge and 1 donor" in page
    assert "Quokka Foundation" in page
    assert "Left out" in page
    assert record(officer, address).status_code == 302
    assert "Quokka Foundation" in page_of(officer.get("/donors"))


def test_problems_leave_no_button_and_name_row_and_column(officer: Person) -> None:
    address = given(officer, "pledges.csv", PLEDGES.replace("250.00", "2 5").replace("2026-03-05", "soon"))
    page = unescape(page_of(officer.get(address)))
    assert "There are 2 things to put right" in page
    assert "“2 5” is not a plain number" in page
    assert "“soon” is not a date" in page
    assert f"{address}/record" not in page
    assert "Drop this file" in page
    assert record(officer, address).status_code == 422


def test_three_thousand_findings_make_small_pages_and_are_all_reachable(officer: Person) -> None:
    rows = "".join(f"K-{n},NOBODY{n},USD,5,2026-03-01\n" for n in range(3000))
    address = given(officer, "pledges.csv", f"{PLEDGES.splitlines()[0]}\n{rows}")
    page = page_of(officer.get(address))
    assert len(page) < 200_000
    assert "All 3,000 problems" in page
    seen = set()
    for number in range(1, 16):
        listed = page_of(officer.get(f"{address}/problems?page={number}"))
        assert len(listed) < 500_000
        seen |= set(re.findall(r"NOBODY\d+", listed))
    assert len(seen) == 3000
    assert officer.get(f"{address}/problems?page=99999").status_code == 200
    assert officer.get(f"{address}/problems?page=x").status_code == 200
    assert officer.get(f"{address}/nothing").status_code == 404


def test_looking_changes_nothing(app: Flask, officer: Person) -> None:
    address = given(officer, "donors.csv", DONORS)
    before, kept = business_rows(app), stored(app, address)
    for path in ("", "/problems", "/questions", "/changes", "/new", "/progress", "/file"):
        assert officer.get(address + path).status_code == 200, path
    assert (business_rows(app), stored(app, address)) == (before, kept)


def test_what_a_file_says_is_text_and_never_markup(officer: Person) -> None:
    name = "<img src=x onerror=alert(1)>"
    address = given(officer, "donors.csv", f'code,name\nZZ,"{name}"\n"<b>",x\n')
    page = page_of(officer.get(address))
    assert "<img src=x" not in page
    assert "<b>" not in page.replace("<b>,", "")


# Recording, and dropping


def test_all_of_it_is_recorded_and_the_page_says_what_it_did(app: Flask, officer: Person) -> None:
    address = given(officer, "pledges.csv", PLEDGES)
    answer = record(officer, address)
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    page = page_of(officer.get(address))
    assert "Recorded: 2 pledges." in page
    assert "by A. Moreau" in page
    assert f"{address}/file" in page
    assert officer.get("/pledges/SE-2").status_code == 200
    found = stored(app, address)
    assert (found.state, found.result["tables"]) == (
        "recorded",
        {"pledges": {"new": 2, "changed": 0, "unchanged": 0}},
    )
    assert [row[3:5] for row in business_rows(app)["audit_entry"]][-1] == ("amend", "upload")
    assert "pledges.csv" in page_of(officer.get("/imports?state=recorded"))


def test_the_same_file_again_changes_nothing(app: Flask, officer: Person) -> None:
    assert record(officer, given(officer, "pledges.csv", PLEDGES)).status_code == 302
    address = given(officer, "pledges.csv", PLEDGES)
    page = page_of(officer.get(address))
    assert "on record already, just so" in page
    assert f"{address}/record" not in page
    before = business_rows(app)
    answer = record(officer, address)
    assert answer.status_code == 422
    assert business_rows(app)["pledge"] == before["pledge"]


def test_a_form_sent_twice_records_once(app: Flask, officer: Person) -> None:
    address = given(officer, "pledges.csv", PLEDGES)
    page = page_of(officer.get(address))
    form = {**officer.hidden, "seen": SEEN.search(page)[1]}  # type: ignore[index]
    first, token = officer.post(f"{address}/record", form), officer.token
    after = business_rows(app)
    second = officer.post(f"{address}/record", {**form, "csrf_token": token})
    assert (first.status_code, second.status_code) == (302, 302)
    assert second.headers["Location"] == address
    assert business_rows(app) == after


def test_what_was_not_shown_is_not_recorded(app: Flask, officer: Person) -> None:
    address = given(officer, "pledges.csv", PLEDGES)
    page = page_of(officer.get(address))
    form = {**officer.hidden, "seen": SEEN.search(page)[1]}  # type: ignore[index]
    other = given(officer, "pledges.csv", PLEDGES.replace("250.00", "260.00"))
    assert record(officer, other).status_code == 302
    before = business_rows(app)
    answer = officer.post(f"{address}/record", form)
    assert answer.status_code == 409
    assert "Records have changed meanwhile" in page_of(answer)
    assert "260.00" in page_of(answer)
    assert business_rows(app) == before


def test_a_month_closed_meanwhile_stands_in_the_way(app: Flask, officer: Person) -> None:
    address = given(officer, "pledges.csv", PLEDGES)
    page = page_of(officer.get(address))
    form = {**officer.hidden, "seen": SEEN.search(page)[1]}  # type: ignore[index]
    for month in ("2026-01", "2026-02", "2026-03"):
        close = {"note": "Checked by hand.", "unlisted": "y", "confirm": "y"}
        assert officer.fill(f"/closings/close/{month}", close).status_code == 302
    before = business_rows(app)
    answer = officer.post(f"{address}/record", form)
    assert answer.status_code == 422
    assert "closed" in page_of(answer)
    assert business_rows(app) == before


def test_a_stale_form_shows_how_it_stands(app: Flask, officer: Person) -> None:
    address = given(officer, "pledges.csv", PLEDGES)
    answer = record(officer, address, version="7")
    assert answer.status_code == 409
    assert "changed or closed meanwhile" in page_of(answer)
    assert stored(app, address).state == "open"


def test_a_dropped_file_leaves_nothing_but_its_name(app: Flask, officer: Person) -> None:
    address = given(officer, "pledges.csv", PLEDGES)
    before = business_rows(app)["pledge"]
    officer.get(address)
    form = dict(officer.hidden)
    answer = officer.post(f"{address}/drop", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/imports")
    page = page_of(officer.get(address))
    assert "Nothing of this file was recorded" in page
    assert officer.get(f"{address}/file").status_code == 404
    assert officer.get(f"{address}/problems").status_code == 302
    again = officer.post(f"{address}/record", {**form, "form_key": "0" * 32})
    assert again.status_code == 409
    assert business_rows(app)["pledge"] == before
    with app.app_context():
        assert db.session.execute(db.text("SELECT count(*) FROM upload_content")).scalar() == 0


@pytest.mark.parametrize("path", ["", "/file", "/problems"])
def test_an_upload_that_is_not_there_is_not_found(officer: Person, path: str) -> None:
    for number in ("77", "9" * 18, "9" * 30):
        assert officer.get(f"/imports/{number}{path}").status_code == 404


# Long files


def test_ten_thousand_rows_are_recorded_while_another_asks_how_far_it_is(app: Flask, officer: Person) -> None:
    rows = "".join(f"L-{n},NL,USD,{n}.00,2026-03-{n % 28 + 1:02}\n" for n in range(1, 10_001))
    address = given(officer, "pledges.csv", f"{PLEDGES.splitlines()[0]}\n{rows}")
    began = time.perf_counter()
    page = page_of(officer.get(address))
    looked = time.perf_counter() - began
    assert "Record 10,000 pledges" in page
    assert len(page) < 100_000
    told: list[dict[str, object]] = []
    folder = Path(app.instance_path) / "progress"
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            for file in folder.glob("[0-9]"):
                try:
                    told.append(json.loads(file.read_text()))
                except FileNotFoundError:  # it was over just now
                    continue
            over.wait(0.02)

    listener = threading.Thread(target=listen)
    listener.start()
    began = time.perf_counter()
    answer = officer.post(f"{address}/record", {**officer.hidden, "seen": SEEN.search(page)[1]})  # type: ignore[index]
    recorded = time.perf_counter() - began
    over.set()
    listener.join()
    assert answer.status_code == 302
    assert looked < 20
    assert recorded < 40
    stages = [one["stage"] for one in told]
    assert {"checking", "recording"} <= set(stages)
    assert all(0 <= int(str(one["done"])) <= int(str(one["of"])) or not one["of"] for one in told)
    assert not list(folder.iterdir())
    print(f"previewed in {looked:.1f} s, recorded in {recorded:.1f} s, {len(set(map(str, told)))} steps")


def test_progress_is_said_in_words_and_nothing_of_it_stays(app: Flask, officer: Person) -> None:
    address = given(officer, "donors.csv", DONORS)
    assert officer.get(f"{address}/progress").get_json()["stage"] == ""
    folder = Path(app.instance_path) / "progress"
    folder.mkdir(exist_ok=True)
    (folder / address.rpartition("/")[2]).write_text('{"stage": "checking", "done": 1200, "of": 2678}')
    assert officer.get(f"{address}/progress").get_json() == {
        "stage": "checking",
        "done": 1200,
        "of": 2678,
        "words": "Checking row 1,200 of 2,678 …",
    }
    officer.get(address)
    assert not list(folder.iterdir())


# Real files


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside the checkout")
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("iati/broken.xml", "This is not XML"),
        ("iati/ifad-activity-noversion.xml", "nothing can be recorded|one thing to put right"),
        (
            "iati/legacy-1.00-oxfam.xml",
            "GBP: [0-9]+ rows from 1 Jan 2007 to [^;]*; no rate is in force on the first",
        ),
        ("iati/unhcr-activities-2023.xml", "KWD: .* no rate is in force"),
        ("iati/dportal-foodsecurity.xml", "GBP"),
        ("pledges/cerf-contributions-2006-2020.csv", "/columns"),
        ("pledges/global-fund-2017-2019.csv", "/columns"),
        ("pledges/global-fund-2020-2022.csv", "/columns"),
        ("pledges/unhcr-2016-transactions.xlsx", "/columns"),
        ("fts/fts-incoming-funding-afg-2020.csv", "/columns"),
    ],
)
def test_real_files_are_previewed_in_sentences(officer: Person, path: str, words: str) -> None:
    content = (SAMPLES / path).read_bytes()
    address = given(officer, path.rpartition("/")[2], content)
    answer = officer.get(address)
    assert answer.status_code in (200, 302)
    page = unescape(page_of(answer)) + str(answer.headers.get("Location"))
    assert re.search(words, page), page[:3000]
    assert len(page) < 300_000


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside the checkout")
@pytest.mark.parametrize(
    ("path", "said", "figures"),
    [
        (
            "pledges/cerf-contributions-2006-2020.csv",
            {},
            ("5,325,982,587.52", "5,145,481,489.14"),
        ),
        ("pledges/global-fund-2017-2019.csv", {}, ("12,242,861,295.84", "11,451,587,326.06")),
        ("pledges/global-fund-2020-2022.csv", {}, ("18,630,932,818.69", "17,137,122,006.82")),
        ("fts/fts-incoming-funding-afg-2020.csv", {}, ("453,620,904", "300,496,707")),
        ("pledges/unhcr-2016-transactions.xlsx", {}, ()),
    ],
)
def test_real_tables_are_previewed_once_their_columns_are_said(
    app: Flask, officer: Person, path: str, said: dict[str, str], figures: tuple[str, ...]
) -> None:
    source = SAMPLES / path
    address = given(officer, source.name, source.read_bytes())
    title, rows = next(iter(read_sheets(source.name, source).items()))
    found = suggest(rows, title)
    found = replace(found, columns={**found.columns, **said})
    constants = dict(found.constants)
    for problem in check_map(found, rows):
        constants[problem.column] = "USD" if problem.column == "currency" else "2026-01-01"
    mapping = map_text(replace(found, constants=constants))
    with app.app_context():
        begin_write(db.session())
        desk = Desk(db.session(), Actor("officer@alliance.test", NOON), the_programme(db.session()).id, TODAY)
        number = int(address.rpartition("/")[2])
        choose(desk, upload_id=number, version=1, sheet=title, mapping=mapping)
        db.session.commit()
    page = unescape(page_of(officer.get(address)))
    assert "What would be recorded" in page
    assert len(page) < 100_000
    assert [figure for figure in figures if figure not in page] == []
