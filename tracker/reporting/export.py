"""Everything on record → files in the CSV columns, or one workbook of the same tables.

Imported into an empty programme they give the same position: a receipt's USD is written where it was
stated, or where the rate now in force would no longer give it.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from tracker.domain.entries import RefundEntry
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.register import Register
from tracker.domain.writing import (
    COLUMNS,
    TableName,
    Texts,
    donor_row,
    instalment_rows,
    pledge_row,
    rate_row,
    receipt_row,
    refund_row,
    usd_has_to_be_said,
)
from tracker.reporting.files import csv_text, replacing

DAY_COLUMNS: Final = frozenset(
    {"pledged_on", "signed_on", "closed_on", "due_on", "received_on", "refunded_on", "effective_on"}
)
NUMBER_COLUMNS: Final = frozenset({"amount", "usd_amount", "rate"})
WIDTHS: Final = {"name": 40, "notes": 40, "aliases": 30, "email": 30, "reference": 24, "earmark": 18}
WIDTH: Final = 14


def table_rows(name: TableName, register: Register) -> Iterator[Texts]:
    """The rows of one table, in an order that imports again whatever the order they were recorded in."""
    match name:
        case "donors":
            yield from (donor_row(entry) for _, entry in sorted(register.donors.items()))
        case "rates":
            yield from (rate_row(entry) for _, entry in sorted(register.rates.items()))
        case "pledges":
            yield from (pledge_row(entry) for _, entry in sorted(register.pledges.items()))
        case "instalments":
            for _, entry in sorted(register.pledges.items()):
                yield from instalment_rows(entry)
        case "receipts":
            yield from _receipt_rows(register)
        case "refunds":
            yield from _refund_rows(register)


def _receipt_rows(register: Register) -> Iterator[Texts]:
    rates, codes = register.rate_table, register.programme.codes
    for _, entry in sorted(register.receipts.items()):
        yield receipt_row(entry, codes, with_usd=usd_has_to_be_said(entry, rates))


def _refund_rows(register: Register) -> Iterator[Texts]:
    """Those with a stated USD first: it is held against what is left, which a share takes from."""

    def order(entry: RefundEntry) -> tuple[bool, date, str]:
        return entry.refund.usd_minor is None, entry.refund.refunded_on, entry.key

    for entry in sorted(register.refunds.values(), key=order):
        standing = register.receipts.get(entry.refund.receipt)
        yield refund_row(entry, standing.receipt.currency if standing else PROGRAMME_CURRENCY)


def write_folder(register: Register, folder: Path) -> list[Path]:
    """Write the six CSV files (UTF-8, LF) into a folder, which is made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, columns in COLUMNS.items():
        path = folder / f"{name}.csv"
        with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_text(columns, table_rows(name, register)))
        written.append(path)
    return written


def write_workbook(register: Register, path: Path) -> None:
    """Write one workbook with a sheet for each table: real numbers and dates, everything else text."""
    import xlsxwriter  # only where a workbook is wanted

    with replacing(path) as beside:
        book = xlsxwriter.Workbook(
            str(beside),
            {
                "strings_to_numbers": False,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        try:
            bold = book.add_format({"bold": True})
            for name, columns in COLUMNS.items():
                sheet = book.add_worksheet(name)
                sheet.freeze_panes(1, 0)
                for at, column in enumerate(columns):
                    sheet.write_string(0, at, column, bold)
                    sheet.set_column(at, at, WIDTHS.get(column, WIDTH))
                for number, row in enumerate(table_rows(name, register), start=1):
                    for at, column in enumerate(columns):
                        _write_cell(sheet, number, at, column, row[column])
        finally:
            book.close()


def _write_cell(sheet: object, row: int, at: int, column: str, text: str) -> None:
    if not text:
        return
    if column in DAY_COLUMNS:
        sheet.write_datetime(row, at, date.fromisoformat(text))  # type: ignore[attr-defined]
    elif column in NUMBER_COLUMNS and is_exact(text):
        sheet.write_number(row, at, float(text))  # type: ignore[attr-defined]
    else:
        sheet.write_string(row, at, text)  # type: ignore[attr-defined]


def is_exact(text: str) -> bool:
    """Whether a spreadsheet's number, stored with 16 digits, reads back as exactly this decimal.

    >>> is_exact("999999999999.99"), is_exact("0.9350"), is_exact("0.12345678901234567890")
    (True, True, False)
    """
    return Decimal(repr(float(f"{float(text):.16G}"))) == Decimal(text)
