"""Workbooks in: cells taken for what they are, nothing guessed; hostile ones measured before they open."""

# ruff: noqa: DTZ001 (a cell has no time zone)

import time as clock
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.importing.desk import CAST, fresh, places
from tracker.importing import measure
from tracker.importing.plan import Plan, make_plan
from tracker.importing.sheets import cell_text
from tracker.importing.tables import read_paths

Sheets = dict[str, list[list[Any]]]


def workbook(path: Path, sheets: Sheets) -> Path:
    """A workbook whose cells have the types of these values; tuples are (formula, value)."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    hours = book.add_format({"num_format": "[h]:mm"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, tuple):
                    sheet.write_formula(at, column, value[0], None, value[1])
                elif isinstance(value, timedelta):
                    sheet.write_datetime(at, column, value, hours)
                elif isinstance(value, date | time):
                    sheet.write_datetime(at, column, value, day)
                else:
                    sheet.write(at, column, value)
    book.close()
    return path


def bring(path: Path, sheets: Sheets) -> Plan:
    return make_plan(read_paths([workbook(path, sheets)]), fresh())


def as_sheets(files: dict[str, str]) -> Sheets:
    return {name: [line.split(",") for line in text.splitlines()] for name, text in files.items()}


def test_a_workbook_of_text_cells_is_read_as_csv_is(tmp_path: Path) -> None:
    plan = bring(tmp_path / "book.xlsx", as_sheets(CAST))
    assert not plan.problems
    assert plan.writes == 7


def test_real_numbers_and_dates_are_taken_as_such(tmp_path: Path) -> None:
    sheets: Sheets = {
        "donors": [["code", "name"], [26, "Number"]],
        "rates": [["currency", "effective_on", "rate"], ["EUR", date(2026, 1, 1), 0.935]],
        "pledges": [
            ["reference", "donor", "currency", "amount", "pledged_on", "agreement_ref", "notes"],
            ["P1", 26, "EUR", 1234.1, datetime(2026, 2, 1), 7.5, "2026-02-01"],
            ["P2", "26", "EUR", "1234.10", "2026-02-01", "007", "=1+1"],
            ["P3", 26, "EUR", ("=1000+234.1", 1234.1), date(2026, 2, 1), 1e6, " kept "],
        ],
    }
    plan = bring(tmp_path / "book.xlsx", sheets)
    assert not plan.problems
    found = [
        (e.pledge.donor, e.pledge.amount_minor, str(e.pledge.pledged_on), e.agreement_ref, e.notes)  # type: ignore[union-attr]
        for e in plan.new["pledges"]
    ]
    assert found == [
        ("26", 123410, "2026-02-01", "7.5", "2026-02-01"),
        ("26", 123410, "2026-02-01", "007", "=1+1"),
        ("26", 123410, "2026-02-01", "1000000", " kept "),
    ]


@pytest.mark.parametrize(
    ("value", "text", "code"),
    [
        (5.0, "5", ""),
        (1500, "1500", ""),
        (0.1, "0.1", ""),
        (1e22, "10000000000000000000000", ""),
        (1e-7, "0.0000001", ""),
        (-0.5, "-0.5", ""),
        (123456789012.345, "123456789012.345", ""),
        (date(2026, 3, 1), "2026-03-01", ""),
        (datetime(2026, 3, 1), "2026-03-01", ""),
        (datetime(2026, 3, 1, 0, 0, 1), "2026-03-01 00:00:01", "cell_has_time"),
        (time(3, 4), "03:04:00", "cell_is_time"),
        (timedelta(hours=30), "1 day, 6:00:00", "cell_is_time"),
        (True, "TRUE", "cell_is_boolean"),
        ("1,5", "1,5", ""),
    ],
)
def test_a_cell_becomes_its_plain_text(value: object, text: str, code: str) -> None:
    assert cell_text(value) == (text, code)


CELLS: list[tuple[str, Any, str, str]] = [
    # column, cell, code, what a text cell with the same look would have been told
    ("pledged_on", datetime(2026, 2, 1, 8, 30), "cell_has_time", "pledged_on"),
    ("pledged_on", time(8, 30), "cell_is_time", "pledged_on"),
    ("pledged_on", 46054, "not_a_day", "pledged_on"),
    ("covers_from", date(2026, 3, 1), "not_a_month", "covers_from"),
    ("amount", date(2026, 3, 1), "not_a_decimal", "amount"),
    ("amount", 0.1 + 0.7, "too_many_decimals", "amount"),
    ("amount", 100.001, "too_many_decimals", "amount"),
    ("amount", True, "cell_is_boolean", "amount"),
    ("psc", True, "cell_is_boolean", "psc"),
    ("amount", "1,000", "not_a_decimal", "amount"),
]


@pytest.mark.parametrize(("column", "value", "code", "where"), CELLS)
def test_types_are_never_guessed(tmp_path: Path, column: str, value: object, code: str, where: str) -> None:
    header = ["reference", "donor", "currency", "amount", "pledged_on", "covers_from", "psc"]
    row: list[Any] = ["P1", "UNIDENTIFIED", "USD", 100, date(2026, 2, 1), "2026-03", "yes"]
    row[header.index(column)] = value
    plan = bring(tmp_path / "book.xlsx", {"pledges": [header, row]})
    wanted = [("book.xlsx, sheet pledges", 2, where, code)] if code else []
    assert places(plan.problems) == wanted


def test_rows_are_numbered_as_in_the_sheet_and_blank_ones_skipped(tmp_path: Path) -> None:
    sheets: Sheets = {"donors": [["code", "name"], [], ["CHE", "Switzerland"], ["", ""], ["", "Chile"]]}
    plan = bring(tmp_path / "book.xlsx", sheets)
    assert places(plan.problems) == [("book.xlsx, sheet donors", 5, "code", "missing")]


@pytest.mark.parametrize(
    ("sheets", "row", "column", "code", "file"),
    [
        ({"donors": [["code"], ["CHE"]]}, 1, "name", "missing_column", "book.xlsx, sheet donors"),
        ({"donors": [[], ["code", "name"]]}, 1, "code", "missing_column", "book.xlsx, sheet donors"),
        ({"donor": [["code", "name"]]}, 0, "", "unknown_sheet", "book.xlsx, sheet donor"),
        ({"donors": []}, 0, "", "empty_file", "book.xlsx, sheet donors"),
        ({"Sheet1": []}, 0, "", "no_sheets", "book.xlsx"),
        (
            {"donors": [["code", "name"], ["CHE", "Switzerland", "x"]]},
            2,
            "",
            "more_cells_than_columns",
            "book.xlsx, sheet donors",
        ),
        ({"donors": [["code", "name"], ["CHE", ("=1/0", "#DIV/0!")]]}, 2, "", "cell_is_error", "book.xlsx"),
    ],
)
def test_a_sheet_that_is_not_one_of_ours_is_refused(
    tmp_path: Path, sheets: Sheets, row: int, column: str, code: str, file: str
) -> None:
    assert places(bring(tmp_path / "book.xlsx", sheets).problems)[0] == (file, row, column, code)


def test_an_empty_spare_sheet_is_let_pass(tmp_path: Path) -> None:
    plan = bring(tmp_path / "book.xlsx", {"donors": [["code", "name"], ["CHE", "Switzerland"]], "Sheet2": []})
    assert not plan.problems
    assert plan.writes == 1


# Hostile


def repacked(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """A good workbook with its parts changed."""
    good = workbook(path.with_name("good.xlsx"), {"donors": [["code", "name"], ["CHE", "Switzerland"]]})
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, change(member.filename, old.read(member)))
    return path


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, text: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return text
        assert old in text
        return text.replace(old, new)

    return change


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/workbook.xml", "w", force_zip64=True) as member:
            for _ in range(300):
                member.write(b" " * 1_000_000)


def many(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_000):
            archive.writestr(f"xl/{number}.xml", "")


def macros(path: Path) -> None:
    repacked(path, lambda name, text: text)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")


def laughs(path: Path) -> None:
    head = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    repacked(path, in_sheet(b"<worksheet", head + b"<worksheet"))


def claims(path: Path) -> None:
    repacked(path, in_sheet(b'ref="A1:B2"', b'ref="A1:ALL1000000"'))


def far_cell(path: Path) -> None:
    repacked(path, in_sheet(b'r="B2"', b'r="XFD1048576"'))


def far_cell_in_utf16(path: Path) -> None:
    def change(name: str, text: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return text
        return text.replace(b'r="B2"', b'r="XFD1048576"').decode().encode("utf-16")

    repacked(path, change)


def truncated(path: Path) -> None:
    repacked(path, lambda name, text: text)
    path.write_bytes(path.read_bytes()[:-200])


def flipped(path: Path) -> None:
    repacked(path, lambda name, text: text)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))


def no_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("holiday.jpg", b"x")


def forty_megabytes(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + b"x" * 40_000_000)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (bomb, "workbook_unpacks_too_large"),
        (many, "workbook_many_members"),
        (macros, "workbook_with_macros"),
        (laughs, "workbook_damaged"),
        (claims, "sheet_too_large"),
        (far_cell, "sheet_too_large"),
        (far_cell_in_utf16, "workbook_damaged"),
        (truncated, "workbook_damaged"),
        (flipped, "workbook_damaged"),
        (no_workbook, "workbook_damaged"),
        (forty_megabytes, "workbook_too_large"),
    ],
)
def test_a_hostile_workbook_is_refused_within_seconds(
    tmp_path: Path, make: Callable[[Path], None], code: str
) -> None:
    path = tmp_path / "book.xlsx"
    make(path)
    start = clock.monotonic()
    plan = make_plan(read_paths([path]), fresh())
    assert clock.monotonic() - start < 5
    assert places(plan.problems) == [("book.xlsx", 0, "", code)]


def test_a_member_that_claims_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    bomb(path)
    content = path.read_bytes().replace((300_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    path.write_bytes(content)
    plan = make_plan(read_paths([path]), fresh())
    assert [code for *_, code in places(plan.problems)] == ["workbook_damaged"]


def test_the_limits_leave_room_for_real_workbooks() -> None:
    assert measure.MAX_CELLS >= 100_000 * 14
    assert measure.MAX_UNPACKED_BYTES >= 100_000_000


def test_csv_alone_never_imports_pandas() -> None:
    import subprocess
    import sys

    script = (
        "import sys; import tracker.importing.plan, tracker.reporting.export, tracker.cli;"
        "print(sorted({'pandas', 'xlsxwriter', 'python_calamine'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
