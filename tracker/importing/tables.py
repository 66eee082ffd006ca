"""Files → tables of text: CSV files, a folder of them, or a workbook with sheets of those names.

Strict, and nothing is guessed: what a file cannot be is said as a problem, with the row where a
spreadsheet shows it. CSV is read as a stream, twice: once to see that it is text, once for its rows.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from unicodedata import normalize

from tracker.domain.neutral import unneutralised
from tracker.domain.problems import Problem
from tracker.domain.writing import COLUMNS, REQUIRED, TableName
from tracker.importing.findings import Finding, finding

CHUNK_BYTES: Final = 1 << 20
MAX_CELL_CHARACTERS: Final = 131_072
"""The csv module's own bound: a quote that is never closed swallows no more than this."""
ZIP_START: Final = b"PK\x03\x04"
FILES: Final[tuple[str, ...]] = tuple(f"{name}.csv" for name in COLUMNS)


class Source(NamedTuple):
    """A file to read, and what it is called (an upload is kept under another name)."""

    name: str
    path: Path


class TextRow(NamedTuple):
    """One row by column names; '' is "not given". A row with problems of its own is not read further."""

    number: int
    cells: dict[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a known name, its header checked. `rows` may be called again; blank rows are left out."""

    file: str
    name: TableName
    rows: Callable[[], Iterator[TextRow]]
    lines: int


@dataclass
class Tables:
    """All tables handed over, and what is wrong with files as such. `broken` names tables not readable."""

    tables: list[Table] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    broken: set[TableName] = field(default_factory=set)

    def refuse(self, file: str, row: int, code: str, column: str = "", **facts: object) -> None:
        """Note what is wrong with a file."""
        self.problems.append(finding(file, row, code, column, **facts))

    @property
    def lines(self) -> int:
        """Lines of all tables: about as many as rows, for a progress bar."""
        return sum(table.lines for table in self.tables)


def read_paths(paths: Iterable[Path]) -> Tables:
    """Open files and folders. Files are called by their name, or by their path where two share one."""
    tables = Tables()
    found: list[Path] = []
    for path in paths:
        found.extend(_files_in(path, tables) if path.is_dir() else [path])
    names = [path.name for path in found]
    sources = [Source(str(p) if names.count(p.name) > 1 else p.name, p) for p in found]
    return read_sources(sources, tables)


def _files_in(folder: Path, tables: Tables) -> list[Path]:
    """The CSV files of a folder, ours or not; other files are none of our business."""
    try:
        listed = sorted(folder.iterdir())
    except OSError as error:
        tables.refuse(str(folder), 0, "file_unreadable", reason=error.strerror or "")
        return []
    chosen = [p for p in listed if p.suffix.lower() == ".csv" and not p.name.startswith(".") and p.is_file()]
    if not chosen:
        tables.refuse(str(folder), 0, "no_tables", names=", ".join(FILES))
    return chosen


def read_sources(sources: Iterable[Source], tables: Tables | None = None) -> Tables:
    """Open files by what their names say they are."""
    tables = tables or Tables()
    for source in sources:
        try:
            _read_source(source, tables)
        except OSError as error:
            tables.refuse(source.name, 0, "file_unreadable", reason=error.strerror or "")
    return tables


def _read_source(source: Source, tables: Tables) -> None:
    stem, suffix = Path(source.name).stem.lower(), Path(source.name).suffix.lower()
    if suffix == ".xlsx":
        from tracker.importing.sheets import read_workbook  # pandas: only where there is a workbook

        read_workbook(source.name, source.path, tables)
    elif suffix == ".csv" and stem in COLUMNS:
        _read_csv(source, stem, tables)
    else:
        tables.refuse(source.name, 0, "unknown_file", names=", ".join(FILES))


# CSV


def _read_csv(source: Source, name: TableName, tables: Tables) -> None:
    lines, wrong = _measure_text(source.path)
    header: list[str] = []
    if wrong is None:
        try:
            header = next(_records(source.path), [])
        except csv.Error as error:
            wrong = 1, _malformed(error)
    if wrong is not None:
        tables.problems.append(Finding(source.name, *wrong))
        tables.broken.add(name)
        return
    columns = check_header(source.name, name, header, tables)
    if columns is not None:
        tables.tables.append(Table(source.name, name, lambda: _csv_rows(source.path, columns), lines))


def _measure_text(path: Path) -> tuple[int, tuple[int, Problem] | None]:
    """The number of lines of a text in UTF-8; and the line and problem where it is none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, empty = 1, True
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if lines == 1 and chunk.startswith(ZIP_START):
                return lines, (0, Problem("workbook_named_csv"))
            empty = empty and not chunk.removeprefix(codecs.BOM_UTF8).strip()
            if b"\0" in chunk:
                return lines, (lines + chunk[: chunk.index(b"\0")].count(b"\n"), Problem("not_text"))
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return lines, (lines + error.object[: error.start].count(b"\n"), Problem("not_utf8"))
            lines += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return lines, (lines, Problem("not_utf8"))
    return lines, (0, Problem("empty_file")) if empty else None


def _records(path: Path) -> Iterator[list[str]]:
    """Rows of cells, blank ones too, so that they count as a spreadsheet counts them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file, strict=True)


def _csv_rows(path: Path, columns: Sequence[str]) -> Iterator[TextRow]:
    number = 1
    records = _records(path)
    next(records, None)
    while True:
        number += 1
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            yield TextRow(number, {}, (_malformed(error),))
            return
        row = text_row(number, columns, [unneutralised(cell) for cell in cells])
        if row is not None:
            yield row


def _malformed(error: csv.Error) -> Problem:
    """Our word for what the csv module found."""
    text = str(error)
    if "field larger" in text:
        return Problem("cell_too_large", "", {"most": MAX_CELL_CHARACTERS})
    return Problem("quote_not_closed" if "unexpected end" in text else "quotes_malformed")


# What CSV and sheets have in common


def check_header(file: str, name: TableName, header: Sequence[str], tables: Tables) -> list[str] | None:
    """The columns by place ('' for one without a name); None, with problems noted, where one is wrong."""
    columns = list(header)
    before = len(tables.problems)
    known = ", ".join(COLUMNS[name])
    if len(columns) == 1 and re.search("[;\t]", columns[0]):
        tables.refuse(file, 1, "not_comma_separated")
    else:
        for column in dict.fromkeys(columns):
            if column and column not in COLUMNS[name]:
                tables.refuse(file, 1, "unknown_column", column, text=column, columns=known)
            elif column and columns.count(column) > 1:
                tables.refuse(file, 1, "column_twice", column, text=column)
        for column in REQUIRED[name]:
            if column not in columns:
                tables.refuse(file, 1, "missing_column", column, text=column)
    if len(tables.problems) > before:
        tables.broken.add(name)
        return None
    return columns


def text_row(number: int, columns: Sequence[str], cells: Sequence[str]) -> TextRow | None:
    """A row by column names; None where blank. Missing cells are empty, a cell too many is a problem."""
    if not any(cell.strip() for cell in cells):
        return None
    named = {column: normalize("NFC", cell) for column, cell in zip(columns, cells, strict=False) if column}
    beyond = list(cells[len(columns) :])
    nameless = [cell for column, cell in zip(columns, cells, strict=False) if not column and cell]
    if beyond or nameless:
        facts = {"cells": len(cells), "columns": len(columns), "text": (nameless + beyond)[0]}
        return TextRow(number, named, (Problem("more_cells_than_columns", "", facts),))
    return TextRow(number, named)
