"""A month's rates as people have them: pasted lines, or a file of `rates.csv`'s columns → one table of text.

Lines are `EUR 0.9180`, one a currency, all from one day; or the columns of `rates.csv` with their header,
with commas or, pasted from a spreadsheet, tabs.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Final
from unicodedata import normalize

from tracker.domain.months import parse_day
from tracker.domain.problems import Problem, Refused
from tracker.domain.writing import COLUMNS
from tracker.importing.rows import Table, Tables, TextRow, check_header, text_row
from tracker.importing.tables import Source, read_sources

MAX_LINES: Final = 1_000
MAX_BYTES: Final = 2_000_000
_BETWEEN: Final = re.compile(r"[\s;=]+")


def read_lines(text: str, effective_on: str) -> Tables:
    """Pasted text as a table of rates, its rows numbered as its lines are. Nothing is guessed."""
    lines, tables = text.splitlines(), Tables()
    said = [line for line in lines if line.strip()]
    if not said:
        tables.refuse("", 0, "missing", "text")
    elif len(said) > MAX_LINES:
        tables.refuse("", 0, "too_many_lines", "text", lines=len(said), most=MAX_LINES)
    elif "effective_on" in said[0] or said[0].casefold().startswith("currency"):
        _read_columns(lines, tables)
    elif _day_is_right(said, effective_on, tables):
        rows = list(_plain_rows(lines, effective_on))
        tables.tables.append(Table("", "rates", lambda: iter(rows), len(rows)))
    return tables


def _read_columns(lines: Sequence[str], tables: Tables) -> None:
    """Lines under a header of `rates.csv`'s columns."""
    first = next(number for number, line in enumerate(lines) if line.strip())
    comma = "\t" if "\t" in lines[first] else ","
    try:
        records = list(csv.reader(lines[first:], delimiter=comma))
    except csv.Error:
        tables.refuse("", 0, "quotes_malformed", "text")
        return
    header = [cell.strip() for cell in records[0]]
    columns = check_header("", "rates", header, tables)
    if columns is None:
        return
    found = (text_row(first + at, columns, [c.strip() for c in r]) for at, r in enumerate(records[1:], 2))
    rows = [row for row in found if row is not None]
    tables.tables.append(Table("", "rates", lambda: iter(rows), len(rows)))


def _day_is_right(said: Sequence[str], effective_on: str, tables: Tables) -> bool:
    """The day that all plain lines share; lines with days of their own do not need it."""
    if all(len(_words(line)) == 3 for line in said):
        return True
    try:
        if not effective_on:
            raise Refused.of("missing", "effective_on")
        parse_day(effective_on)
    except Refused as refused:
        for problem in refused.problems:
            tables.refuse("", 0, problem.code, "effective_on", **problem.facts)
        return False
    return True


def _words(line: str) -> list[str]:
    return _BETWEEN.split(line.strip())


def _plain_rows(lines: Sequence[str], effective_on: str) -> Iterator[TextRow]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match _words(normalize("NFC", line)):
            case [currency, rate]:
                cells = {"currency": currency, "effective_on": effective_on, "rate": rate}
                yield TextRow(number, cells)
            case [currency, day, rate]:
                yield TextRow(number, {"currency": currency, "effective_on": day, "rate": rate})
            case _:
                problem = Problem("not_a_rate_line", "", {"text": line.strip()})
                yield TextRow(number, {}, (problem,))


def read_upload(name: str, path: Path) -> tuple[str, Tables]:
    """An uploaded file's rates as text of `rates.csv`; or, with no text, what is wrong with the file."""
    suffix, tables = Path(name).suffix.lower(), Tables()
    if path.stat().st_size > MAX_BYTES:
        tables.refuse(name, 0, "rates_file_too_large", most=MAX_BYTES // 1_000_000)
        return "", tables
    if suffix not in (".csv", ".xlsx"):
        tables.refuse(name, 0, "unknown_file", names="rates.csv, rates.xlsx")
        return "", tables
    read_sources([Source("rates.csv" if suffix == ".csv" else name, path)], tables)
    rows: list[TextRow] = []
    for table in tables.tables:
        if table.name != "rates":
            tables.refuse(table.file, 0, "only_rates")
            continue
        rows += table.rows()
        for row in rows:
            for problem in row.problems:
                tables.refuse(table.file, row.number, problem.code, problem.column, **problem.facts)
    if len(rows) > MAX_LINES:
        tables.refuse(name, 0, "too_many_lines", lines=len(rows), most=MAX_LINES)
    return ("" if tables.problems else _as_text(rows)), tables


def _as_text(rows: Sequence[TextRow]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS["rates"])
    writer.writerows([row.cells.get(column, "") for column in COLUMNS["rates"]] for row in rows)
    return out.getvalue()
