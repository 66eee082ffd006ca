"""The sheet Notes: as-of date, anchor, the parameters formulas read by name, and the method."""

from tracker.domain.budget import SHARE_UNITS, BudgetVersion
from tracker.domain.months import month_text
from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.figures import Figures, fixed
from tracker.reporting.workbook.formats import Book, Cell, month_name, units

_METHOD = (
    (
        "How money is set against months",
        "For each outcome, received money is placed first, then signed, then pledged. Within a lens "
        "the months are filled in order; in each month the item whose window ends first pays first, "
        "then the one that starts first, then the earlier date, then the reference. Money for one "
        "outcome never hides another’s gap.",
    ),
    (
        "Coverage",
        "Money set against an outcome’s requirement in a month. It is not expenditure: this workbook "
        "holds no spending.",
    ),
    (
        "Received",
        "Money credited by the as-of date, less refunds, at its USD value on the day. Later rates do "
        "not change it.",
    ),
    (
        "Signed",
        "The unpaid rest of agreements signed by the as-of date, at the rate in force on that date.",
    ),
    (
        "Pledged",
        "The unpaid rest of announcements not yet signed. Not binding.",
    ),
    (
        "Gap",
        "Requirement that no money covers, per outcome and month. Lapsed: months before the as-of "
        "month; only a window set back by an officer can still fill them. Ahead: the as-of month and "
        "later, which is what is still to raise.",
    ),
    (
        "funded · committed · pledged · gap",
        "A cell’s status: covered by received money; with signed; with pledged; not covered. A cell "
        "short by less than the tolerance counts as covered; the cents stay in the gap.",
    ),
    (
        "Funded through, first month short",
        "The last month of the unbroken run, from the as-of month, in which every outcome is covered;"
        " the month after it. Shown for received, for received + signed (the lead figure) and with "
        "pledges.",
    ),
    (
        "Stable funding base",
        "Received and signed money covers every outcome in each of the next 12 months, or those left "
        "in the programme.",
    ),
    (
        "Open, days late",
        "What of an instalment has not been received; late when its due date is before the as-of "
        "date. Late money can only pay from the as-of month on.",
    ),
    (
        "Not used, targeted, held",
        "Not used: no month of its window needs it. Targeted: support beyond the core, never in the "
        "core gap. Held: received, not yet assigned, covering nothing.",
    ),
    (
        "Deductions, exchange",
        "A deduction is what a bank or a levy kept: settled for the donor, not available. Exchange "
        "differences are against the rate on the day of signature, else of the pledge: realised on "
        "what came, unrealised on what is open. They never lower another pledge’s open amount.",
    ),
    (
        "Re-proving a figure",
        "Summary, Months and Changes are sums over Position; Position is a sum over Trace and Budget;"
        " each line of Trace names a receipt (Receipts) or an open instalment (PLEDGE@DUE DATE, "
        "Instalments). Checks compares the routes; every difference is zero. Change one amount on a "
        "data sheet and a check is no longer zero.",
    ),
    (
        "Left out of this edition",
        "E-mail addresses, internal notes, and whatever would tell who an anonymous donor is.",
    ),
)


def write_notes(book: Book, figures: Figures) -> None:
    """What the paper speaks for, the parameters that formulas read by name, and the method in words."""
    sheet, position, report = book.sheet("Notes", look.DARK), figures.position, figures.report
    sheet.set_column(0, 0, 33)
    sheet.set_column(1, 1, 118)
    book.title(sheet, "Notes: method and definitions")
    tolerance = position.programme.tolerance_minor
    stamp = report.taken_at_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    line = {"bottom": 4, "bottom_color": look.RULE, "valign": "top", "align": "left"}
    parameters: tuple[tuple[str, Cell, dict[str, str]], ...] = (
        ("As of", position.as_of, {"num_format": look.DAY}),
        ("As-of month", month_text(position.as_of_month), {}),
        (f"Tolerance, {position.programme.currency}", units(tolerance), {"num_format": "0.00"}),
        ("Taken at", f"{stamp} (what had been recorded by then)", {}),
        ("Audit anchor", report.anchor or "none: nothing has been recorded", {}),
        *_previous(figures),
    )
    for row, (name, value, props) in enumerate(parameters, start=2):
        sheet.put(row, 0, name, book.style(**line, bold=True))
        sheet.put(row, 1, value, book.style(**line, **props))
    for name, row in (("AsOf", 3), ("AsOfMonth", 4), ("Tolerance", 5)):
        book.file.define_name(name, f"=Notes!$B${row}")
    if report.since is not None:
        book.file.define_name("PreviousAsOf", "=Notes!$B$8")
    start = 3 + len(parameters)
    for row, (name, words) in enumerate((*_METHOD[:1], _requirement(figures), *_METHOD[1:]), start=start):
        sheet.set_row(row, 14 * -(-len(words) // 122) + 5)
        sheet.put(row, 0, name, book.style(**line, bold=True))
        sheet.put(row, 1, words, book.style(**line, text_wrap=True))
    sheet.fit_to_pages(1, 1)
    sheet.print_area(0, 0, start + len(_METHOD), 1)


def _previous(figures: Figures) -> tuple[tuple[str, Cell, dict[str, str]], ...]:
    """The day that the paper is held against, and what was known then."""
    since = figures.report.since
    if since is None:
        return (("Previous paper", "none: this is the first", {}),)
    stamp = since.taken_at_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    words = f"known at {stamp}, audit anchor {since.anchor}"
    name = "Previous paper" if since.label else "Held against"
    return (name, since.as_of, {"num_format": look.DAY}), (f"{name}: known", words, {})


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
        how = "by the published amounts " + " / ".join(map(fixed, version.amounts_minor))
    total = fixed(sum(version.requirements_minor))
    return f"Version {version.number}, from {month_name(version.effective_month)}: USD {total} a month, {how}"
