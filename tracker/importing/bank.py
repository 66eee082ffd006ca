"""A bank's list → its credits, and a ledger → its entries: pasted text, CSV or XLSX.

Which column means what, and how dates and amounts are written, is said by a person (`Layout`); nothing is
guessed. Every row is read, and every problem named by row, as a spreadsheet numbers rows.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from tracker.domain.matching import Booking, Line
from tracker.domain.money import CURRENCIES, parse_amount
from tracker.domain.months import parse_day
from tracker.domain.problems import Problem, Refused
from tracker.domain.rows import MAX_LINE, Row
from tracker.importing.cells import DATE_FORMATS as ALL_DATE_FORMATS
from tracker.importing.cells import NUMBER_FORMATS as NUMBER_FORMATS
from tracker.importing.cells import (
    Cell,
    csv_rows,
    csv_text,
    elsewhere,
    plain_amount,
    plain_day,
    told_apart,
    workbook_sheets,
)
from tracker.importing.cells import Rows as Rows
from tracker.importing.findings import Finding

MAX_BYTES: Final = 10_000_000
MAX_ROWS: Final = 5_000
MAX_TEXT: Final = 2_000_000
"""Characters of all cells: what a page carries from one step to the next."""

DATE_FORMATS: Final = tuple(form for form in ALL_DATE_FORMATS if form != "YYYY")
COLUMNS: Final = ("value_on", "amount", "currency", "payer", "details", "ledger_ref")
HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "value_on": ("value date", "valuta", "valeur", "value_on", "booking date", "date", "datum", "fecha"),
    "amount": ("credit", "gutschrift", "amount", "betrag", "montant", "importe", "crédit", "abono"),
    "currency": ("currency", "ccy", "währung", "devise", "monnaie", "moneda"),
    "payer": (
        "payer",
        "ordering",
        "remitter",
        "counterparty",
        "auftraggeber",
        "donneur",
        "ordenante",
        "from",
    ),
    "details": ("details", "description", "narrative", "text", "purpose", "libellé", "motif", "concepto"),
    "ledger_ref": ("ledger", "reference", "document", "referenz", "référence", "referencia", "ref"),
}
"""What a heading may say, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns mean what. Texts, as chosen; `constant` is the currency where no column says it."""

    value_on: str = ""
    amount: str = ""
    currency: str = ""
    constant: str = ""
    payer: str = ""
    details: str = ""
    ledger_ref: str = ""
    date_format: str = ""
    number_format: str = ""
    header_row: str = "1"

    def kept(self) -> str:
        """As the database keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def of(cls, texts: Mapping[str, object]) -> "Layout":
        """From texts by name; what it does not know is left out."""
        return cls(**{f.name: str(texts[f.name]) for f in fields(cls) if f.name in texts})


class LeftOut(NamedTuple):
    """A row that is no credit: `empty`, `zero` or `debit`."""

    row: int
    why: str


@dataclass
class Statement:
    """What came of a list: its credits by row number, what was left out, and every problem."""

    lines: list[Line] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def totals(self) -> dict[str, int]:
        """Minor units by currency."""
        totals: dict[str, int] = {}
        for line in self.lines:
            totals[line.currency] = totals.get(line.currency, 0) + line.amount_minor
        return dict(sorted(totals.items()))


# Bytes → cells


