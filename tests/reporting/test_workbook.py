"""The GCG workbook: recalculated by a spreadsheet program, changed on purpose, read as other programs do."""

import csv
import io
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import Phase, given, seed, settings
from openpyxl.utils import get_column_letter
from python_calamine import CalamineWorkbook

from tests.domain.oracle import ListedRates
from tests.domain.random_books import Book, books
from tests.reporting import reports
from tests.reporting.office import CSV_OF_SHEET, NEVER, convert, edit, soffice
from tracker.domain.months import month_text
from tracker.domain.position import Total
from tracker.domain.vocabulary import DONOR_KINDS
from tracker.queries.report import DonorRow, Report
from tracker.reporting.masking import gcg_edition
from tracker.reporting.workbook import write_workbook
from tracker.reporting.workbook.figures import KINDS

SHEETS = [
    "Summary", "Months", "Changes", "Position", "Trace", "Pledges", "Instalments", "Receipts", "Refunds",
    "Donors", "Budget", "Rates", "Checks", "Notes",
]  # fmt: skip
BOOKS: dict[str, Callable[[], Report]] = {
    "empty": reports.empty,
    "example-a": reports.example_a,
    "example-b": reports.example_b,
    "hard": reports.hard,
    "small-donors-2026": lambda: reports.small_donors("2026-11-30"),
    "small-donors-2028": lambda: reports.small_donors("2028-06-30"),
    "small-donors-2031": lambda: reports.small_donors("2031-06-30"),
    "after-the-end": lambda: reports.small_donors("2031-08-01"),
}

Rows = list[list[object]]

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")  # openpyxl, reading


def written(report: Report) -> bytes:
    target = io.BytesIO()
    write_workbook(report, target)
    return target.getvalue()


def values(source: Path | bytes) -> dict[str, Rows]:
    """Every cell as a program reads it, by sheet."""
    file = CalamineWorkbook.from_filelike(
        io.BytesIO(source if isinstance(source, bytes) else source.read_bytes())
    )
    return {name: file.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in file.sheet_names}


def table(sheet: Rows) -> list[dict[str, object]]:
    """A data sheet's rows by column name."""
    header, *body = sheet
    return [dict(zip(map(str, header), row, strict=True)) for row in body]


def cents(value: object) -> int:
    assert isinstance(value, int | float)
    return round(value * 100)


def formulas(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return sum(file.read(name).count(b"<f>") for name in file.namelist() if "worksheets/sheet" in name)


# Recalculated


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, dict[str, Rows]]]:
    """Each paper as written, and what LibreOffice makes of its formulas; one start for all of them."""
    soffice()
    folder = tmp_path_factory.mktemp("papers")
    contents = {}
    for name, build in BOOKS.items():
        try:
            contents[name] = written(build())
        except pytest.skip.Exception:
            continue
        (folder / f"{name}.xlsx").write_bytes(contents[name])
    out = convert([folder / f"{name}.xlsx" for name in contents], folder, "xlsx")
    return {name: (content, values(out / f"{name}.xlsx")) for name, content in contents.items()}


def same(stored: object, worked_out: object) -> bool:
    if isinstance(stored, int | float) and isinstance(worked_out, int | float):
        return abs(stored - worked_out) < 1e-7
    return stored == worked_out


def differences(before: dict[str, Rows], after: dict[str, Rows]) -> list[str]:
    """Cells whose stored value is not what recalculation gives."""
    return [
        f"{sheet}!{get_column_letter(x)}{y}: {stored!r}, now {worked_out!r}"
        for sheet in SHEETS
        for y, (row, again) in enumerate(zip(before[sheet], after[sheet], strict=False), start=1)
        for x, (stored, worked_out) in enumerate(zip(row, again, strict=False), start=1)
        if not same(stored, worked_out)
    ]


@pytest.mark.office
@pytest.mark.parametrize("name", BOOKS)
def test_every_formula_gives_the_value_stored_with_it(
    name: str, recalculated: dict[str, tuple[bytes, dict[str, Rows]]]
) -> None:
    if name not in recalculated:
        pytest.skip("the samples are not beside the checkout (../shared/data/samples/small-donors)")
    content, after = recalculated[name]
    assert formulas(content) > 3800
    before = values(content)
    assert list(before) == list(after) == SHEETS
    assert not differences(before, after)


@pytest.mark.office
@pytest.mark.parametrize("name", BOOKS)
def test_every_check_is_zero_after_recalculation(
    name: str, recalculated: dict[str, tuple[bytes, dict[str, Rows]]]
) -> None:
    if name not in recalculated:
        pytest.skip("the samples are not beside the checkout (../shared/data/samples/small-donors)")
    checks = table(recalculated[name][1]["Checks"])
    assert len(checks) == 29
    assert {check["Difference"] for check in checks} == {0.0}
    assert {check["Verdict"] for check in checks} == {"holds"}


