"""The sheets Changes and Notes: from the requirement to what is still to raise, and what every word means."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_col_to_name

from tracker.domain.budget import SHARE_UNITS, BudgetVersion
from tracker.domain.money import amount_text
from tracker.domain.months import month_text
from tracker.domain.position import Total
from tracker.domain.vocabulary import LENSES, Lens
from tracker.reporting import workbook_formats as look
from tracker.reporting.workbook_figures import Figures, fixed
from tracker.reporting.workbook_formats import Book, Cell, Formula, Sheet, day_name, month_name, units

_FIRST_PAPER = "This is the first paper: there is nothing to compare it with."
_BRIDGE = (
    ("Required", "The budget versions in force, all months", "Required", lambda t: t.required),
    ("− Received", "Money in the bank that covers months", "Received", lambda t: -t.received),
    ("− Signed, open", "Agreements not yet paid", "Signed", lambda t: -t.signed),
    ("− Pledged, open", "Announced, not signed", "Pledged", lambda t: -t.pledged),
    (
        "− Lapsed",
        "Gap of months gone by; only a window set back by an officer can still fill it",
        "",
        lambda t: -t.lapsed,
    ),
)


def write_changes(book: Book, figures: Figures) -> None:
    """No earlier paper exists: the opening figures, from which the next paper's changes are told."""
    sheet = book.sheet("Changes", look.BLUE)
    count = len(figures.position.programme.outcomes)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 62)
    sheet.set_column(2, 3 + count, 16)
    _title(book, sheet, "Changes: the opening figures")
    sheet.put(1, 0, f"{_FIRST_PAPER} The next one starts from these figures, as of "
              f"{day_name(figures.position.as_of)}.", book.style(font_color=look.SECOND))  # fmt: skip
    sheet.put(2, 0, "From the requirement to what is still to raise", _section(book))
    _bridge(book, sheet, figures)
    sheet.put(11, 0, "Where all the money stands: every row adds across", _section(book))
    _standing(book, sheet, figures)
    sheet.print_area(0, 0, 17, 3 + count)


def _title(book: Book, sheet: Sheet, words: str) -> None:
    sheet.set_row(0, 26)
    sheet.put(0, 0, words, book.style(bold=True, font_size=15, font_color=look.DARK))


def _section(book: Book) -> look.Format:
    return book.style(bold=True, font_size=11, font_color=look.DARK)


def _head(book: Book, sheet: Sheet, row: int, words: Sequence[str], texts: int) -> None:
    """A header line; the first `texts` columns are words, the rest figures."""
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": look.DARK, "valign": "vcenter"}
    sheet.set_row(row, 18)
    sheet.put_row(row, 0, words[:texts], book.style(**head))
    sheet.put_row(row, texts, words[texts:], book.style(**head, align="right", indent=1))


def _bridge(book: Book, sheet: Sheet, figures: Figures) -> None:
    codes = figures.position.programme.codes
    totals: list[Total] = [*(figures.by_outcome[code] for code in codes), figures.position.total]
    _head(book, sheet, 3, ("USD", "What it is", *codes, "All outcomes", "Share"), 2)
    line = {"bottom": 4, "bottom_color": look.RULE}
    last = {"bold": True, "top": 2, "top_color": look.DARK, "bottom": 1, "bottom_color": look.DARK}
    for row, (word, what, header, part) in enumerate(_BRIDGE, start=4):
        sheet.put(row, 0, word, book.style(**line, bold=row == 4))
        sheet.put(row, 1, what, book.style(**line, font_color=look.SECOND))
        texts = [_bridge_text(book, header, code, row == 4) for code in codes]
        texts.append(f"ROUND(SUM(C{row + 1}:{xl_col_to_name(1 + len(codes))}{row + 1}),2)")
        cells = [Formula(text, units(part(total))) for text, total in zip(texts, totals, strict=True)]
        sheet.put_row(row, 2, cells, book.style(**line, num_format=look.SUM))
        _share(book, sheet, row, len(codes), part(totals[-1]), totals[-1].required, line)
    sheet.put(9, 0, "= Still to raise", book.style(**last))
    sheet.put(9, 1, "Gap of the as-of month and later", book.style(**last))
    letters = [xl_col_to_name(2 + n) for n in range(len(totals))]
    sums = [Formula(f"ROUND(SUM({x}5:{x}9),2)", units(t.ahead)) for x, t in zip(letters, totals, strict=True)]
    sheet.put_row(9, 2, sums, book.style(**last, num_format=look.SUM))
    _share(book, sheet, 9, len(codes), totals[-1].ahead, totals[-1].required, last)


