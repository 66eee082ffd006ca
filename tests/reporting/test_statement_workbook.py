"""A contributor's statement as a workbook: recalculated, changed on purpose, read as other programs do."""

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

from tests.cli.conftest import Tracker
from tests.reporting import reports
from tests.reporting.office import CSV_OF_SHEET, NEVER, convert, edit, soffice
from tests.reporting.statement_story import (
    FIRST_HALF,
    NEXT_YEAR,
    SECOND_HALF,
    hostile,
    installation,
    record_first_half,
    record_second_half,
    statement,
)
from tests.reporting.test_workbook import Rows, cents, same, table, values
from tracker.domain.months import month_text
from tracker.queries.statements import StatementReport
from tracker.reporting.statement_workbook import statement_xlsx, write_statement
from tracker.reporting.statements import cause_words

SHEETS = [
    "Statement", "Coverage", "Adjustments", "Pledges", "Instalments", "Receipts", "Refunds", "Exchange",
    "Checks", "Notes",
]  # fmt: skip
NAMES = [
    "france", "france-later", "second-thoughts", "read-later", "nothing", "hostile", "portugal-2027",
]  # fmt: skip
SMALL_DONORS = "the samples are not beside the checkout (../shared/data/samples/small-donors)"

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")  # openpyxl, reading


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StatementReport]:
    """The reports of a few contributors, from a database; Portugal's of the samples, where there are any."""
    found = {}
    with installation(tmp_path_factory.mktemp("story")):
        record_first_half()
        found["france"] = statement("FRA", FIRST_HALF)
        record_second_half()
        found["france-later"] = statement("FRA", SECOND_HALF)
        found["second-thoughts"] = statement("NLD", SECOND_HALF)
        found["read-later"] = statement("NLD", SECOND_HALF, as_of=date(2027, 1, 11))
        found["nothing"] = statement("NIL", SECOND_HALF)
    found["hostile"] = hostile(found["second-thoughts"])
    if reports.SMALL_DONORS.is_dir():
        folder = tmp_path_factory.mktemp("samples")
        with pytest.MonkeyPatch.context() as patch:
            Tracker(folder, patch)("import", reports.SMALL_DONORS)
        with installation(folder):
            found["portugal-2027"] = statement("PRT", NEXT_YEAR)
    return found


def paper(papers: dict[str, StatementReport], name: str) -> StatementReport:
    if name not in papers:
        pytest.skip(SMALL_DONORS)
    return papers[name]


# Recalculated


@pytest.fixture(scope="module")
def recalculated(
    papers: dict[str, StatementReport], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[bytes, dict[str, Rows]]]:
    """Each statement as written, and what LibreOffice makes of its formulas; one start for all of them."""
    soffice()
    folder = tmp_path_factory.mktemp("statements")
    contents = {name: statement_xlsx(report) for name, report in papers.items()}
    for name, content in contents.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    out = convert([folder / f"{name}.xlsx" for name in contents], folder, "xlsx")
    return {name: (content, values(out / f"{name}.xlsx")) for name, content in contents.items()}


@pytest.mark.office
@pytest.mark.parametrize("name", NAMES)
def test_every_formula_of_a_statement_gives_the_value_stored_with_it(
    name: str, recalculated: dict[str, tuple[bytes, dict[str, Rows]]]
) -> None:
    if name not in recalculated:
        pytest.skip(SMALL_DONORS)
    content, after = recalculated[name]
    before = values(content)
    assert list(before) == list(after) == SHEETS
    assert not [
        f"{sheet} {y},{x}: {stored!r}, now {worked_out!r}"
        for sheet in SHEETS
        for y, (row, again) in enumerate(zip(before[sheet], after[sheet], strict=False), start=1)
        for x, (stored, worked_out) in enumerate(zip(row, again, strict=False), start=1)
        if not same(stored, worked_out)
    ]


