"""A workbook → tables of text. Real numbers and dates are taken as such, everything else as its text.

A number becomes its shortest decimal, a date YYYY-MM-DD; a boolean, a time of day or a duration is a
problem, because each could mean several things.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from tracker.domain.problems import Problem, Refused
from tracker.domain.writing import COLUMNS
from tracker.importing.findings import Finding
from tracker.importing.measure import measure_workbook
from tracker.importing.rows import Table, Tables, TextRow, check_header, text_row


def read_workbook(name: str, path: Path, tables: Tables) -> None:
    """Add the sheets of a workbook to the tables, or what is wrong with it."""
    try:
        measure_workbook(path)
        sheets = _sheets(path)
    except Refused as refusal:
        problem = refusal.problems[0]
        row = problem.facts.get("row", 0)
        tables.problems.append(Finding(name, row if isinstance(row, int) else 0, problem))
        tables.broken.update(COLUMNS)
        return
    found = 0
    for title, rows in sheets:
        found += _read_sheet(name, title, rows, tables)
    if not found:
        tables.refuse(name, 0, "no_sheets", names=", ".join(COLUMNS))


def _sheets(path: Path) -> list[tuple[str, list[list[Any]]]]:
    """Every sheet's title and cells. Raises `Refused` where the reader cannot make sense of the file."""
    try:
        with pd.ExcelFile(path, engine="calamine") as book:
            return [(str(title), _cells(book, str(title))) for title in book.sheet_names]
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # calamine is Rust: what it panics on is not an Exception
        raise Refused.of("workbook_damaged") from error


def _cells(book: pd.ExcelFile, title: str) -> list[list[Any]]:
    frame = pd.read_excel(book, sheet_name=title, header=None, dtype=object, na_filter=False)
    return [list(row) for row in frame.itertuples(index=False, name=None)]


def _read_sheet(book: str, title: str, rows: list[list[Any]], tables: Tables) -> int:
    """One sheet; answers 1 where it is one of ours. An empty sheet of another name is let pass."""
    file, name = f"{book}, sheet {title}", title.lower()
    if name not in COLUMNS:
        if rows:
            tables.refuse(file, 0, "unknown_sheet", names=", ".join(COLUMNS))
        return int(bool(rows))
    if not rows:
        tables.refuse(file, 0, "empty_file")
        tables.broken.add(name)
        return 1
    header = [value if isinstance(value, str) else str(value) for value in rows[0]]
    columns = check_header(file, name, header, tables)
    if columns is not None:
        tables.tables.append(Table(file, name, lambda: _text_rows(rows, columns), len(rows)))
    return 1


def _text_rows(rows: list[list[Any]], columns: Sequence[str]) -> Iterator[TextRow]:
    for number, values in enumerate(rows[1:], start=2):
        problems = []
        texts = []
        for at, value in enumerate(values):
            text, code = cell_text(value)
            texts.append(text)
            if code:
                problems.append(Problem(code, columns[at] if at < len(columns) else "", {"text": text}))
        row = text_row(number, columns, texts)
        if row is not None:
            yield row._replace(problems=row.problems + tuple(problems))


def cell_text(value: object) -> tuple[str, str]:
    """A cell's text, and the code of what is wrong with it ('' for nothing).

    >>> cell_text(1500.0), cell_text(0.935), cell_text(1e-7), cell_text(date(2026, 3, 1)), cell_text(True)
    (('1500', ''), ('0.935', ''), ('0.0000001', ''), ('2026-03-01', ''), ('TRUE', 'cell_is_boolean'))
    """
    match value:
        case str():
            return value, ""
        case bool():
            return str(value).upper(), "cell_is_boolean"
        case int():
            return str(value), ""
        case float():
            return _shortest(value), ""
        case datetime() if value.time() != time():
            return value.isoformat(" "), "cell_has_time"
        case datetime():
            return value.date().isoformat(), ""
        case date():
            return value.isoformat(), ""
        case _:
            return str(value), "cell_is_time"


def _shortest(value: float) -> str:
    """The shortest decimal that is this number, without an exponent."""
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
