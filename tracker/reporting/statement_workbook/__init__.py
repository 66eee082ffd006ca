"""A contributor's statement as a workbook: the page people sign, the data behind it, and the proof of both.

Data sheets are plain tables with their header in the first row, as in the GCG workbook. Nothing of another
contributor is in it: it dresses a `StatementReport`, which holds nothing of them.
"""

import io
from pathlib import Path
from typing import BinaryIO

from tracker.queries.statements import StatementReport
from tracker.reporting.statement_workbook.agreements import write_exchange, write_instalments, write_pledges
from tracker.reporting.statement_workbook.checks import write_checks
from tracker.reporting.statement_workbook.data import (
    write_adjustments,
    write_coverage,
    write_receipts,
    write_refunds,
)
from tracker.reporting.statement_workbook.figures import Figures
from tracker.reporting.statement_workbook.front import write_statement_sheet
from tracker.reporting.statement_workbook.layout import data_sheets, printed
from tracker.reporting.statement_workbook.notes import write_notes
from tracker.reporting.workbook.formats import Book, clean
from tracker.reporting.workbook.layout import Refs

_SHEETS = (
    write_statement_sheet,
    write_coverage,
    write_adjustments,
    write_pledges,
    write_instalments,
    write_receipts,
    write_refunds,
    write_exchange,
    write_checks,
    write_notes,
)
"""In the order of the sheets."""


def statement_xlsx(report: StatementReport) -> bytes:
    """A statement's workbook."""
    target = io.BytesIO()
    write_statement(report, target)
    return target.getvalue()


def write_statement(report: StatementReport, out: Path | BinaryIO) -> None:
    """Write a statement's workbook. The same report gives the same bytes. A path is overwritten."""
    figures = Figures(report)
    refs = Refs(_counts(figures), data_sheets(report), printed(report))
    book = Book(str(out) if isinstance(out, Path) else out, refs, _footer(report))
    for write in _SHEETS:
        write(book, figures)
    period = report.period
    title = f"Statement of contributions and allocation: {report.donor.name}, {period.first} to {period.last}"
    book.file.set_properties({
        "title": clean(title)[:255],
        "author": "",
        "company": "",
        "created": report.known.at_utc,
    })  # fmt: skip
    book.file.close()


def _counts(figures: Figures) -> dict[str, int]:
    return {
        "Coverage": len(figures.report.months),
        "Adjustments": len(figures.report.causes),
        "Pledges": len(figures.pledges),
        "Instalments": len(figures.instalments),
        "Receipts": len(figures.receipts),
        "Refunds": len(figures.refunds),
        "Exchange": len(figures.exchanged),
    }


def _footer(report: StatementReport) -> str:
    """The statement, its contributor and period; the audit anchor; the sheet and the page.

    `&` begins a code, `&&` is an `&`. A footer holds 255 characters.
    """
    name = " ".join(clean(report.donor.name).split())[:30].replace("&", "&&")
    number, _, digest = report.known.anchor.partition(":")
    groups = " ".join(digest[i : i + 4] for i in range(0, min(16, len(digest)), 4))
    anchor = f"Audit anchor {number}:{groups}" if report.known.seq else "No audit anchor"
    font = '&"Arial,Regular"&8'
    what = f"{name} · {report.period.first} to {report.period.last}"
    if report.number:
        what = f"{report.number[-24:]} · {what}"
    return f"&L{font}{what}&C{font}{anchor}&R{font}&A · page &P of &N"