@pytest.mark.office
@pytest.mark.parametrize("name", NAMES)
def test_every_check_of_a_statement_is_zero_after_recalculation(
    name: str, recalculated: dict[str, tuple[bytes, dict[str, Rows]]]
) -> None:
    if name not in recalculated:
        pytest.skip(SMALL_DONORS)
    checks = table(recalculated[name][1]["Checks"])
    assert len(checks) == 22
    assert {check["Difference"] for check in checks} == {0.0}
    assert {check["Verdict"] for check in checks} == {"holds"}


@pytest.mark.office
def test_recalculation_of_a_statement_is_forced_and_not_read_back(
    papers: dict[str, StatementReport], tmp_path: Path
) -> None:
    original, doctored = tmp_path / "original.xlsx", tmp_path / "doctored.xlsx"
    original.write_bytes(statement_xlsx(papers["second-thoughts"]))
    edit(original, doctored, 1, "C15", lambda _: 1.0)
    forced = values(convert([doctored], tmp_path, "xlsx") / "doctored.xlsx")
    believed = values(convert([doctored], tmp_path, "xlsx", NEVER) / "doctored.xlsx")
    assert cents(forced["Statement"][14][2]) == papers["second-thoughts"].movement.closing[0]
    assert believed["Statement"][14][2] == 1.0


# Changed on purpose

PARTS = ("O1", "O2", "O3", "PS", "Targeted", "Held")
AMOUNTS = {
    "Statement": ("opening", "not used"),
    "Coverage": PARTS[:4],
    "Adjustments": PARTS,
    "Pledges": ("Amount", "Settled"),
    "Instalments": ("Amount", "Settled"),
    "Receipts": ("Amount", "Rate", "USD", "Deduction", *PARTS),
    "Refunds": ("Amount", "USD", *PARTS),
    "Exchange": (
        "Base rate", "Rate as of", "Pledged at base USD", "Received USD", "Received at base USD",
        "Realised USD", "Unrealised USD",
    ),
}  # fmt: skip
"""Every column of numbers that are not formulas, but the requirement of a month."""
UNPROVED = {
    "Receipts": {"Amount": {"N11"}},
    "Refunds": {"Amount": {"B2", "B4", "B5"}},
}
"""Money of no pledge: of what a bank credited in USD, and of refunds, the USD is proved, not the amount."""


def typed_numbers(content: bytes) -> dict[tuple[str, str], list[str]]:
    """The cells of numbers that are no formulas, by sheet and column name; no days."""
    found: dict[tuple[str, str], list[str]] = {}
    book = openpyxl.load_workbook(io.BytesIO(content))
    for row in book["Statement"].iter_rows(min_row=10, max_row=19):
        words = str(row[0].value)
        header = "opening" if words.startswith("Opening") else "not used"
        for cell in row[1:]:
            if cell.data_type == "n" and cell.value is not None:
                found.setdefault(("Statement", header), []).append(cell.coordinate)
    for sheet in book.worksheets[1:8]:
        for cell in (cell for row in sheet.iter_rows(min_row=2) for cell in row):
            header = str(sheet.cell(1, cell.column).value)
            if cell.data_type == "n" and cell.value is not None and not cell.is_date:
                found.setdefault((sheet.title, header), []).append(cell.coordinate)
    return found


def test_every_column_of_typed_numbers_of_a_statement_is_known(papers: dict[str, StatementReport]) -> None:
    typed = set(typed_numbers(statement_xlsx(papers["second-thoughts"])))
    known = {(sheet, header) for sheet, headers in AMOUNTS.items() for header in headers}
    assert typed == known | {("Coverage", "Requirement of the month")}