@pytest.mark.office
def test_recalculation_is_forced_and_not_read_back(tmp_path: Path) -> None:
    """A stored value that is wrong is put right where recalculation is forced, and shown where it is not."""
    original, doctored = tmp_path / "original.xlsx", tmp_path / "doctored.xlsx"
    original.write_bytes(written(reports.example_a()))
    edit(original, doctored, 1, "A5", lambda _: 1.0)
    forced = values(convert([doctored], tmp_path, "xlsx") / "doctored.xlsx")
    believed = values(convert([doctored], tmp_path, "xlsx", NEVER) / "doctored.xlsx")
    assert forced["Summary"][4][0] == 2463438.0
    assert believed["Summary"][4][0] == 1.0


@pytest.mark.office
@pytest.mark.slow
def test_random_books_recalculate_to_what_is_stored(tmp_path: Path) -> None:
    """Several currencies, earmarks, windows, budget versions, tolerances; every other book masks a donor."""
    contents = {f"book-{n}": written(report) for n, report in enumerate(random_reports())}
    for name, content in contents.items():
        (tmp_path / f"{name}.xlsx").write_bytes(content)
    out = convert([tmp_path / f"{name}.xlsx" for name in contents], tmp_path, "xlsx")
    for name, content in contents.items():
        after = values(out / f"{name}.xlsx")
        assert not differences(values(content), after), name
        assert {check["Difference"] for check in table(after["Checks"])} == {0.0}, name


def random_reports() -> list[Report]:
    """Twenty-five books, always the same."""
    found: list[Report] = []

    @seed(8)
    @settings(max_examples=25, database=None, deadline=None, phases=[Phase.generate])
    @given(books())
    def collect(book: Book) -> None:
        hidden = DonorRow("Norway", "Norway", "government", "NO", len(found) % 2 == 0)
        report = reports.as_report(book.facts, book.as_of.isoformat(), donors=(hidden,))
        assert isinstance(book.facts.rates, ListedRates)
        known = tuple(rate for rate in book.facts.rates.listed if rate.effective_on <= book.as_of)
        found.append(replace(report, rates=known))

    collect()
    return found


# Changed on purpose

AMOUNTS = {
    "Trace": ("Amount",),
    "Pledges": ("Amount", "Base rate", "Deductions USD", "Realised USD", "Unrealised USD"),
    "Instalments": ("Amount", "Rate as of"),
    "Receipts": (
        "Amount", "Deduction", "Rate", "USD", "USD beside the rate", "Net amount", "Pledge currency rate",
    ),
    "Refunds": ("Amount", "USD"),
    "Budget": (
        "Share", "Monthly total USD", "Requirement USD a month", "Published USD a month",
        "Published − requirement", "Months in force",
    ),
    "Rates": ("Units for one USD", "USD for 1,000 units"),
}  # fmt: skip
"""Every column of numbers that are not formulas."""

PLACES_A_COLUMN = 3


def typed_numbers(content: bytes) -> dict[tuple[str, str], list[str]]:
    """The cells of numbers that are no formulas, by sheet and column name; no days, no version numbers."""
    found: dict[tuple[str, str], list[str]] = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets[3:12]:
        for cell in (cell for row in sheet.iter_rows(min_row=2) for cell in row):
            header = str(sheet.cell(1, cell.column).value)
            if cell.data_type == "n" and cell.value is not None and not cell.is_date and header != "Version":
                found.setdefault((sheet.title, header), []).append(cell.coordinate)
    return found


def test_every_column_of_typed_numbers_is_known() -> None:
    typed = typed_numbers(written(reports.hard()))
    assert set(typed) == {(sheet, header) for sheet, headers in AMOUNTS.items() for header in headers}


@pytest.mark.office
@pytest.mark.slow
def test_changing_any_one_amount_makes_a_check_differ(tmp_path: Path) -> None:
    """In each column the first amount, the last, and one between."""
    content = written(reports.hard())
    source = tmp_path / "source.xlsx"
    source.write_bytes(content)
    copies = {}
    for (sheet, header), cells in typed_numbers(content).items():
        chosen = {cells[round(n * (len(cells) - 1) / (PLACES_A_COLUMN - 1))] for n in range(PLACES_A_COLUMN)}
        for cell in sorted(chosen):
            path = tmp_path / f"{sheet}-{cell}.xlsx"
            edit(source, path, SHEETS.index(sheet) + 1, cell, changed(header))
            copies[path] = f"{sheet}!{cell} ({header})"
    unseen = undetected(copies, tmp_path)
    assert not unseen


RATES = ("Base rate", "Rate as of", "Rate", "Pledge currency rate", "Share", "Units for one USD")


