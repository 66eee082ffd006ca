"""One row of anybody's table, read field by field: texts, days, months and amounts as a map says."""

import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeVar

from tracker.domain.money import CURRENCIES, amount_text, parse_amount, parse_decimal
from tracker.domain.months import parse_day, parse_month
from tracker.domain.problems import Problem, Refused
from tracker.domain.rows import MAX_LINE, Row
from tracker.importing.cells import EMPTY, Cell, plain_day, table_amount
from tracker.importing.table_map import TableMap

T = TypeVar("T")

_NO_DAY: Final = "0001-01-01"
"""What some systems write where they have no day."""
_TRUTHS: Final = {"true": "yes", "false": "no"}


class MappedRow:
    """A row by our fields; collects what is wrong with it. A blank cell is what the map's constant says."""

    def __init__(self, cells: Mapping[str, Cell], table_map: TableMap) -> None:
        self._cells, self._map = cells, table_map
        self.problems: list[Problem] = []

    def wrong(self, code: str, name: str, **facts: object) -> None:
        """Note a problem, once."""
        problem = Problem(code, name, facts)
        if problem not in self.problems:
            self.problems.append(problem)

    def given(self, name: str) -> bool:
        """Whether the row itself says a field."""
        return bool(self._cells.get(name, EMPTY).text)

    def said(self, name: str) -> str:
        """A field's text as it stands there; the constant where it is blank."""
        return self._cells.get(name, EMPTY).text.strip() or self._map.constants.get(name, "")

    def text(self, name: str, *, most: int = MAX_LINE, lines: bool = False) -> str:
        """A text, composed; on one line, unless lines are allowed."""
        value = self.said(name)
        if not lines:
            value = " ".join(value.split())
        if value.isprintable() and len(value) <= most:
            return value if value.isascii() else unicodedata.normalize("NFC", value)
        row = Row({name: value})
        value = row.text(name, most=most, lines=lines)
        self.problems += row.problems
        return value

    def currency(self, name: str = "currency") -> str:
        """A currency's code; '' with a problem where there is none."""
        value = self.said(name).upper()
        if not value:
            self.wrong("missing", name)
        elif value not in CURRENCIES:
            self.wrong("unknown_currency", name, text=value)
        return value if value in CURRENCIES else ""

    def yes(self, name: str) -> str:
        """`yes` or `no`, a truth value of a workbook too."""
        value = self.said(name)
        return _TRUTHS.get(value.casefold(), value.casefold())

    def day(self, name: str) -> str:
        """A day as YYYY-MM-DD; '' where none is given."""
        cell = self._cells.get(name, EMPTY)
        found = self._try(name, lambda: _day(cell, self._map.format_of(name))) if cell.text else ""
        return found or self._map.constants.get(name, "")

    def first_day(self, *names: str, missing: str) -> str:
        """The first of some days that is given; a problem at `missing` where none is."""
        found = next(filter(None, map(self.day, names)), "")
        if not found and not any(problem.column in names for problem in self.problems):
            self.wrong("missing", missing)
        return found

    def month(self, name: str) -> str:
        """A month as YYYY-MM; a year alone means its first month, or its last where something ends."""
        cell = self._cells.get(name, EMPTY)
        form = self._map.format_of(name)
        last = name == "covers_until"
        found = self._try(name, lambda: _month(cell, form, last=last)) if cell.text else ""
        return found or self._map.constants.get(name, "")

    def number(self, name: str) -> str:
        """A number as a plain decimal with its sign and its decimals as written; '' where none is given."""
        cell = self._cells.get(name, EMPTY)
        form = self._map.number_format
        return self._try(name, lambda: _number(cell, form)) or "" if cell.text else ""

    def minor(self, name: str, number: str, currency: str) -> int:
        """A number that `number` read, in minor units: negative ones too. 0 where it is wrong or none."""
        plain = number.removeprefix("-")
        if not plain.strip("0."):
            return 0
        found = self._try(name, lambda: parse_amount(plain, currency)) or 0
        return -found if plain != number else found

    def _try(self, name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Refused as refusal:
            for problem in refusal.problems:
                self.wrong(problem.code, name, **problem.facts)
            return None


@lru_cache(maxsize=4096)
def _day(cell: Cell, form: str) -> str:
    if cell.text.startswith(_NO_DAY):
        return ""
    is_day = cell.typed and cell.text[4:5] == "-"
    plain = cell.text if is_day else plain_day(cell.text, form)
    parse_day(plain)
    return plain


def _month(cell: Cell, form: str, *, last: bool) -> str:
    text = cell.text.strip()
    if len(text) == 7 and text[4] == "-":
        parse_month(text)
        return text
    found = _day(cell, form)
    year_alone = form == "YYYY" and len(text) == 4
    return f"{found[:4]}-12" if year_alone and last else found[:7]


def _number(cell: Cell, form: str) -> str:
    plain = cell.text if cell.typed else table_amount(cell.text, form)
    if plain:
        parse_decimal(plain)
    return plain


def said_amount(minor: int, currency: str) -> str:
    """An amount for a sentence.

    >>> said_amount(1281620, "USD")
    'USD 12,816.20'
    """
    digits = amount_text(minor, currency).partition(".")[2]
    whole, _, _ = amount_text(minor, currency).partition(".")
    return f"{currency} {int(whole):,}{'.' if digits else ''}{digits}"


def half_of_last(number: str) -> Decimal:
    """Half a unit of the last digit that a plain decimal is written with.

    >>> half_of_last("9.649"), half_of_last("600")
    (Decimal('0.0005'), Decimal('0.5'))
    """
    return Decimal(5).scaleb(-len(number.partition(".")[2]) - 1)
