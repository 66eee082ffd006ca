"""Tables of text: what CSV files and sheets have in common, and what a header has to be."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from unicodedata import normalize

from tracker.domain.problems import Problem
from tracker.domain.writing import COLUMNS, REQUIRED, TableName
from tracker.importing.findings import Finding, finding


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
