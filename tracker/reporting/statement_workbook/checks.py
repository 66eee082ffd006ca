"""What the sheet Checks compares: every figure of the statement by a second route, every difference zero."""

from tracker.reporting.statement_workbook.figures import Figures
from tracker.reporting.statement_workbook.layout import LATER, WITHIN
from tracker.reporting.statement_workbook.places import ADDED, Places
from tracker.reporting.workbook.checks import Check, check_sheet
from tracker.reporting.workbook.formats import Book


def within(sheet: str, header: str) -> str:
    """A column of Receipts or Refunds, those in the period only."""
    return f'SUMPRODUCT(({{{sheet}.In the period}}="yes")*{{{sheet}.{header}}})'


def covered(header: str, when: str) -> str:
    """A column of Coverage, the months of one time only."""
    return f'SUMPRODUCT(({{Coverage.When}}="{when}")*{{Coverage.{header}}})'


def _table(at: Places) -> tuple[Check, ...]:
    lines = [line.key for line in at.figures.lines]
    letters = (*at.letters, at.total_letter)
    across = "+".join(f"ABS(SUM({at.across(key)})-{at.sum_of(key)})" for key in lines)
    down = "+".join(
        f"ABS({'+'.join(at.cell(key, letter) for key in ADDED)}-{at.cell('closing', letter)})"
        for letter in letters
    )
    parts = "+".join(
        f"ABS({at.cell('closing', letter)}-({'+'.join(at.cell(key, letter) for key in at.within)}))"
        for letter in letters
    )
    return (
        Check("Statement adds across", across, "Each line’s outcomes, targeted and held against its total"),
        Check(
            "Statement adds down",
            down,
            "Opening, receipts, refunds, allocated and adjustments against closing",
        ),
        Check(
            "Closing − later, not used, targeted, held", parts, "What is on hand against where it is to go"
        ),
    )


def _lines(at: Places) -> tuple[Check, ...]:
    before = (
        '(SUMPRODUCT(({Receipts.In the period}="no")*{Receipts.USD})'
        '-SUMPRODUCT(({Refunds.In the period}="no")*{Refunds.USD})'
        f"-SUM({{Coverage.Total}})+{covered('Total', WITHIN)}+{covered('Total', LATER)})"
    )
    return (
        Check(
            "Allocated − coverage of the period’s months",
            f"ABS({at.sum_of('allocated')}+{covered('Total', WITHIN)})",
            "Line of Statement against the months on Coverage that ended in the period",
        ),
        Check(
            "Later months − coverage",
            f"ABS({at.sum_of('later')}-{covered('Total', LATER)})",
            "Line of Statement against the months on Coverage that have not ended",
        ),
        Check(
            "Receipts in the period − receipts",
            f"ABS({at.sum_of('receipts')}-{within('Receipts', 'USD')})",
            "Line of Statement against the USD of each receipt in the period",
        ),
        Check(
            "Refunds in the period − refunds",
            f"ABS({at.sum_of('refunds')}+{within('Refunds', 'USD')})",
            "Line of Statement against the USD of each refund in the period",
        ),
        Check(
            "Adjustments − causes",
            f"ABS({at.sum_of('adjustments')}-SUM({{Adjustments.Total}}))",
            "Line of Statement against the records that moved the opening",
        ),
        Check(
            "Opening and adjustments − records before the period",
            f"ABS({at.sum_of('opening')}+{at.sum_of('adjustments')}-{before})",
            "Receipts less refunds before the period, less the months before it that they cover",
        ),
        Check(
            "Closing − all records",
            f"ABS({at.sum_of('closing')}-(SUM({{Receipts.USD}})-SUM({{Refunds.USD}})"
            "-SUM({Coverage.Total})+{LATER}))".replace("{LATER}", covered("Total", LATER)),
            "Receipts less refunds, less what is set against months that have ended",
        ),
    )


def _columns(at: Places) -> tuple[Check, ...]:
    """Each outcome by itself, and the data sheets' own sums."""
    unused = []
    for letter, place in zip(at.letters, at.figures.wanted, strict=True):
        name = at.figures.names[place]
        if place < len(at.figures.names) - 2:
            spent = f"SUM({{Receipts.{name}}})-SUM({{Refunds.{name}}})-SUM({{Coverage.{name}}})"
            unused.append(f"ABS({at.cell('unused', letter)}-({spent}))")
    return (
        Check(
            "Not used: receipts − refunds − coverage",
            "+".join(unused),
            "Outcome by outcome: what no month can use, against all receipts, refunds and months",
        ),
        Check(
            "Coverage beyond the requirement",
            "SUMPRODUCT(({Coverage.Total}>{Coverage.Requirement of the month})*1)",
            "No month holds more of this money than the whole programme needs in it",
        ),
        Check(
            "Receipts: USD − parts",
            "SUMPRODUCT(ABS({Receipts.USD − parts}))",
            "Each receipt’s USD against its outcomes, targeted and held",
        ),
        Check(
            "Refunds: USD − parts",
            "SUMPRODUCT(ABS({Refunds.USD − parts}))",
            "Each refund’s USD against what it takes from its receipt’s parts",
        ),
        Check(
            "Receipts: USD − amount at the rate",
            "SUMPRODUCT(ABS({Receipts.USD − proof}))",
            "ROUND(amount / rate, 2) where a rate valued it; in USD, amount − deduction",
        ),
    )


_AGREEMENTS = (
    Check(
        "Instalments: schedules − pledges",
        "SUMPRODUCT(ABS(ROUND({Pledges.Amount}-{Pledges.Scheduled},4)))",
        "Schedules re-add to the pledged amounts, pledge by pledge",
    ),
    Check(
        "Settled: pledges − instalments",
        "SUMPRODUCT(ABS(ROUND({Pledges.Settled}-{Pledges.Settled by instalments},4)))",
        "What was settled, with what was paid beyond the pledge, against the instalments",
    ),
    Check(
        "Settled: pledges − receipts",
        "SUMPRODUCT(ABS({Pledges.Settled − receipts}))",
        "Where no receipt after the period and none of another currency counts",
    ),
    Check(
        "Open amounts: pledges − instalments",
        "SUMPRODUCT(ABS(ROUND({Pledges.Open}-{Pledges.Open by instalments},4)))",
        "Two routes to what has not been received: the whole pledge, and instalment by instalment",
    ),
    Check(
        "Exchange: pledged − amount at the base rate",
        "SUMPRODUCT(ABS({Exchange.Pledged − proof}))",
        "ROUND(amount / base rate, 2)",
    ),
    Check(
        "Exchange, realised: pledges − received",
        "SUMPRODUCT(ABS(ROUND({Exchange.Realised USD}"
        "-({Exchange.Received USD}-{Exchange.Received at base USD}),2)))"
        "+SUMPRODUCT(ABS({Exchange.Realised − receipts}))",
        "USD received (deductions included) less the same amount at the base rate",
    ),
    Check(
        "Exchange, unrealised: pledges − instalments",
        "SUMPRODUCT(ABS(ROUND({Exchange.Unrealised USD}"
        "-({Exchange.Open USD}-{Exchange.Open at base USD}),2)))",
        "Open amounts at the as-of rate less the same at the base rate",
    ),
)


def checks(figures: Figures) -> tuple[Check, ...]:
    """All of them, in the order of the sheet."""
    at = Places(figures)
    return (*_table(at), *_lines(at), *_columns(at), *_AGREEMENTS)


def write_checks(book: Book, figures: Figures) -> None:
    """Check, Difference, Verdict, What it compares."""
    check_sheet(book, checks(figures))
