"""A CSV file → a table of text. Read as a stream, twice: once to see that it is text, once for its rows."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tracker.domain.neutral import unneutralised
from tracker.domain.problems import Problem
from tracker.domain.writing import TableName
from tracker.importing.findings import Finding
from tracker.importing.rows import Table, Tables, TextRow, check_header, text_row

CHUNK_BYTES: Final = 1 << 20
MAX_CELL_CHARACTERS: Final = 131_072
"""The csv module's own bound: a quote that is never closed swallows no more than this."""
ZIP_START: Final = b"PK\x03\x04"


def read_csv(file: str, path: Path, name: TableName, tables: Tables) -> None:
    """Add a CSV file to the tables, or what is wrong with it."""
    lines, wrong = _measure_text(path)
    header: list[str] = []
    if wrong is None:
        try:
            header = next(_records(path), [])
        except csv.Error as error:
            wrong = 1, _malformed(error)
    if wrong is not None:
        tables.problems.append(Finding(file, *wrong))
        tables.broken.add(name)
        return
    columns = check_header(file, name, header, tables)
    if columns is not None:
        tables.tables.append(Table(file, name, lambda: _csv_rows(path, columns), lines))


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