def _bridge_text(book: Book, header: str, code: str, positive: bool) -> str:
    if header:
        text = f'SUMIFS({{Position.{header}}},{{Position.Outcome}},"{code}")'
    else:
        text = f'SUMPRODUCT(({{Position.Outcome}}="{code}")*({{Position.Month}}<AsOfMonth)*{{Position.Gap}})'
    return book.refs.whole(f"{'' if positive else '-'}ROUND({text},2)")


def _share(
    book: Book, sheet: Sheet, row: int, outcomes: int, minor: int, whole: int, line: dict[str, object]
) -> None:
    letter = xl_col_to_name(2 + outcomes)
    text = f"IF({letter}$5=0,0,{letter}{row + 1}/{letter}$5)"
    value = units(minor) / units(whole) if whole else 0
    style = book.style(**line, num_format='0.0%_0;"−"0.0%_0;"–"_0')
    sheet.put(row, 3 + outcomes, Formula(text, value), style)


_OF_LENS = 'ROUND(SUMPRODUCT(({{Trace.Lens}}="{lens}")*{where}*{{Trace.Amount}}),2)'
_WHERE = {
    "months": '({Trace.Month}<>"")',
    "unused": '({Trace.Month}="")*({Trace.Outcome}<>"targeted")*({Trace.Outcome}<>"held")',
    "targeted": '({Trace.Outcome}="targeted")',
    "held": '({Trace.Outcome}="held")',
}


def _standing(book: Book, sheet: Sheet, figures: Figures) -> None:
    """Each lens by what its money does; the last column comes from the contributions, not from Trace."""
    words = ("Lens", "What it is", "Covers months", "Not used", "Targeted", "Held", "Total", "By records")
    _head(book, sheet, 12, words, 2)
    line = {"bottom": 4, "bottom_color": look.RULE}
    names = (
        "Receipts less refunds",
        "Open instalments of signed agreements",
        "Open instalments not yet signed",
    )
    for row, (lens, what) in enumerate(zip(LENSES, names, strict=True), start=13):
        amounts = [figures.beside.get((lens, place), 0) for place in _WHERE]
        texts = [_OF_LENS.format(lens=lens, where=where) for where in _WHERE.values()]
        texts += [f"ROUND(SUM(C{row + 1}:F{row + 1}),2)", _by_records(lens)]
        values = [*amounts, sum(amounts), sum(amounts)]
        cells = [Formula(book.refs.whole(t), units(v)) for t, v in zip(texts, values, strict=True)]
        sheet.put(row, 0, lens, book.style(**line, bold=True))
        sheet.put(row, 1, what, book.style(**line, font_color=look.SECOND))
        sheet.put_row(row, 2, cells, book.style(**line, num_format=look.SUM))


def _by_records(lens: Lens) -> str:
    if lens == "received":
        return "ROUND(SUM({Receipts.Net USD}),2)"
    return f'ROUND(SUMIFS({{Instalments.Open USD}},{{Instalments.Lens}},"{lens}"),2)'


# Notes