@pytest.mark.office
@pytest.mark.slow
def test_changing_any_one_amount_of_a_statement_makes_a_check_differ(
    papers: dict[str, StatementReport], tmp_path: Path
) -> None:
    content = statement_xlsx(papers["second-thoughts"])
    source = tmp_path / "source.xlsx"
    source.write_bytes(content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    copies = {}
    for (sheet, header), cells in typed_numbers(content).items():
        if header == "Requirement of the month":
            continue
        for cell in sorted({cells[0], cells[len(cells) // 2], cells[-1]}):
            key = str(book[sheet].cell(book[sheet][cell].row, 1).value)
            if key not in UNPROVED.get(sheet, {}).get(header, ()):
                path = tmp_path / f"{sheet}-{cell}.xlsx"
                edit(source, path, SHEETS.index(sheet) + 1, cell, changed(header))
                copies[path] = f"{sheet}!{cell} ({header})"
    assert len(copies) > 60
    assert not undetected(copies, tmp_path)


def changed(header: str) -> Callable[[float], float]:
    """A rate a little higher, an amount 7.00 higher."""
    return (
        (lambda value: value * 1.07) if "ate" in header and "USD" not in header else (lambda value: value + 7)
    )


def undetected(copies: dict[Path, str], folder: Path) -> list[str]:
    """The copies in which every check is still zero."""
    to = CSV_OF_SHEET.format(number=SHEETS.index("Checks") + 1)
    out = convert([folder / "source.xlsx", *copies], folder, to)

    def differs(path: Path) -> bool:
        with (out / f"{path.stem}-Checks.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) == 23, rows
        return any(float(row[1]) != 0 if re.fullmatch(r"-?[0-9.]+", row[1]) else True for row in rows[1:])

    assert not differs(folder / "source.xlsx")
    return [what for path, what in copies.items() if not differs(path)]


# Read by other programs


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_of_a_statement_are_the_reports(name: str, papers: dict[str, StatementReport]) -> None:
    report = paper(papers, name)
    rows = {str(row[0]).lstrip("+−±= "): row for row in values(statement_xlsx(report))["Statement"][8:]}
    moved, wanted = report.movement, report.wanted_columns

    def read(words: str) -> list[int]:
        return [
            cents(cell)
            for cell in next(r for k, r in rows.items() if k.startswith(words))[2 : 3 + len(wanted)]
        ]

    def told(amounts: tuple[int, ...], sign: int = 1) -> list[int]:
        return [*(sign * amounts[at] for at in wanted), sign * sum(amounts)]

    assert read("Opening") == told(moved.opening)
    assert read("Receipts in the period") == told(moved.receipts)
    assert read("Refunds") == told(moved.refunds, -1)
    assert read("Allocated") == told(moved.allocated, -1)
    assert read("Adjustments") == told(moved.adjustments)
    assert read("Closing") == told(moved.closing)
    assert read("assigned to later months") == told(moved.later)
    assert read("not used") == told(moved.unused)
    core = len(report.programme.codes)
    if core in wanted:
        assert read("targeted")[-1] == moved.beside[core]
    if core + 1 in wanted:
        assert read("held")[-1] == moved.beside[core + 1]
    months = tuple(sum(m.parts[at] for m in report.months) for at in range(core))
    assert read("All months") == told((*months, 0, 0))


def test_the_data_sheets_of_a_statement_are_the_reports_records(papers: dict[str, StatementReport]) -> None:
    report = papers["second-thoughts"]
    sheets = {
        name: table(rows) for name, rows in values(statement_xlsx(report)).items() if name in SHEETS[1:8]
    }
    when = {"before": "before the period", "period": "in the period", "later": "later (provisional)"}
    assert [(r["Month"], r["When"], cents(r["Total"]), cents(r["O2"])) for r in sheets["Coverage"]] == [
        (month_text(m.month), when[m.when], m.total, m.parts[1]) for m in report.months
    ]
    assert [
        (r["Cause"], r["Record"], r["How"], *(cents(r[p]) for p in PARTS)) for r in sheets["Adjustments"]
    ] == [(cause_words(c), c.reference, c.how, *c.amounts) for c in report.causes]
    assert {r["Record"] for r in sheets["Adjustments"]} >= {"N6", "N8", "B3"}
    lots = {lot.reference: lot for lot in report.lots}
    assert [(r["Reference"], cents(r["USD"]), *(cents(r[p]) for p in PARTS)) for r in sheets["Receipts"]] == [
        (own.net.receipt.reference, own.net.receipt.usd_minor, *lots[own.net.receipt.reference].gross)
        for own in report.records.receipts
    ]
    by = {str(r["Reference"]): r for r in sheets["Receipts"]}
    assert (by["N8"]["In the period"], by["N1"]["In the period"]) == ("yes", "no")
    assert by["N1"]["Ledger reference"] == "L-2026-17"
    assert (by["N7"]["Rate"], by["N7"]["Rate of"]) == (0.91, date(2026, 6, 1))
    assert cents(by["N5"]["Deduction"]) == 2882
    assert [(r["Reference"], r["In the period"]) for r in sheets["Refunds"]] == [
        ("B1", "no"), ("B2", "no"), ("B5", "no"), ("B3", "yes"), ("B4", "yes"),
    ]  # fmt: skip
    states = {own.state.pledge.reference: own.state for own in report.records.pledges}
    for row in sheets["Pledges"]:
        assert cents(row["Open USD"]) == states[str(row["Reference"])].open_usd_minor
    late = {str(r["Pledge"]): r["Days late"] for r in sheets["Instalments"] if r["Open USD"]}
    assert late == {"NLD-1": 121, "NLD-2": 333, "NLD-3": 265}
    realised = {str(r["Pledge"]): cents(r["Realised USD"]) for r in sheets["Exchange"]}
    assert realised == {key: states[key].realised_usd_minor for key in ("NLD-2", "NLD-3", "NLD-4")}
    assert realised["NLD-4"] > 0


def test_a_statement_read_later_holds_no_receipt_or_refund_after_its_period(
    papers: dict[str, StatementReport],
) -> None:
    early, late = (values(statement_xlsx(papers[name])) for name in ("second-thoughts", "read-later"))
    for sheet in ("Coverage", "Adjustments", "Receipts", "Refunds"):
        assert [row[:6] for row in early[sheet]] == [row[:6] for row in late[sheet]]


def test_an_empty_statement_has_its_lines_and_empty_tables(papers: dict[str, StatementReport]) -> None:
    sheets = values(statement_xlsx(papers["nothing"]))
    assert sheets["Statement"][1][0] == (
        "Nothing was received in the period; nothing covered months that ended in it. "
        "Nothing is on hand at its end."
    )
    assert all(len(sheets[name]) == 1 for name in SHEETS[1:8])


def test_the_title_of_a_statement_is_the_answer(papers: dict[str, StatementReport]) -> None:
    assert values(statement_xlsx(paper(papers, "portugal-2027")))["Statement"][1][0] == (
        "USD 54,650 was received in the period; USD 59,034 covered months that ended in it. "
        "USD 54,650 is on hand at its end, all of it carried forward to later months. "
        "USD 3,219 of agreements and pledges is overdue."
    )


def test_what_a_statement_speaks_for_stands_on_it_and_in_its_names(
    papers: dict[str, StatementReport],
) -> None:
    report = replace(papers["second-thoughts"], number="NLD-3", corrects="NLD-2", reason="A refund was late")
    content = statement_xlsx(report)
    sheets = values(content)
    front = {str(cell) for row in sheets["Statement"] for cell in row}
    assert {
        "Netherlands (NLD)", "1 July 2026 to 31 December 2026", "31 December 2026", "NLD-3",
        "closing of NLD-1", "11 January 2027, 10:30 (Europe/Zurich)", "NLD-2: A refund was late",
    } <= front  # fmt: skip
    assert any("Coverage is not expenditure" in words and "not a certified" in words for words in front)
    notes = {str(row[0]): row[1] for row in sheets["Notes"]}
    assert notes["Audit anchor"] == report.known.anchor
    assert notes["First month not ended"] == "2027-01"
    assert "16.58 % of core money" in str(notes["O1  High-level advocacy"])
    names = openpyxl.load_workbook(io.BytesIO(content)).defined_names
    cells = [name.attr_text for name in (names[n] for n in ("PeriodFirst", "PeriodLast", "AsOf"))]
    assert cells == ["Notes!$B$3", "Notes!$B$4", "Notes!$B$5"]
    assert [row[1] for row in sheets["Notes"][2:5]] == [
        date(2026, 7, 1),
        date(2026, 12, 31),
        date(2026, 12, 31),
    ]


def test_nothing_of_another_contributor_is_in_a_statement(papers: dict[str, StatementReport]) -> None:
    content = statement_xlsx(papers["second-thoughts"])
    everything = "\n".join(str(cell) for rows in values(content).values() for row in rows for cell in row)
    assert "Records of other contributors" in everything
    assert not re.search(r"France|FRA|Norway|\bNOR\b|ZZ-[12]|\bR[12]\b", everything)


# Safe, repeatable


def test_hostile_text_in_a_statement_stays_text(papers: dict[str, StatementReport]) -> None:
    content = statement_xlsx(papers["hostile"])
    front = openpyxl.load_workbook(io.BytesIO(content))["Statement"]
    cells = {str(cell.value): cell.data_type for row in front.iter_rows() for cell in row}
    name = next(value for value in cells if value.startswith("=1+1\ufffd & <b>"))
    assert cells[name] == cells["=2+2"] == "s"
    assert name.endswith("Ü (NLD)")
    assert not [value for value, kind in cells.items() if kind == "f" and "Ü" in value]


def test_the_same_statement_gives_the_same_bytes(papers: dict[str, StatementReport], tmp_path: Path) -> None:
    report = papers["second-thoughts"]
    first = statement_xlsx(report)
    time.sleep(1.1)
    assert statement_xlsx(report) == first
    write_statement(report, tmp_path / "statement.xlsx")
    assert (tmp_path / "statement.xlsx").read_bytes() == first
    later = replace(report, known=replace(report.known, at_utc=datetime(2027, 2, 1, tzinfo=UTC)))
    assert statement_xlsx(later) != first


def test_a_statement_names_no_author_and_asks_for_no_newer_function(
    papers: dict[str, StatementReport],
) -> None:
    with zipfile.ZipFile(io.BytesIO(statement_xlsx(papers["second-thoughts"]))) as file:
        core = file.read("docProps/core.xml").decode()
        sheets = "".join(file.read(name).decode() for name in file.namelist() if "worksheets/sheet" in name)
    assert "<dc:creator></dc:creator>" in core
    assert "2027-01-11T09:30:00Z" in core
    assert all(len(re.findall(name, sheets)) == 0 for name in ("_xlfn", 't="array"', "cm="))
    used = set(re.findall(r"([A-Z][A-Z0-9.]+)\(", " ".join(re.findall(r"<f>([^<]*)</f>", sheets))))
    known = "ABS AND COUNTIF EXACT FIXED IF INDEX LEFT MATCH MAX ROUND SUM SUMPRODUCT"
    assert used <= set(known.split())


@pytest.mark.office
@pytest.mark.parametrize("name", ["second-thoughts", "hostile", "nothing"])
def test_the_front_sheet_of_a_statement_is_one_page(
    name: str, papers: dict[str, StatementReport], tmp_path: Path
) -> None:
    """Each data sheet here is short: one page a sheet, two for Notes."""
    source = tmp_path / "statement.xlsx"
    source.write_bytes(statement_xlsx(papers[name]))
    pdf = (convert([source], tmp_path, "pdf") / "statement.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == len(SHEETS) + 1
