"""Files of rows → cells, and what is written in a cell: CSV and XLSX of anybody's making.

A CSV file is UTF-8, its columns parted by tabs, semicolons or commas. Of a workbook every sheet is read;
a number or a date that a workbook holds as such needs no format, and everything else is its text.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from string import ascii_uppercase
from typing import Final, NamedTuple

from tracker.domain.problems import Problem, Refused
from tracker.importing.measure import MAX_CELLS, MAX_PACKED_BYTES, measure_workbook

MAX_BYTES: Final = MAX_PACKED_BYTES
MAX_ROWS: Final = 100_000
"""Of one sheet."""
MAX_COLUMNS: Final = 300
MAX_CHARACTERS: Final = 10_000
"""Of one cell."""

DATE_FORMATS: Final = (
    *("YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY"),
    *("YYYY/MM/DD", "YYYYMMDD", "DD.MM.YY", "DD Mon YYYY", "YYYY"),
)
"""How days may be written. YYYY-MM-DD may be followed by a time; YYYY is the first of January."""
NUMBER_FORMATS: Final = ("1234.56", "1234,56", "1,234.56", "1.234,56", "1 234,56", "1'234.56")

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPACES: Final = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009", " "))
_TIME: Final = re.compile(
    r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?", re.ASCII
)


class Cell(NamedTuple):
    """A cell's text; `typed` where a workbook said it is a number or a date, so that no format is needed."""

    text: str
    typed: bool = False


Rows = tuple[tuple[Cell, ...], ...]
EMPTY: Final = Cell("")


# Bytes → cells


def read_sheets(name: str, path: Path) -> dict[str, Rows]:
    """The cells of every sheet that holds any, by its title; those of a CSV file under ''.

    `name` is what the file was called. Raises `Refused` where it is none that can be read: of another
    type, not UTF-8, damaged, empty, or beyond the limits above.
    """
    if path.stat().st_size > MAX_BYTES:
        raise Refused.of("table_too_large", most=MAX_BYTES // 1_000_000)
    if Path(name).suffix.lower() == ".xlsx":
        found = {title: checked(rows) for title, rows in workbook_sheets(path, plain_cell)}
        sheets = {title: rows for title, rows in found.items() if rows}
    else:
        rows = checked(csv_rows(csv_text(name, path)))
        sheets = {"": rows} if rows else {}
    if not sheets:
        raise Refused.of("empty_file")
    return sheets


def csv_text(name: str, path: Path) -> str:
    """The text of a CSV file. Raises `Refused` where its name or its bytes are of something else."""
    if Path(name).suffix.lower() not in (".csv", ".txt"):
        raise Refused.of("upload_unknown")
    content = path.read_bytes()
    if content.startswith(b"PK\x03\x04"):
        raise Refused.of("workbook_named_csv")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused.of("not_utf8") from None


def csv_rows(text: str) -> Rows:
    """The cells of a text whose columns are parted by tabs, semicolons or commas; blank rows are kept."""
    if "\0" in text:
        raise Refused.of("not_text")
    rows: list[tuple[Cell, ...]] = []
    cells = 0
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True):
            cells += len(record)
            if cells > MAX_CELLS:
                raise Refused.of("sheet_too_large", cells=cells, most=MAX_CELLS)
            rows.append(tuple([Cell(text.strip()) if text else EMPTY for text in record]))
    except csv.Error as error:
        if "field larger" in str(error):
            raise Refused.of("cell_never_ends", row=len(rows) + 1, most=MAX_CHARACTERS) from None
        raise Refused.of("quotes_malformed") from None
    return tuple(rows)


def _delimiter(text: str) -> str:
    """What parts the columns of the first lines. The columns are shown before anything follows from it."""
    head = "\n".join(text[:100_000].splitlines()[:20])
    return max("\t;,", key=head.count)


def workbook_sheets(path: Path, as_cell: Callable[[object], Cell]) -> Iterable[tuple[str, Rows]]:
    """Every sheet's title and cells, one after another; the workbook is measured before it is opened."""
    from python_calamine import CalamineWorkbook  # only where there is a workbook

    measure_workbook(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        for title in book.sheet_names:
            values = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            yield title, tuple(tuple(as_cell(value) for value in row) for row in values)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, Refused):
        raise
    except BaseException as error:  # calamine is Rust: what it panics on is not an Exception
        raise Refused.of("workbook_damaged") from error


def plain_cell(value: object) -> Cell:
    """A workbook's value as a cell: a moment by its day, a truth value as text.

    >>> plain_cell(1500.0), plain_cell(datetime(2026, 3, 1, 22, 51)).text, plain_cell(True)
    (Cell(text='1500', typed=True), '2026-03-01', Cell(text='TRUE', typed=False))
    """
    if isinstance(value, str):
        return Cell(value.strip()) if value else EMPTY
    if isinstance(value, datetime):
        return Cell(value.date().isoformat(), typed=True)
    from tracker.importing.sheets import cell_text  # pandas: only where a workbook holds more than text

    typed = isinstance(value, int | float | date) and not isinstance(value, bool)
    return Cell(cell_text(value)[0].strip(), typed)