def read_upload(name: str, path: Path) -> Rows:
    """The cells of an uploaded file. Raises `Refused` where it is none that can be read."""
    if path.stat().st_size > MAX_BYTES:
        raise Refused.of("upload_too_large", "file", most=MAX_BYTES // 1_000_000)
    suffix = Path(name).suffix.lower()
    if suffix == ".xlsx":
        return _checked(_workbook_rows(path))
    try:
        text = csv_text(name, path)
    except Refused as refusal:
        raise elsewhere(refusal, "file") from None
    return read_pasted(text, "file")


def read_pasted(text: str, column: str = "text") -> Rows:
    """The cells of a text whose columns are parted by tabs, semicolons or commas."""
    if len(text) > MAX_TEXT and "\0" not in text:
        raise Refused.of("upload_too_large", column, most=MAX_TEXT // 1_000_000)
    try:
        rows = csv_rows(text.strip("\n\r"))
    except Refused as refusal:
        raise elsewhere(refusal, column) from None
    return _checked(rows, column)


def _checked(rows: Rows, column: str = "file") -> Rows:
    while rows and not any(cell.text for cell in rows[-1]):
        rows = rows[:-1]
    if not rows:
        raise Refused.of("empty_file", column)
    if len(rows) > MAX_ROWS:
        raise Refused.of("list_too_long", column, rows=len(rows), most=MAX_ROWS)
    if sum(len(cell.text) + 4 for row in rows for cell in row) > MAX_TEXT:
        raise Refused.of("upload_too_large", column, most=MAX_TEXT // 1_000_000)
    return rows


def _workbook_rows(path: Path) -> Rows:
    """The first sheet that holds anything; measured before it is opened."""
    try:
        return next((rows for _, rows in workbook_sheets(path, _typed_cell) if rows), ())
    except Refused as refusal:
        raise elsewhere(refusal, "file") from None


def _typed_cell(value: object) -> Cell:
    from tracker.importing.sheets import cell_text  # only where there is a workbook

    return Cell(cell_text(value)[0].strip(), not isinstance(value, str))


# From one step of a page to the next


def carried(rows: Rows) -> str:
    """Cells as one text: a text is a string, a workbook's number or date a list of one."""
    cells = [[[cell.text] if cell.typed else cell.text for cell in row] for row in rows]
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":"))


def taken_up(text: str) -> Rows:
    """The cells that `carried` wrote. Raises `Refused` for anything else."""
    try:
        cells = json.loads(text)
        if not isinstance(cells, list) or not all(isinstance(row, list) for row in cells):
            raise ValueError("no rows")
        rows = tuple(tuple(_cell(value) for value in row) for row in cells)
    except (ValueError, TypeError, IndexError, RecursionError):
        raise Refused.of("list_lost") from None
    return _checked(rows, "")


def _cell(value: object) -> Cell:
    match value:
        case str():
            return Cell(value)
        case [str() as text]:
            return Cell(text, typed=True)
    raise ValueError("no cell")


def fingerprint(rows: Rows) -> str:
    """What makes a list the same list: SHA-256 of its cells, pasted or uploaded."""
    return sha256(carried(rows).encode("utf-8", "surrogatepass")).hexdigest()


# Cells → credits


def header_of(rows: Rows, header_row: str) -> list[str]:
    """The names of the columns; [] where there is no such row. Nameless columns are called by place."""
    at = int(header_row) - 1 if re.fullmatch("[0-9]{1,4}", header_row, re.ASCII) else -1
    if not 0 <= at < len(rows):
        return []
    width = max(len(row) for row in rows)
    return told_apart([*(cell.text for cell in rows[at]), *[""] * width][:width])


def first_header_row(rows: Rows) -> str:
    """The first row with at least two headings that banks use; else the first row."""
    for number, row in enumerate(rows[:30], start=1):
        said = [cell.text.casefold() for cell in row]
        if sum(any(w in text for text in said) for words in HEADINGS.values() for w in words[:4]) >= 2:
            return str(number)
    return "1"


def suggested(rows: Rows) -> Layout:
    """A layout to start from: columns by what their headings say. Formats are for a person to name."""
    start = first_header_row(rows)
    header, chosen = header_of(rows, start), dict[str, str]()
    for column in COLUMNS:
        for word in HEADINGS[column]:
            found = [n for n in header if word in n.casefold() and n not in chosen.values()]
            if found:
                chosen[column] = found[0]
                break
    return Layout.of({**chosen, "header_row": start})


def fits(layout: Layout, rows: Rows) -> bool:
    """Whether a list has every column that a layout names."""
    header = header_of(rows, layout.header_row)
    return all(name in header for column in COLUMNS if (name := getattr(layout, column)))


def check_layout(rows: Rows, layout: Layout) -> tuple[Problem, ...]:
    """What is wrong with the choice itself, by the form's fields."""
    header = header_of(rows, layout.header_row)
    if not header:
        return (Problem("no_such_row", "header_row", {"text": layout.header_row, "rows": len(rows)}),)
    problems = [
        Problem("no_such_column", column, {"text": name, "names": ", ".join(header)})
        for column in COLUMNS
        if (name := getattr(layout, column)) and name not in header
    ]
    problems += [Problem("missing", c) for c in ("value_on", "amount") if not getattr(layout, c)]
    if not layout.currency and not layout.constant:
        problems.append(Problem("currency_not_chosen", "currency"))
    if layout.constant and layout.constant not in CURRENCIES:
        problems.append(Problem("unknown_currency", "constant", {"text": layout.constant}))
    if problems:
        return tuple(problems)
    texts = ("value_on", "date_format", DATE_FORMATS), ("amount", "number_format", NUMBER_FORMATS)
    for column, chosen, known in texts:
        at, said = header.index(getattr(layout, column)), getattr(layout, chosen)
        untyped = any(
            len(row) > at and row[at].text and not row[at].typed for row in rows[int(layout.header_row) :]
        )
        if said not in known and (untyped or said):
            problems.append(Problem("format_not_named", chosen, {"words": "; ".join(known)}))
    return tuple(problems)


def read_statement(rows: Rows, layout: Layout, name: str) -> Statement:
    """The credits of a list whose layout was checked."""
    header, found = header_of(rows, layout.header_row), Statement()
    places: dict[str, int] = {
        column: header.index(getattr(layout, column)) for column in COLUMNS if getattr(layout, column)
    }
    for number, row in enumerate(rows[int(layout.header_row) :], start=int(layout.header_row) + 1):
        cells = {c: row[at] if at < len(row) else Cell("") for c, at in places.items()}
        if any(cell.text for cell in row):
            _read_row(number, cells, layout, name, found)
    if not found.lines and not found.findings:
        found.findings.append(Finding(name, 0, Problem("no_credits")))
    return found


def _read_row(number: int, cells: dict[str, Cell], layout: Layout, name: str, found: Statement) -> None:
    problems: list[Problem] = []
    amount = _amount_text(cells["amount"], layout.number_format, problems)
    why = "empty" if not amount and not problems else _no_credit(amount)
    if why:
        found.left_out.append(LeftOut(number, why))
        return
    texts = {c: _one_line(cells[c].text) for c in ("payer", "details", "ledger_ref") if c in cells}
    raw = texts | {"currency": _currency_of(cells, layout)}
    row = Row(raw)
    currency = row.currency()
    day = _day_of(cells["value_on"], layout.date_format, problems)
    minor: int | None = None
    if currency and not problems:
        row.raw = raw | {"amount": amount}
        minor = row.parsed("amount", lambda t: parse_amount(t, currency), required=True)
    payer, details, ledger_ref = row.text("payer"), row.text("details", most=2_000), row.text("ledger_ref")
    problems += row.problems
    found.findings += [Finding(name, number, problem) for problem in problems]
    if not problems and day and currency and minor:
        found.lines.append(Line(number, day, currency, minor, payer, details, ledger_ref))


def _currency_of(cells: Mapping[str, Cell], layout: Layout) -> str:
    said = cells["currency"].text.upper() if "currency" in cells else ""
    return said or layout.constant


def _one_line(text: str) -> str:
    """Banks break the lines of a long text; here it is one."""
    return " ".join(text.split())


def _no_credit(amount: str) -> str:
    if amount.startswith("-"):
        return "debit"
    return "zero" if amount and not amount.strip("0.") else ""


def _amount_text(cell: Cell, form: str, problems: list[Problem]) -> str:
    try:
        return cell.text if cell.typed else plain_amount(cell.text, form)
    except Refused as refusal:
        problems += [Problem(p.code, "amount", p.facts) for p in refusal.problems]
        return ""


def _day_of(cell: Cell, form: str, problems: list[Problem]) -> date | None:
    try:
        if not cell.text:
            raise Refused.of("missing")
        return parse_day(cell.text if cell.typed else plain_day(cell.text, form))
    except Refused as refusal:
        problems += [Problem(p.code, "value_on", p.facts) for p in refusal.problems]
        return None


# A ledger

LEDGER_COLUMNS: Final = ("reference", "ledger_ref", "date", "currency", "amount")


def read_ledger(path: Path) -> tuple[list[Booking], list[Finding]]:
    """A ledger's entries (docs/formats.md): plain decimals, negative where money went back, and ISO days."""
    try:
        rows = read_pasted(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return [], [Finding(path.name, 0, Problem("not_utf8"))]
    except Refused as refusal:
        return [], [Finding(path.name, 0, Problem(p.code, "", p.facts)) for p in refusal.problems]
    header = [cell.text for cell in rows[0]]
    findings = [Finding(path.name, 1, problem) for problem in _check_ledger(header)]
    bookings: list[Booking] = []
    for number, row in enumerate(rows[1:] if not findings else (), start=2):
        cells: dict[str, str] = {n: c.text for n, c in zip(header, row, strict=False)}
        if any(cells.values()):
            bookings += _booking(number, cells, path.name, findings)
    return bookings, findings


def _check_ledger(header: Sequence[str]) -> Iterable[Problem]:
    for column in ("date", "currency", "amount"):
        if column not in header:
            yield Problem("missing_column", column, {"text": column})
    if not {"reference", "ledger_ref"} & set(header):
        yield Problem("missing_column", "ledger_ref", {"text": "ledger_ref"})
    for column in LEDGER_COLUMNS:
        if header.count(column) > 1:
            yield Problem("column_twice", column, {"text": column})


def _booking(number: int, cells: Mapping[str, str], name: str, findings: list[Finding]) -> list[Booking]:
    row = Row(dict(cells) | {"amount": cells.get("amount", "").removeprefix("-")})
    currency, day = row.currency(), row.day("date", required=True)
    minor = row.parsed("amount", lambda t: parse_amount(t, currency or "USD"), required=True)
    reference, ledger_ref = row.text("reference", most=MAX_LINE), row.text("ledger_ref", most=MAX_LINE)
    findings += [Finding(name, number, problem) for problem in row.problems]
    if row.problems or not (day and currency and minor):
        return []
    sign = -1 if cells.get("amount", "").startswith("-") else 1
    return [Booking(reference, ledger_ref, day, currency, sign * minor, row=number)]