_METHOD = (
    (
        "How money is set against months",
        "For each outcome, received money is placed first, then signed, then pledged. Within a lens the months are "
        "filled in order; in each month the item whose window ends first pays first, then the one that starts first, "
        "then the earlier date, then the reference. Money for one outcome never hides another’s gap.",
    ),
    ("Coverage", "Money set against an outcome’s requirement in a month. It is not expenditure: this workbook holds "
     "no spending."),
    ("Received", "Money credited by the as-of date, less refunds, at its USD value on the day. Later rates do not "
     "change it."),
    ("Signed", "The unpaid rest of agreements signed by the as-of date, at the rate in force on that date."),
    ("Pledged", "The unpaid rest of announcements not yet signed. Not binding."),
    (
        "Gap",
        "Requirement that no money covers, per outcome and month. Lapsed: months before the as-of month; only a "
        "window set back by an officer can still fill them. Ahead: the as-of month and later, which is what is still "
        "to raise.",
    ),
    (
        "funded · committed · pledged · gap",
        "A cell’s status: covered by received money; with signed; with pledged; not covered. A cell short by less "
        "than the tolerance counts as covered; the cents stay in the gap.",
    ),
    (
        "Funded through, first month short",
        "The last month of the unbroken run, from the as-of month, in which every outcome is covered; the month "
        "after it. Shown for received, for received + signed (the lead figure) and with pledges.",
    ),
    ("Stable funding base", "Received and signed money covers every outcome in each of the next 12 months, or those "
     "left in the programme."),
    (
        "Open, days late",
        "What of an instalment has not been received; late when its due date is before the as-of date. Late money "
        "can only pay from the as-of month on.",
    ),
    (
        "Not used, targeted, held",
        "Not used: no month of its window needs it. Targeted: support beyond the core, never in the core gap. Held: "
        "received, not yet assigned, covering nothing.",
    ),
    (
        "Deductions, exchange",
        "A deduction is what a bank or a levy kept: settled for the donor, not available. Exchange differences are "
        "against the rate on the day of signature, else of the pledge: realised on what came, unrealised on what is "
        "open. They never lower another pledge’s open amount.",
    ),
    (
        "Re-proving a figure",
        "Summary, Months and Changes are sums over Position; Position is a sum over Trace and Budget; each line of "
        "Trace names a receipt (Receipts) or an open instalment (PLEDGE@DUE DATE, Instalments). Checks compares the "
        "routes; every difference is zero. Change one amount on a data sheet and a check is no longer zero.",
    ),
    ("Left out of this edition", "E-mail addresses, internal notes, and whatever would tell who an anonymous donor "
     "is."),
)  # fmt: skip


def write_notes(book: Book, figures: Figures) -> None:
    """What the paper speaks for, the parameters that formulas read by name, and the method in words."""
    sheet, position, report = book.sheet("Notes", look.DARK), figures.position, figures.report
    sheet.set_column(0, 0, 33)
    sheet.set_column(1, 1, 118)
    _title(book, sheet, "Notes: method and definitions")
    tolerance = position.programme.tolerance_minor
    stamp = report.taken_at_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    line = {"bottom": 4, "bottom_color": look.RULE, "valign": "top", "align": "left"}
    parameters: tuple[tuple[str, Cell, dict[str, str]], ...] = (
        ("As of", position.as_of, {"num_format": look.DAY}),
        ("As-of month", month_text(position.as_of_month), {}),
        (f"Tolerance, {position.programme.currency}", units(tolerance), {"num_format": "0.00"}),
        ("Taken at", f"{stamp} (what had been recorded by then)", {}),
        ("Audit anchor", report.anchor or "none: nothing has been recorded", {}),
        ("Previous paper", "none: this is the first", {}),
    )
    for row, (name, value, props) in enumerate(parameters, start=2):
        sheet.put(row, 0, name, book.style(**line, bold=True))
        sheet.put(row, 1, value, book.style(**line, **props))
    for name, row in (("AsOf", 3), ("AsOfMonth", 4), ("Tolerance", 5)):
        book.file.define_name(name, f"=Notes!$B${row}")
    for row, (name, words) in enumerate((*_METHOD[:1], _requirement(figures), *_METHOD[1:]), start=9):
        sheet.set_row(row, 14 * -(-len(words) // 122) + 5)
        sheet.put(row, 0, name, book.style(**line, bold=True))
        sheet.put(row, 1, words, book.style(**line, text_wrap=True))
    sheet.print_area(0, 0, 9 + len(_METHOD), 1)


def _requirement(figures: Figures) -> tuple[str, str]:
    programme, total = figures.position.programme, figures.position.total
    versions = sorted(figures.position.versions, key=lambda v: v.number)
    used = "; ".join(_version(v) for v in versions if figures.in_force(v.number)[1])
    words = (
        f"{month_name(figures.months[0])} to {month_name(figures.months[-1])} ({len(figures.months)} months, "
        f"{programme.currency} {fixed(total.required)}). {used} (Budget)."
    )
    return "Requirement", words


def _version(version: BudgetVersion) -> str:
    if version.basis == "shares":
        shares = " / ".join(f"{share * 100 / SHARE_UNITS:.2f}" for share in version.share_units)
        how = f"split by the published shares {shares} %"
    else:
        how = "by the published amounts " + " / ".join(amount_text(minor) for minor in version.amounts_minor)
    total = fixed(sum(version.requirements_minor))
    return f"Version {version.number}, from {month_name(version.effective_month)}: USD {total} a month, {how}"
