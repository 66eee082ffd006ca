"""Files of rows read into cells: bytes of any origin, limits, and how days and amounts are written."""

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from tracker.domain.problems import Refused
from tracker.importing import cells
from tracker.importing.cells import Cell, header_of, plain_amount, plain_day, read_sheets, table_amount
from tracker.wording import problem_text


def csv_cells(folder: Path, content: bytes) -> list[list[str]]:
    """The texts of a CSV file of these bytes."""
    path = folder / "table.csv"
    path.write_bytes(content)
    return [[cell.text for cell in row] for row in read_sheets(path.name, path)[""]]


@pytest.mark.parametrize(
    "content",
    [
        b"A,B\n1,2\n",
        b"\xef\xbb\xbfA,B\r\n1,2\r\n",
        b"A;B\r\n1;2",
        b"A\tB\n 1 \t2\n\n,\n",
        b'"A","B"\n"1","2"\n',
    ],
)
def test_csv_is_read_whatever_parts_its_columns_and_ends_its_lines(tmp_path: Path, content: bytes) -> None:
    assert [row for row in csv_cells(tmp_path, content) if any(row)][:2] == [["A", "B"], ["1", "2"]]


def test_blank_rows_keep_their_numbers_and_those_at_the_end_are_none(tmp_path: Path) -> None:
    assert csv_cells(tmp_path, b'\nA,B\n\n1,"two\nlines"\n\n,,\n') == [
        [],
        ["A", "B"],
        [],
        ["1", "two\nlines"],
    ]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("t.csv", "Donor\nCôte d’Ivoire\n".encode("cp1252"), "not_utf8"),
        ("t.csv", "A,B\n".encode("utf-16"), "not_utf8"),
        ("t.csv", b"A\0B\n", "not_text"),
        ("t.csv", b"PK\x03\x04", "workbook_named_csv"),
        ("t.csv", b"", "empty_file"),
        ("t.csv", b"\n\n,,\n", "empty_file"),
        ("t.csv", b'A,"B"x\n', "quotes_malformed"),
        ("t.csv", b"A\n" + b"x" * 600_000, "cell_never_ends"),
        ("t.csv", b"A\n" + b"x" * 10_001, "cell_too_long"),
        ("t.csv", b"," * 301 + b"x\n", "too_many_columns"),
        ("t.csv", b"x\n" * 100_001, "list_too_long"),
        ("t.xlsx", b"nonsense", "workbook_damaged"),
        ("t.xls", b"A\n", "upload_unknown"),
        ("t", b"A\n", "upload_unknown"),
    ],
)
def test_what_is_no_table_is_refused_with_one_problem(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read_sheets(name, path)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_cell_that_is_too_long_is_named_by_row_and_column(tmp_path: Path) -> None:
    for content, place in (
        (b"A,B\n\n1," + b"x" * 10_001, "Row 3, column B"),
        (b"A\n" + b"," * 27 + b"x" * 10_001, "Row 2, column AB"),
        (b'A,B\n1,2\n3,"' + b"x" * 600_000, "Row 3 "),
    ):
        with pytest.raises(Refused) as refused:
            csv_cells(tmp_path, content)
        [sentence] = map(problem_text, refused.value.problems)
        assert sentence.startswith(place)


def test_more_cells_than_memory_is_meant_for_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "MAX_CELLS", 10)
    with pytest.raises(Refused, match="sheet_too_large"):
        csv_cells(tmp_path, b"1,2,3\n" * 4)


def test_a_large_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MAX_BYTES", 5)
    with pytest.raises(Refused, match="table_too_large"):
        csv_cells(tmp_path, b"A,B\n1,2\n")


def test_every_sheet_of_a_workbook_is_read_and_numbers_and_days_are_known_as_such(tmp_path: Path) -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "Flows"
    first["B2"], first["C2"], first["D2"], first["E2"] = (
        "x",
        1500.5,
        datetime.fromisoformat("2026-03-01 22:51"),
        True,
    )
    book.create_sheet("Empty")
    book.create_sheet("Text")["A1"] = "1500"
    path = tmp_path / "book.xlsx"
    book.save(path)
    sheets = read_sheets("book.xlsx", path)
    assert list(sheets) == ["Flows", "Text"]
    assert not any(cell.text for cell in sheets["Flows"][0])
    assert sheets["Flows"][1][1:] == (
        Cell("x"),
        Cell("1500.5", typed=True),
        Cell("2026-03-01", typed=True),
        Cell("TRUE"),
    )
    assert sheets["Text"] == ((Cell("1500"),),)


def test_headings_twice_or_missing_are_told_apart() -> None:
    rows = (tuple(map(Cell, ("A", "A", "", "two\n words"))), tuple(map(Cell, "12345")))
    assert header_of(rows, 1) == ["A (1)", "A (2)", "(3)", "two words", "(5)"]
    assert header_of(rows, 0) == header_of(rows, 3) == []


@pytest.mark.parametrize(
    ("form", "text", "plain"),
    [
        ("YYYY-MM-DD", "2018-01-16T22:51:30.42", "2018-01-16"),
        ("YYYY-MM-DD", "2014-06-03T00:00:00", "2014-06-03"),
        ("YYYY-MM-DD", "2014-06-03 10:30", "2014-06-03"),
        ("YYYY-MM-DD", "2014-06-03T10:30:00.123Z", "2014-06-03"),
        ("YYYY-MM-DD", "2014-06-03T10:30:00+02:00", "2014-06-03"),
        ("YYYY", "2014", "2014-01-01"),
    ],
)
def test_a_day_may_have_a_time_after_it_or_be_a_year(form: str, text: str, plain: str) -> None:
    assert plain_day(text, form) == plain


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("YYYY-MM-DD", "2014-06-03Tnoon"),
        ("YYYY-MM-DD", "2014-06-03T00:00:00 or so"),
        ("DD.MM.YYYY", "2014-06-03T00:00:00"),
        ("YYYY", "14"),
        ("YYYY", "٢٠١٤"),
        ("YYYY-MM-DD", "2014"),
    ],
)
def test_a_day_in_another_format_is_never_guessed(form: str, text: str) -> None:
    with pytest.raises(Refused):
        plain_day(text, form)


def test_only_tables_may_leave_out_the_zero_before_the_point() -> None:
    assert [table_amount(t, "1,234.56") for t in (".96", "-.5", "1,000.5")] == ["0.96", "-0.5", "1000.5"]
    for text in (".", "..5", ".5e3"):
        with pytest.raises(Refused):
            table_amount(text, "1234.56")
    with pytest.raises(Refused):
        plain_amount(".96", "1234.56")
