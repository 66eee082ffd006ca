"""How the workbook looks, and how a cell is written: inert text, exact numbers, formulas with values."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO, Final, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tracker.domain.months import Month
from tracker.reporting.workbook.layout import Column, Kind, Refs

DARK, BLUE, SIGNED, PLEDGED = "#230050", "#1E2DBE", "#CDD2FA", "#ECEEFD"
GAP, GAP_BACK, LAPSED_BACK, LAPSED = "#C4162A", "#FFF0F1", "#F1F1F3", "#85868F"
AS_OF, TEXT, SECOND, HOLDS = "#FFCD2D", "#2D2D2D", "#5D5D66", "#1B6B2A"
TILE, RULE, BAR, GREY_TAB, YEAR_BACK = "#F3F3FD", "#B8B8C8", "#B8BDEB", "#B8B8C8", "#ECECF8"

SUM: Final = '#,##0.00_0;"−"#,##0.00_0;"–"_0'
SHARE: Final = '0.0%_0;;"–"_0'
COUNT: Final = '0_0;;"–"_0'
DAY: Final = "yyyy-mm-dd"
EPOCH: Final = date(1899, 12, 30)
"""Day 0 of a spreadsheet, as far as days after February 1900 go."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_ERRORS: Final = frozenset(["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"])
_MONTHS: Final = (
    "January February March April May June July August September October November December".split()
)


class Formula(NamedTuple):
    """A formula without its `=`, and what it gives: every stored value is the report's own figure."""

    text: str
    value: float | str


Cell = str | int | float | date | Formula | None


class Row(NamedTuple):
    """One row of a data sheet; `digits` are those of its own currency, `other` those of its pledge's."""

    cells: Sequence[Cell]
    digits: int = 2
    other: int = 2


def units(minor: int, digits: int = 2) -> float:
    """Minor units as a spreadsheet number, the nearest there is (dividing whole numbers rounds once).

    >>> units(3914300), units(100, 0), units(1500, 3)
    (39143.0, 100.0, 1.5)
    """
    return minor / int(10**digits)


def clean(text: str) -> str:
    """Text without characters that XML cannot hold; line ends as spreadsheets have them."""
    return _ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def month_name(month: Month) -> str:
    """`July 2029`."""
    return f"{_MONTHS[month % 12]} {month // 12}"


def day_name(day: date) -> str:
    """`30 June 2028`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


class Sheet(Worksheet):
    """A worksheet that writes cells by type and never guesses what a text might mean."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """As it is: the library looks for some sixty functions newer than 2010, and none is used here."""
        return formula.removeprefix("=")

    def put(self, row: int, col: int, cell: Cell, style: Format | None = None) -> None:
        """Write one cell. Text that looks like a formula, an address or a number stays text."""
        if isinstance(cell, Formula):
            self._put_formula(row, col, cell, style)
        elif isinstance(cell, str):
            self.write_string(row, col, clean(cell), style)
        elif cell is None:
            self.write_blank(row, col, None, style)
        elif isinstance(cell, date):
            self.write_datetime(row, col, datetime.combine(cell, time.min), style)
        else:
            self.write_number(row, col, cell, style)

    def _put_formula(self, row: int, col: int, cell: Formula, style: Format | None) -> None:
        value = clean(cell.value) if isinstance(cell.value, str) else cell.value
        if value in _ERRORS:  # a name like that would be stored as an error, not as a text
            self.write_string(row, col, str(value), style)
        else:
            self.write_formula(row, col, cell.text, style, value)

    def put_row(self, row: int, col: int, cells: Iterable[Cell], style: Format | None = None) -> None:
        """Write cells side by side in one style."""
        for at, cell in enumerate(cells, start=col):
            self.put(row, at, cell, style)

    def put_merged(self, row: int, col: int, last_col: int, cell: Cell, style: Format, rows: int = 1) -> None:
        """One cell over several."""
        self.merge_range(row, col, row + rows - 1, last_col, "", style)
        self.put(row, col, cell, style)


class Book:
    """The workbook being written: its styles, its sheets, and the words at the foot of every page."""

    def __init__(self, target: str | BinaryIO, refs: Refs, footer: str) -> None:
        self.file = Workbook(
            target,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_format_properties": {"font_name": "Arial", "font_size": 10},
            },
        )
        self.refs = refs
        self._footer = footer
        self._styles: dict[tuple[tuple[str, Any], ...], Format] = {}

    def style(self, **properties: Any) -> Format:
        """A format, made once."""
        key = tuple(properties.items())
        made = self._styles.get(key)
        if made is None:
            made = self._styles[key] = self.file.add_format({"font_color": TEXT, **properties})
        return made

    def sheet(self, name: str, tab: str, *, portrait: bool = False) -> Sheet:
        """A sheet set up for A4 with the footer of the paper."""
        sheet = self.file.add_worksheet(name, Sheet)
        assert isinstance(sheet, Sheet)
        sheet.set_tab_color(tab)
        sheet.set_paper(9)
        if not portrait:
            sheet.set_landscape()
        sheet.set_margins(left=0.394, right=0.394, top=0.394, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(self._footer, {"margin": 0.3})
        return sheet

    def title(self, sheet: Sheet, words: str) -> None:
        """What a sheet is about, in its first cell."""
        sheet.set_row(0, 26)
        sheet.put(0, 0, words, self.style(bold=True, font_size=15, font_color=DARK))

    def number_format(self, kind: Kind, digits: int) -> str:
        """Data sheets say 0.00 for nothing; what people read says –."""
        if kind in ("money", "own", "other"):
            whole = f"#,##0.{'0' * digits}" if digits else "#,##0"
            return f'{whole}_0;"−"{whole}_0;{whole}_0'
        return {"date": DAY, "rate": "0.0000####_0", "share": "0.00%_0", "whole": "0_0"}.get(kind, "@")

    def table(self, name: str, rows: Sequence[Row], *, portrait: bool = False) -> Sheet:
        """A data sheet: a plain table with its header in the first row."""
        columns = self.refs.sheets[name]
        sheet = self.sheet(name, GREY_TAB, portrait=portrait)
        printed = self.refs.printed.get(name, len(columns))
        self._header(sheet, columns, printed)
        sheet.print_area(0, 0, len(rows), printed - 1)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        self._body(sheet, columns, rows)
        return sheet

    def _header(self, sheet: Sheet, columns: Sequence[Column], printed: int) -> None:
        sheet.set_row(0, 18)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width + 2)
            right = column.kind not in ("text", "words", "date")
            style = self.style(
                bold=True, font_color="#FFFFFF", bg_color=DARK if at < printed else SECOND, valign="vcenter",
                align="right" if right else "left", indent=1 if right else 0,
            )  # fmt: skip
            sheet.put(0, at, column.header, style)

    def _body(self, sheet: Sheet, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        looks = {
            digits: [self._look(column.kind, *digits) for column in columns]
            for digits in {(row.digits, row.other) for row in rows}
        }
        for number, row in enumerate(rows, start=1):
            for at, (cell, look) in enumerate(zip(row.cells, looks[row.digits, row.other], strict=True)):
                if cell is not None:
                    sheet.put(number, at, cell, look)

    def _look(self, kind: Kind, own: int, other: int) -> Format:
        if kind == "text":
            return self.style()
        if kind == "words":
            return self.style(text_wrap=True, valign="top")
        digits = {"own": own, "other": other}.get(kind, 2)
        return self.style(
            num_format=self.number_format(kind, digits), align="left" if kind == "date" else "right"
        )