def changed(header: str) -> Callable[[float], float]:
    """A rate or a share a little higher, an amount 7.00 higher."""
    return (lambda value: value * 1.07) if header in RATES else (lambda value: value + 7)


def undetected(copies: dict[Path, str], folder: Path) -> list[str]:
    """The copies in which every check is still zero."""
    out = convert(
        [folder / "source.xlsx", *copies], folder, CSV_OF_SHEET.format(number=SHEETS.index("Checks") + 1)
    )

    def differs(path: Path) -> bool:
        with (out / f"{path.stem}-Checks.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) == 30, rows
        return any(float(row[1]) != 0 if re.fullmatch(r"-?[0-9.]+", row[1]) else True for row in rows[1:])

    assert not differs(folder / "source.xlsx")
    return [what for path, what in copies.items() if not differs(path)]


# Read by other programs


@pytest.mark.parametrize("name", ["empty", "example-b", "hard"])
def test_sheets_and_headers_are_the_contract(name: str) -> None:
    sheets = values(written(BOOKS[name]()))
    assert list(sheets) == SHEETS
    assert sheets["Position"][0] == [
        "Outcome", "Month", "Required", "Received", "Signed", "Pledged", "Gap", "Status",
    ]  # fmt: skip
    assert sheets["Trace"][0] == ["Lens", "Reference", "Donor", "Outcome", "Month", "Amount"]
    assert sheets["Checks"][0] == ["Check", "Difference", "Verdict", "What it compares"]


def test_position_is_the_position_with_months_as_text() -> None:
    report = reports.hard()
    rows = table(values(written(report))["Position"])
    names = ("Required", "Received", "Signed", "Pledged", "Gap")
    read = [(r["Outcome"], r["Month"], *(cents(r[name]) for name in names), r["Status"]) for r in rows]
    cells = report.position.cells
    assert read == [(c.outcome, month_text(c.month), *c[2:7], c.status) for c in cells]
    total = report.position.total
    assert [sum(cents(r[name]) for r in rows) for name in names] == list(total[:5])


def test_trace_is_the_trace_and_unused_money_has_no_month() -> None:
    report = gcg_edition(reports.hard())
    rows = table(values(written(report))["Trace"])
    read = [
        (*(r[name] for name in ("Lens", "Reference", "Donor", "Outcome", "Month")), cents(r["Amount"]))
        for r in rows
    ]
    assert read == [
        (
            t.lens,
            t.reference,
            t.donor,
            t.outcome,
            month_text(t.month) if t.month is not None else "",
            t.amount,
        )
        for t in report.position.trace
    ]
    assert {t.outcome for t in report.position.trace if t.month is None} > {"targeted", "held", "PS"}


def test_the_requirement_of_a_month_follows_the_highest_version_effective_by_then() -> None:
    """Version 3 is effective before version 2, which is therefore never in force; 5 is not adopted yet."""
    rows = table(values(written(reports.hard()))["Budget"])
    by_version = {r["Version"]: (r["Basis"], r["In force until"], r["Months in force"]) for r in rows}
    assert by_version == {
        1: ("shares", "2026-12", 12),
        2: ("shares", "2026-12", 0),
        3: ("amounts", "2028-12", 24),
        4: ("amounts", "2031-06", 30),
    }


def test_checks_holds_no_number_but_the_differences() -> None:
    for row in values(written(reports.hard()))["Checks"][1:]:
        assert row[1] == 0
        assert all(isinstance(cell, str) for cell in (row[0], *row[2:]))


def test_what_is_named_is_where_formulas_look_for_it() -> None:
    names = openpyxl.load_workbook(io.BytesIO(written(reports.example_b()))).defined_names
    notes = values(written(reports.example_b()))["Notes"]
    assert {name: names[name].attr_text for name in ("AsOf", "AsOfMonth", "Tolerance")} == {
        "AsOf": "Notes!$B$3",
        "AsOfMonth": "Notes!$B$4",
        "Tolerance": "Notes!$B$5",
    }
    assert [row[1] for row in notes[2:5]] == [date(2026, 6, 15), "2026-06", 1.0]
    assert [row[1] for row in notes if row[0] == "Audit anchor"] == [reports.ANCHOR]


# The words in front


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty", "USD 2,583,438 is still to raise: nothing received, signed or pledged covers a month yet."),
        ("example-a", "USD 2,463,438 is still to raise, from April 2026 on. "
         "Money received and signed covers every outcome through March 2026."),
        ("example-b", "USD 2,261,789 is still to raise, from July 2026 on. "
         "Money received and signed does not cover June 2026."),
        ("small-donors-2028", "USD 715,751 is still to raise, from December 2029 on. "
         "Money received and signed covers every outcome through July 2029."),
        ("after-the-end", "The programme ended in June 2031. USD 583,732 of its requirement found no money."),
    ],
)  # fmt: skip
def test_the_title_is_the_answer(name: str, words: str) -> None:
    assert values(written(BOOKS[name]()))["Summary"][1][0] == words