def checked(rows: Rows) -> Rows:
    """Rows without blank ones at the end. Raises `Refused` beyond the limits above."""
    end = len(rows)
    while end and not any(cell.text for cell in rows[end - 1]):
        end -= 1
    if end > MAX_ROWS:
        raise Refused.of("list_too_long", rows=end, most=MAX_ROWS)
    for number, row in enumerate(rows[:end], start=1):
        if len(row) > MAX_COLUMNS and any(cell.text for cell in row[MAX_COLUMNS:]):
            raise Refused.of("too_many_columns", row=number, most=MAX_COLUMNS)
        long = next((at for at, cell in enumerate(row) if len(cell.text) > MAX_CHARACTERS), None)
        if long is not None:
            letter = column_letter(long)
            raise Refused.of("cell_too_long", row=number, letter=letter, most=MAX_CHARACTERS)
    return rows[:end]


def column_letter(place: int) -> str:
    """What a spreadsheet calls a column, the first of which is at place 0.

    >>> column_letter(0), column_letter(25), column_letter(26), column_letter(299)
    ('A', 'Z', 'AA', 'KN')
    """
    before, last = divmod(place, 26)
    return (column_letter(before - 1) if before else "") + ascii_uppercase[last]


def elsewhere(refusal: Refused, column: str) -> Refused:
    """The same refusal, at a form's field."""
    return Refused(tuple(Problem(p.code, column, p.facts) for p in refusal.problems))


# Headings


def header_of(rows: Rows, header_row: int) -> list[str]:
    """The names of the columns; [] where there is no such row. Nameless columns are called by place.

    >>> header_of(((Cell("A"), Cell("A"), Cell("")),), 1)
    ['A (1)', 'A (2)', '(3)']
    """
    if not 1 <= header_row <= len(rows):
        return []
    width = max(len(row) for row in rows)
    names = [" ".join(cell.text.split()) for cell in rows[header_row - 1]]
    return told_apart([*names, *[""] * width][:width])


def told_apart(names: list[str]) -> list[str]:
    """Names of columns, each of them once."""
    numbered = [name or f"({place})" for place, name in enumerate(names, start=1)]
    return [
        name if numbered.count(name) == 1 else f"{name} ({place})"
        for place, name in enumerate(numbered, start=1)
    ]


# What is written in a cell


def plain_amount(text: str, form: str) -> str:
    """An amount written in a named format, as a plain decimal; a minus where it is one.

    >>> plain_amount("1.234,50", "1.234,56"), plain_amount("(12'000.00)", "1'234.56")
    ('1234.50', '-12000.00')
    """
    kept = text.translate(_SPACES).replace("\u2212", "-").replace("’", "'").strip()
    negative = kept.startswith(("-", "(")) or kept.endswith("-")
    kept = kept.strip("-+() ")
    if not kept:
        return ""
    group, point = form[1:-6] if len(form) > 7 else "", form[-3]
    whole = rf"[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+|[0-9]+" if group else "[0-9]+"
    if not re.fullmatch(rf"(?:{whole})(?:{re.escape(point)}[0-9]+)?", kept, re.ASCII):
        raise Refused.of("not_in_number_format", text=text, form=form)
    plain = kept.replace(group, "") if group else kept
    return ("-" if negative else "") + plain.replace(point, ".")


def table_amount(text: str, form: str) -> str:
    """An amount of a table: as `plain_amount`, and `.96` too, which some systems write.

    >>> table_amount("-.96", "1234.56"), table_amount(",5", "1.234,56")
    ('-0.96', '0.5')
    """
    sign = "-" if text.startswith("-") else ""
    begins = text.startswith(f"{sign}{form[-3]}")
    return plain_amount(f"{sign}0{text.removeprefix(sign)}" if begins else text, form)


def plain_day(text: str, form: str) -> str:
    """A day written in a named format, as YYYY-MM-DD.

    >>> plain_day("5 Mar 2026", "DD Mon YYYY"), plain_day("2026", "YYYY")
    ('2026-03-05', '2026-01-01')
    """
    kept = text.strip()
    if form == "YYYY-MM-DD" and _TIME.fullmatch(kept[10:]):
        kept = kept[:10]
    found = re.fullmatch(_day_pattern(form), kept, re.ASCII)
    parts = found.groupdict() if found else {}
    name = parts.get("n", "").lower()
    if not found or (name and name not in _MONTHS):
        raise Refused.of("not_in_date_format", text=text, form=form)
    month = _MONTHS.index(name) + 1 if name else int(parts.get("m", 1))
    year = parts["y"] if len(parts["y"]) == 4 else f"20{parts['y']}"
    return f"{year}-{month:02d}-{int(parts.get('d', 1)):02d}"


def _day_pattern(form: str) -> str:
    few = "{2}" if form == "YYYYMMDD" else "{1,2}"
    pattern = re.escape(form).replace("YYYY", "(?P<y>[0-9]{4})").replace("YY", "(?P<y>[0-9]{2})")
    pattern = pattern.replace("DD", f"(?P<d>[0-9]{few})").replace("MM", f"(?P<m>[0-9]{few})")
    return pattern.replace("Mon", "(?P<n>[A-Za-z]{3})")
