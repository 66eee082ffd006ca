"""The GCG workbook: what people read in front, the data behind it, and the proof that they agree.

A public contract (docs and FORMATS): sheet names, and the first columns of the data sheets, are what other
programs read.
"""

from pathlib import Path
from typing import BinaryIO

from tracker.queries.report import Report
from tracker.reporting.masking import gcg_edition
from tracker.reporting.workbook.changes import write_changes
from tracker.reporting.workbook.checks import write_checks
from tracker.reporting.workbook.contributions import write_instalments, write_pledges, write_receipts
from tracker.reporting.workbook.data import (
    write_budget,
    write_donors,
    write_position,
    write_rates,
    write_refunds,
    write_trace,
)
from tracker.reporting.workbook.figures import Figures
from tracker.reporting.workbook.formats import Book, clean, day_name
from tracker.reporting.workbook.layout import Refs
from tracker.reporting.workbook.months import write_months
from tracker.reporting.workbook.notes import write_notes
from tracker.reporting.workbook.summary import write_summary

_SHEETS = (
    write_summary,
    write_months,
    write_changes,
    write_position,
    write_trace,
    write_pledges,
    write_instalments,
    write_receipts,
    write_refunds,
    write_donors,
    write_budget,
    write_rates,
    write_checks,
    write_notes,
)
"""In the order of the sheets."""


def write_workbook(report: Report, target: str | Path | BinaryIO) -> None:
    """Write the GCG's edition of a report: anonymous donors are masked here, whatever was handed in.

    The same report gives the same bytes. A path is overwritten.
    """
    figures = Figures(gcg_edition(report))
    book = Book(str(target) if isinstance(target, Path) else target, Refs(_counts(figures)), _footer(figures))
    for write in _SHEETS:
        write(book, figures)
    programme = figures.position.programme
    book.file.set_properties({
        "title": clean(f"{programme.name}: funding status as of {figures.position.as_of.isoformat()}"),
        "author": "",
        "company": "",
        "created": report.taken_at_utc,
    })  # fmt: skip
    book.file.close()


def _counts(figures: Figures) -> dict[str, int]:
    position = figures.position
    return {
        "Position": len(position.cells),
        "Trace": len(position.trace),
        "Pledges": len(figures.pledges),
        "Instalments": len(figures.instalments),
        "Receipts": len(figures.receipts),
        "Refunds": len(figures.refunds),
        "Donors": len(figures.donors),
        "Budget": len(position.versions) * len(position.programme.outcomes),
        "Rates": len(figures.sorted_rates),
    }


def _footer(figures: Figures) -> str:
    """The paper and its day, the audit anchor, the sheet and the page; `&` begins a code, `&&` is an `&`."""
    name = clean(figures.position.programme.name)[:60].replace("&", "&&")
    number, _, digest = figures.report.anchor.partition(":")
    groups = " ".join(digest[i : i + 4] for i in range(0, min(16, len(digest)), 4))
    anchor = f"Audit anchor {number}:{groups} (in full on Notes)" if digest else "No audit anchor"
    font = '&"Arial,Regular"&8'
    as_of = f" · as of {day_name(figures.position.as_of)}"
    return f"&L{font}{name}{as_of}&C{font}{anchor.replace('&', '&&')}&R{font}&A · page &P of &N"
