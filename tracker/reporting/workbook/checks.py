"""The sheet Checks: every route to a figure against another, every difference zero (DOMAIN section 5).

Differences are added without their signs, so that two errors cannot hide each other, and rounded, because
a spreadsheet adds binary fractions.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.bridge import end_cell, ranges
from tracker.reporting.workbook.figures import KINDS, Figures
from tracker.reporting.workbook.formats import Book, Formula
from tracker.reporting.workbook.layout import AGE_TOTALS, kinds_total, still_to_raise
from tracker.reporting.workbook.months import Places, places


class Check(NamedTuple):
    """A name, a difference (a formula without its `=`), and what it compares in words."""

    name: str
    difference: str
    compares: str


_PARTS = (
    '(SUMIFS({{Position.Received}},{{Position.Outcome}},"{code}")+SUMIFS({{Position.Signed}},{{Position.Outcome}},'
    '"{code}")+SUMIFS({{Position.Pledged}},{{Position.Outcome}},"{code}")'
    '+SUMIFS({{Position.Gap}},{{Position.Outcome}},"{code}")'
    '-SUMPRODUCT(({{Budget.Outcome}}="{code}")*{{Budget.Requirement USD a month}}'
    "*{{Budget.Months in force}}))"
)
_BUDGET = (
    Check(
        "Cells covered beyond their requirement",
        "SUMPRODUCT(({Position.Gap}<0)*ABS({Position.Gap}))",
        "No outcome's month holds more money than it needs",
    ),
    Check(
        "Budget: requirement − total by the shares, or published amounts",
        "SUMPRODUCT(ABS({Budget.Requirement USD a month}-{Budget.Requirement, proved}))",
        "Each version's monthly total split again, the missing cents to the largest fractions",
    ),
    Check(
        "Budget: requirements − monthly total",
        "SUMPRODUCT(ABS({Budget.Monthly total USD}"
        "-SUMIFS({Budget.Requirement USD a month},{Budget.Version},{Budget.Version})))",
        "The outcomes' requirements of a version add up to its monthly total",
    ),
    Check(
        "Budget: published − requirement − difference",
        "SUMPRODUCT(ABS(({Budget.Published USD a month}-{Budget.Requirement USD a month})"
        '*({Budget.Published USD a month}<>"")-{Budget.Published − requirement}))',
        "The published amounts, the requirement and the difference shown between them",
    ),
    Check(
        "Rates: 1,000 units at the rate − their USD",
        "SUMPRODUCT(ABS({Rates.USD for 1,000 units}-{Rates.USD for 1,000 units, proved}))",
        "Each rate against what a thousand units are worth",
    ),
)
_RECEIPTS = (
    Check(
        "Receipts: USD − amount at the rate, or recorded USD",
        "SUMPRODUCT(ABS({Receipts.USD − proof}))",
        "ROUND((amount − deduction) / rate, 2), and what the recorded USD lies beside it, receipt by receipt",
    ),
    Check(
        "Receipts: rate − rate in force on the day",
        "SUMPRODUCT(ABS({Receipts.Rate − in force}))",
        "Rates of receipts against the sheet Rates",
    ),
    Check(
        "Receipts: amount − refunds − net amount",
        "SUMPRODUCT(ABS(ROUND({Receipts.Amount}-{Receipts.Refunded}-{Receipts.Net amount},4)))",
        "In each receipt's own currency",
    ),
    Check(
        "Receipts: net − traced, unused, targeted, held",
        "SUMPRODUCT(ABS({Receipts.Net − traced}))"
        '+ABS(ROUND(SUM({Receipts.Net USD})-SUMIFS({Trace.Amount},{Trace.Lens},"received"),2))',
        "Every receipt less its refunds against its lines on Trace, and all of them together",
    ),
)
_PLEDGES = (
    Check(
        "Instalments: schedules − pledges",
        "SUMPRODUCT(ABS(ROUND({Pledges.Amount}-{Pledges.Scheduled},4)))",
        "Schedules re-add to the pledged amounts, pledge by pledge",
    ),
    Check(
        "Open amounts: pledges − instalments",
        "SUMPRODUCT(ABS(ROUND({Pledges.Open}-{Pledges.Open by instalments},4)))",
        "Two routes to what has not been received: the whole pledge, and instalment by instalment",
    ),
    Check(
        "Signed: open instalments − trace",
        'SUMPRODUCT(({Instalments.Lens}="signed")*ABS({Instalments.Open − traced}))'
        '+ABS(ROUND(SUMIFS({Instalments.Open USD},{Instalments.Lens},"signed")'
        '-SUMIFS({Trace.Amount},{Trace.Lens},"signed"),2))',
        "Open signed money against Trace, unused included",
    ),
    Check(
        "Pledged: open instalments − trace",
        'SUMPRODUCT(({Instalments.Lens}="pledged")*ABS({Instalments.Open − traced}))'
        '+ABS(ROUND(SUMIFS({Instalments.Open USD},{Instalments.Lens},"pledged")'
        '-SUMIFS({Trace.Amount},{Trace.Lens},"pledged"),2))',
        "Open pledged money against Trace, unused included",
    ),
    Check(
        "Deductions: pledges − receipts",
        "SUMPRODUCT(ABS({Pledges.Deductions − receipts}))",
        "What banks and levies kept, pledge by pledge",
    ),
    Check(
        "Exchange, realised: pledges − receipts",
        "SUMPRODUCT(ABS({Pledges.Realised − receipts}))",
        "USD received (deductions included) less the same amount at the base rate",
    ),
    Check(
        "Exchange, unrealised: pledges − instalments",
        "SUMPRODUCT(ABS({Pledges.Unrealised − instalments}))",
        "Open amounts at the as-of rate less the same at the base rate",
    ),
)
_DONORS = (
    Check(
        "Donors − trace: received and open",
        "SUMPRODUCT(ABS(ROUND({Donors.Received USD}+{Donors.Signed, open USD}+{Donors.Pledged, open USD}"
        "-{Donors.Traced, all lenses},2)))"
        "+ABS(ROUND(SUM({Donors.Traced, all lenses})-SUM({Trace.Amount}),2))",
        "Receipts and instalments by donor against Trace",
    ),
    Check(
        "Coverage outside its window",
        "SUM({Receipts.Outside window USD})+SUM({Instalments.Outside window USD})",
        "Money on Trace in a month that its receipt or instalment may not pay for",
    ),
)


def _months(at: Places) -> tuple[Check, ...]:
    """Totals by month, by outcome and by donor."""
    received, signed, pledged = (at.range(name) for name in ("Received", "Signed", "Pledged"))
    covered = f"(SUM({received})+SUM({signed})+SUM({pledged}))"
    gap = f"(SUM({at.range('Lapsed')})+SUM({at.range('Still to raise')}))"
    position = "(SUM({Position.Received})+SUM({Position.Signed})+SUM({Position.Pledged}))"
    return (
        Check(
            "Months − outcomes: covered",
            f"ABS({covered}-{position})",
            "Total by month against total by outcome",
        ),
        Check(
            "Months − outcomes: gap",
            f"ABS({gap}-SUM({{Position.Gap}}))",
            "Gap by month against gap by outcome",
        ),
        Check(
            "Outcomes − donors: covered",
            f"ABS({position}-SUM({{Donors.Covering months}}))",
            "Total by outcome against total by donor, less what no month uses",
        ),
        Check(
            "Trace − months: lines with a month",
            f'ABS(SUMPRODUCT(({{Trace.Month}}<>"")*{{Trace.Amount}})-{covered})',
            "Every line of Trace that names a month stands in that month",
        ),
    )


def _changes(figures: Figures, at: Places) -> tuple[Check, ...]:
    """Where the sheet Changes ends; with an earlier state, that every step of the bridge adds up."""
    if figures.report.since is None:
        words = "From requirement to still to raise, against the headline"
        cell = still_to_raise(at.outcomes)
        return (Check("Changes − Summary: still to raise", f"ABS({cell}-Summary!$A$5)", words),)
    there = ranges(figures)
    columns = ("E", "Received"), ("F", "Signed"), ("G", "Pledged"), ("J", "Required")
    ends = [f"ABS(Changes!${x}${there.after}-SUM({{Position.{header}}}))" for x, header in columns]
    ends.append(f"ABS(Changes!$H${there.after}+Changes!$I${there.after}-SUM({{Position.Gap}}))")
    down = "SUM(Changes!$E${0}:$J${1})"
    steps, records = (there.after - 10, there.after - 1), there.evidence
    return (
        Check(
            "Changes − Summary: still to raise",
            f"ABS({end_cell()}-Summary!$A$5)",
            "The earlier figure and every step of the bridge, against the headline",
        ),
        Check(
            "Changes: then and every movement − Position",
            "+".join(ends),
            "The earlier position and its movements against received, signed, pledged, gap, requirement now",
        ),
        Check(
            "Changes: parts − requirement, every row",
            f"{there.across((there.after - 11, there.after))}+{there.across(there.earlier)}"
            f"+{there.across(records)}",
            "Received + signed + pledged + still to raise + lapsed, of each state, line and record",
        ),
        Check(
            "Changes: lines − records",
            f"ABS({down.format(*steps)}-{down.format(*records)})",
            "Every record behind a line stands under that line, and under no other",
        ),
    )


def checks(figures: Figures) -> list[Check]:
    """All of them, in the order of the sheet."""
    at = places(figures)
    parts = [
        Check(
            f"{code}: parts − requirement",
            f"ABS{_PARTS.format(code=code)}",
            f"Received + signed + pledged + gap of {at.months} months against the budget versions in force",
        )
        for code in figures.position.programme.codes
    ]
    kinds = kinds_total(at.outcomes, len(KINDS))
    ends = (
        *_changes(figures, at),
        Check(
            "Summary: ageing − open instalments",
            f"ABS({'+'.join(AGE_TOTALS)}-SUM({{Instalments.Open USD}}))",
            "Seven classes of days late against the sheet Instalments",
        ),
        Check(
            "Summary: kinds − donors",
            f"ABS(Summary!$L${kinds}-SUM({{Donors.Received USD}}))"
            f"+ABS(Summary!$M${kinds}-SUM({{Donors.Signed, open USD}})-SUM({{Donors.Pledged, open USD}}))",
            "Contributors by kind against the sheet Donors",
        ),
    )
    return [*parts, *_BUDGET, *_RECEIPTS, *_PLEDGES, *_months(at), *_DONORS, *ends]


def write_checks(book: Book, figures: Figures) -> None:
    """All checks of the GCG workbook."""
    check_sheet(book, checks(figures))


def check_sheet(book: Book, rows: Sequence[Check]) -> None:
    """Check, Difference, Verdict, What it compares; no other number stands on the sheet."""
    sheet = book.sheet("Checks", look.DARK)
    for column, width in enumerate((60, 15, 12, 92)):
        sheet.set_column(column, column, width)
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": look.DARK, "valign": "vcenter"}
    sheet.set_row(0, 20)
    sheet.put_row(0, 0, ("Check", None, "Verdict", "What it compares"), book.style(**head))
    sheet.put(0, 1, "Difference", book.style(**head, align="right", indent=1))
    line = {"bottom": 4, "bottom_color": look.RULE}
    number = book.style(**line, num_format=book.number_format("money", 2))
    verdict, second = (
        book.style(**line, bold=True, font_color=look.HOLDS),
        book.style(**line, font_color=look.SECOND),
    )
    for row, check in enumerate(rows, start=1):
        sheet.put(row, 0, check.name, book.style(**line))
        sheet.put(row, 1, Formula(f"ROUND({book.refs.whole(check.difference)},4)", 0), number)
        sheet.put(row, 2, Formula(f'IF(ABS(B{row + 1})<0.00005,"holds","DIFFERS")', "holds"), verdict)
        sheet.put(row, 3, check.compares, second)
    red = book.file.add_format({"font_color": look.GAP, "bg_color": look.GAP_BACK})
    sheet.conditional_format(
        1, 2, len(rows), 2, {"type": "cell", "criteria": "==", "value": '"DIFFERS"', "format": red}
    )
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