def test_a_programme_covered_to_its_end_says_so() -> None:
    receipts = """
        reference | donor  | received   | amount
        R1        | FRANCE | 2026-01-15 | 2,583,438
    """
    report = reports.as_report(reports.book(receipts=receipts), "2026-02-28")
    summary = values(written(report))["Summary"]
    assert summary[1][0] == "Money received and signed covers every outcome through June 2031."
    assert [summary[4][at] for at in (0, 2, 5, 8, 11)] == [0.12, "June 2031", "none", 0, "Yes"]
    after = values(written(reports.as_report(reports.book(receipts=receipts), "2031-07-01")))["Summary"]
    assert (
        after[1][0]
        == "The programme ended in June 2031. Money received, signed and pledged covers every month of it."
    )
    assert [after[4][at] for at in (0, 2, 5, 8, 11)] == [0, "ended", "ended", 0.12, "No"]


def test_summary_shows_the_totals_of_the_position() -> None:
    report = reports.hard()
    total: Total = report.position.total
    row = next(r for r in values(written(report))["Summary"] if r[0] == "All outcomes")
    assert [cents(cell) for cell in row[3:10]] == list(total)


def test_changes_leads_from_the_requirement_to_what_is_still_to_raise() -> None:
    report = reports.example_b()
    changes = values(written(report))["Changes"]
    assert "This is the first paper: there is nothing to compare it with" in str(changes[1][0])
    total = report.position.total
    parts = [total.required, -total.received, -total.signed, -total.pledged, -total.lapsed, total.ahead]
    assert [cents(row[6]) for row in changes[4:10]] == parts


# Safe, masked, repeatable


def test_text_that_looks_like_a_formula_stays_text() -> None:
    content = written(reports.hard())
    names = {str(r["Name"]) for r in table(values(content)["Donors"])}
    assert {
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1+1",
        "＝1+1",
        "#N/A",
        "Infinity",
        "007",
    } <= names
    assert {"\n=1+1", "Bell\ufffd & <Sons> \ufffd _x0041_"} <= names
    donors = openpyxl.load_workbook(io.BytesIO(content))["Donors"]
    assert {donors.cell(row, 2).data_type for row in range(2, donors.max_row + 1)} == {"s"}


def test_nothing_tells_who_an_anonymous_donor_is() -> None:
    with zipfile.ZipFile(io.BytesIO(written(reports.hard()))) as file:
        everything = "\n".join(file.read(name).decode(errors="replace") for name in file.namelist())
    assert "Anonymous donor 1" in everything
    assert not [
        secret
        for secret in reports.SECRET
        if re.search(rf"(?<![A-Za-z]){re.escape(secret)}(?![a-z])", everything)
    ]


def test_the_same_report_gives_the_same_bytes() -> None:
    first = written(reports.hard())
    time.sleep(1.1)
    assert written(reports.hard()) == first
    later = replace(reports.hard(), taken_at_utc=datetime(2026, 11, 23, tzinfo=UTC))
    assert written(later) != first


def test_a_path_is_written_like_a_stream(tmp_path: Path) -> None:
    write_workbook(reports.example_a(), tmp_path / "paper.xlsx")
    write_workbook(reports.example_a(), str(tmp_path / "again.xlsx"))
    assert (tmp_path / "paper.xlsx").read_bytes() == written(reports.example_a())
    assert (tmp_path / "again.xlsx").read_bytes() == written(reports.example_a())


def test_the_file_names_no_author_and_asks_for_no_newer_function() -> None:
    with zipfile.ZipFile(io.BytesIO(written(reports.hard()))) as file:
        core = file.read("docProps/core.xml").decode()
        sheets = "".join(file.read(name).decode() for name in file.namelist() if "worksheets/sheet" in name)
    assert "<dc:creator></dc:creator>" in core
    assert "2026-11-22T14:30:00Z" in core
    used = set(re.findall(r"([A-Z][A-Z0-9.]+)\(", " ".join(re.findall(r"<f>([^<]*)</f>", sheets))))
    known = (
        "ABS AND COUNTIF COUNTIFS DATE EXACT FIXED IF IFERROR INDEX INT MATCH MAX MIN MONTH OR RANK ROUND "
        "SUM SUMIFS SUMPRODUCT YEAR"
    )
    assert used <= set(known.split())


def test_every_kind_of_donor_has_a_line_on_summary() -> None:
    assert sorted(kind for _, kinds in KINDS for kind in kinds) == sorted(DONOR_KINDS)
