"""A list to take away: CSV for programs, a workbook for people. Cells are typed; nothing is worked out here.

What is written are the page's own figures, all its pages, in the page's order. Text is never a formula.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final, Generic, NamedTuple, TypeVar

from tracker.domain.money import PROGRAMME_CURRENCY, amount_text, currency_digits
from tracker.domain.months import EARLIEST_YEAR
from tracker.domain.neutral import neutralised
from tracker.reporting.export import is_exact
from tracker.reporting.files import csv_line
from tracker.reporting.workbook.formats import clean

T = TypeVar("T")
LONGEST_CELL: Final = 32_000
"""Characters; a spreadsheet's cell holds 32,767."""
WIDEST: Final = 60


class Money(NamedTuple):
    """Whole minor units of a currency."""

    minor: int
    currency: str = PROGRAMME_CURRENCY


Cell = str | int | date | Money | None


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: its name in CSV, its head in a workbook, and a row's cell.

    `total` names the sum of the page that stands under it. `personal`: for who may see records only.
    """

    name: str
    head: str
    of: Callable[[T], Cell]
    total: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """A list: title, columns, rows, the page's totals by name (USD cents or counts), and what it speaks of.

    `about` are label and value, for the workbook's second sheet.
    """

    title: str
    columns: Sequence[Column[T]]
    rows: Sequence[T]
    totals: Mapping[str, Cell]
    about: Sequence[tuple[str, str]]


def csv_lines(sheet: Sheet[T]) -> Iterator[str]:
    """Heads and rows (LF). Amounts are plain decimals, days `2026-03-15`, nothing is empty."""
    yield csv_line(column.name for column in sheet.columns)
    for row in sheet.rows:
        yield csv_line(_text(column.of(row)) for column in sheet.columns)


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Money(minor, currency):
            return amount_text(minor, currency)
        case date():
            return cell.isoformat()
        case str():
            return neutralised(cell)
        case _:
            return str(cell)


def write_workbook(sheet: Sheet[T], taken_at_utc: datetime) -> BytesIO:
    """The list as a workbook: real numbers and days, a filter on its heads, totals that follow the filter."""
    import xlsxwriter  # only where a workbook is wanted

    options = {
        "in_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    file = BytesIO()
    book = xlsxwriter.Workbook(file, options)
    book.set_properties({"title": _safe(sheet.title), "created": taken_at_utc.replace(tzinfo=None)})
    _Page(book, sheet).write()
    _about(book, sheet)
    book.close()
    file.seek(0)
    return file


class _Page(Generic[T]):
    """The sheet of the list."""

    def __init__(self, book: Any, sheet: Sheet[T]) -> None:
        self.sheet, self.page = sheet, book.add_worksheet(_sheet_name(sheet.title))
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.strong = book.add_format({"bold": True, "top": 1})
        self._book, self._money = book, dict[tuple[int, bool], Any]()

    def write(self) -> None:
        """Heads, rows, totals."""
        columns, rows = self.sheet.columns, self.sheet.rows
        widths = [len(column.head) for column in columns]
        for at, column in enumerate(columns):
            self.page.write_string(0, at, column.head, self.head)
        for number, row in enumerate(rows, start=1):
            for at, column in enumerate(columns):
                widths[at] = max(widths[at], self._cell(number, at, column.of(row)))
        for at, width in enumerate(widths):
            self.page.set_column(at, at, min(WIDEST, width + 2))
        if columns and rows:
            self.page.autofilter(0, 0, len(rows), len(columns) - 1)
            self._totals(len(rows))
        self.page.freeze_panes(1, 1)
        self.page.set_landscape()
        self.page.fit_to_pages(1, 0)
        self.page.repeat_rows(0)

    def _cell(self, row: int, at: int, cell: Cell) -> int:
        """Write one cell; its width in characters."""
        if cell is None or cell == "":
            return 0
        text = _text(cell) if not isinstance(cell, str) else _safe(cell)
        if isinstance(cell, Money) and is_exact(text):
            self.page.write_number(row, at, float(text), self._format(cell.currency))
        elif isinstance(cell, date) and cell.year >= EARLIEST_YEAR:
            self.page.write_datetime(row, at, datetime(cell.year, cell.month, cell.day), self.day)  # noqa: DTZ001
        elif isinstance(cell, int):
            self.page.write_number(row, at, cell)
        else:
            self.page.write_string(row, at, text)
        return len(text) + 2 if isinstance(cell, Money) else len(text)

    def _format(self, currency: str, bold: bool = False) -> Any:
        digits = currency_digits(currency)
        if (digits, bold) not in self._money:
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            look = {"num_format": pattern, **({"bold": True, "top": 1} if bold else {})}
            self._money[digits, bold] = self._book.add_format(look)
        return self._money[digits, bold]

    def _totals(self, last: int) -> None:
        """The page's totals as sums of what the filter leaves standing; their stored value is the page's."""
        from xlsxwriter.utility import xl_range

        for at, column in enumerate(self.sheet.columns):
            total = self.sheet.totals.get(column.total) if column.total else None
            if total is None:
                self.page.write_blank(last + 1, at, None, self.strong)
                continue
            known = float(_text(total))
            look = self._format(total.currency, bold=True) if isinstance(total, Money) else self.strong
            where = xl_range(1, at, last, at)
            self.page.write_formula(last + 1, at, f"=SUBTOTAL(109,{where})", look, known)


def _about(book: Any, sheet: Sheet[T]) -> None:
    page, bold = book.add_worksheet("About"), book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 80)
    for row, (label, value) in enumerate(sheet.about):
        page.write_string(row, 0, _safe(label), bold)
        page.write_string(row, 1, _safe(value), wrap)


def _safe(text: str) -> str:
    """Without characters that XML cannot hold, and no longer than a cell may be."""
    return clean(text[:LONGEST_CELL])


def _sheet_name(title: str) -> str:
    """At most 31 characters, without those a sheet's name may not have.

    >>> _sheet_name("Pledges [and]: agreements / all of them")
    'Pledges  and   agreements   all'
    """
    return "".join(" " if c in "[]:*?/\\'" else c for c in title)[:31]
