"""The sheet Notes: what the statement speaks for, the parameters formulas read by name, and the method."""

from tracker.domain.budget import SHARE_UNITS
from tracker.domain.months import month_of, month_text
from tracker.domain.own import FEWEST
from tracker.domain.received import first_open_month
from tracker.queries.statements import StatementReport
from tracker.reporting.statement_workbook.figures import Figures
from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.formats import Book, Cell, Sheet, units

_METHOD = (
    (
        "Coverage is not expenditure",
        "Coverage is money set against an outcome’s requirement in a month. This workbook holds no spending "
        "and is not a certified financial statement.",
    ),
    (
        "From opening to closing",
        "Opening + receipts − refunds − allocated ± adjustments = closing. The closing consists of money "
        "assigned to months that have not ended, money that no month of its window can use, and targeted and "
        "held money.",
    ),
    (
        "Receipts",
        "Money credited in the period, at its USD value on the day, refunds not taken off. Later rates do "
        "not change it. Each receipt is split once over the outcomes by its earmark.",
    ),
    ("Refunds", "Money given back in the period, each taken from the parts of its own receipt."),
    (
        "Allocated",
        "Money set against months that ended in the period. Within an outcome the months are filled in "
        "order; in each month the money whose window ends first pays first, then the one that starts first, "
        "then the earlier date, then the reference.",
    ),
    (
        "Later months",
        "Months that have not ended on the last day of the period. What is set against them is provisional "
        "until they have.",
    ),
    (
        "Adjustments",
        "What became known, or was decided, of the time before the period after the opening had been stated. "
        "Each cent is put down to the record that moved it (Adjustments).",
    ),
    (
        "Targeted, held",
        "Targeted: support beyond the core, never set against the core requirement. Held: received, not yet "
        "assigned, covering nothing.",
    ),
    (
        "Open, days late",
        "What of an instalment has not been received by the as-of day; late when its due date is before it.",
    ),
    (
        "Deductions, exchange",
        "A deduction is what a bank or a levy kept: settled for the contributor, not available. Exchange "
        "differences are against the rate on the day of signature, else of the pledge: realised on what "
        "came, unrealised on what is open. They never lower another pledge’s open amount.",
    ),
    (
        "Re-proving a figure",
        "The lines of Statement are sums over Receipts, Refunds, Coverage and Adjustments; the opening is "
        "the closing of the statement before. Checks compares each figure with a second route to it; every "
        "difference is zero. The audit anchor is the number and hash of the newest audit entry: with it the "
        "Secretariat can show that no record before it was changed.",
    ),
)


def stamp(report: StatementReport) -> str:
    """The moment of knowledge: `2027-12-31T23:59:59Z`."""
    return report.known.at_utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_notes(book: Book, figures: Figures) -> None:
    """Parameters, what the outcomes do, and the method in words."""
    sheet, report = book.sheet("Notes", look.DARK), figures.report
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 118)
    book.title(sheet, "Notes: method and definitions")
    row = _parameters(book, sheet, report, 2)
    row = _outcomes(book, sheet, report, row + 1)
    row = _texts(book, sheet, _METHOD, row + 1)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, row - 1, 1)


def _parameters(book: Book, sheet: Sheet, report: StatementReport, row: int) -> int:
    period = report.period
    named: tuple[tuple[str, str, Cell], ...] = (
        ("PeriodFirst", "First day of the period", period.first),
        ("PeriodLast", "Last day of the period", period.last),
        ("AsOf", "As of", report.as_of),
        ("FirstMonth", "First month of the period", month_text(month_of(period.first))),
        ("FirstOpenMonth", "First month not ended", month_text(first_open_month(period.last))),
    )
    told = report.programme_received
    rest: tuple[tuple[str, Cell], ...] = (
        ("Contributor", f"{report.donor.name} ({report.donor.code})"),
        ("Statement", report.number or "draft, not issued"),
        ("Corrects", f"{report.corrects}: {report.reason}" if report.corrects else "none"),
        ("Opening is the closing of", report.opening_of or "no statement: the records as known now"),
        ("Known at", f"{stamp(report)} (what had been recorded by then)"),
        ("Audit anchor", report.known.anchor if report.known.seq else "none: nothing has been recorded"),
        (
            "Received by the programme, USD",
            f"not told: fewer than {FEWEST} others have paid" if told is None else units(told),
        ),
    )
    line = {"bottom": 4, "bottom_color": look.RULE, "valign": "top", "align": "left", "text_wrap": True}
    for at, (name, words, value) in enumerate(named, start=row):
        book.file.define_name(name, f"=Notes!$B${at + 1}")
        sheet.put(at, 0, words, book.style(**line, bold=True))
        sheet.put(at, 1, value, book.style(**line, num_format=look.DAY))
    for at, (words, value) in enumerate(rest, start=row + len(named)):
        _height(sheet, at, str(value))
        sheet.put(at, 0, words, book.style(**line, bold=True))
        sheet.put(at, 1, value, book.style(**line, num_format="#,##0.00"))
    return row + len(named) + len(rest)


def _outcomes(book: Book, sheet: Sheet, report: StatementReport, row: int) -> int:
    """What each outcome does, and its published share of core money on the as-of day."""
    shares = report.shares or (None,) * len(report.programme.outcomes)
    texts = []
    for outcome, share in zip(report.programme.outcomes, shares, strict=True):
        part = "" if share is None else f"{share * 100 / SHARE_UNITS:.2f} % of core money. "
        texts.append((f"{outcome.code}  {outcome.name}", part + "; ".join(outcome.activities)))
    return _texts(book, sheet, tuple(texts), row)


def _texts(book: Book, sheet: Sheet, texts: tuple[tuple[str, str], ...], row: int) -> int:
    line = {"bottom": 4, "bottom_color": look.RULE, "valign": "top", "align": "left", "text_wrap": True}
    for at, (name, words) in enumerate(texts, start=row):
        _height(sheet, at, words, name)
        sheet.put(at, 0, name, book.style(**line, bold=True))
        sheet.put(at, 1, words, book.style(**line))
    return row + len(texts)


def _height(sheet: Sheet, row: int, words: str, name: str = "") -> None:
    rows = max(-(-len(words) // 112), -(-len(name) // 30), 1)
    sheet.set_row(row, 14 * rows + 5)
