"""The data sheets of money that came: Coverage, Adjustments, Receipts, Refunds."""

from collections.abc import Iterable, Sequence

from tracker.domain.earmark import exact_split_text
from tracker.domain.exchange import usd_at
from tracker.domain.items import receipt_earmark, receipt_window
from tracker.domain.money import PROGRAMME_CURRENCY, currency_digits
from tracker.domain.months import month_text
from tracker.queries.own import OwnReceipt
from tracker.reporting.statement_workbook.figures import Figures
from tracker.reporting.statement_workbook.layout import BEFORE, LATER, WITHIN
from tracker.reporting.statements import cause_words
from tracker.reporting.workbook.formats import Book, Cell, Formula, Row, units

WORDS = {"before": BEFORE, "period": WITHIN, "later": LATER}


def formulas(texts: Sequence[str], number: int, digits: int, values: Iterable[float | str]) -> list[Cell]:
    """Formulas of one row: `#` is its number, `~` its currency's digits."""
    row, decimals = str(number), str(digits)
    return [
        Formula(text.replace("#", row).replace("~", decimals), value)
        for text, value in zip(texts, values, strict=True)
    ]


def write_coverage(book: Book, figures: Figures) -> None:
    """Which months the money is set against, by outcome, and what part of each month's requirement it is."""
    first, last = figures.names[0], figures.names[-3]
    texts = [
        book.refs.row("Coverage", text)
        for text in (
            f'IF([Month]<FirstMonth,"{BEFORE}",IF([Month]<FirstOpenMonth,"{WITHIN}","{LATER}"))',
            f"ROUND(SUM([{first}]:[{last}]),2)",
            "IF([Requirement of the month]=0,0,[Total]/[Requirement of the month])",
        )
    ]
    rows = []
    for number, one in enumerate(figures.report.months, start=2):
        share = one.total / one.required if one.required else 0
        when, total, part = formulas(texts, number, 2, (WORDS[one.when], units(one.total), share))
        parts = map(units, one.parts)
        rows.append(Row([month_text(one.month), when, *parts, total, units(one.required), part]))
    book.table("Coverage", rows)


def write_adjustments(book: Book, figures: Figures) -> None:
    """What moved the opening since it was stated, record by record."""
    text = book.refs.row("Adjustments", f"ROUND(SUM([{figures.names[0]}]:[{figures.names[-1]}]),2)")
    rows = []
    for number, cause in enumerate(figures.report.causes, start=2):
        total = formulas([text], number, 2, [units(sum(cause.amounts))])
        parts = map(units, cause.amounts)
        rows.append(Row([cause_words(cause), cause.reference or None, cause.how, *parts, *total]))
    book.table("Adjustments", rows)


_IN_PERIOD = 'IF(AND([%DAY%]>=PeriodFirst,[%DAY%]<=PeriodLast),"yes","no")'
_NET = (
    "ROUND(SUMPRODUCT(EXACT({Refunds.Receipt},[Reference])*{Refunds.USD}),2)",
    "ROUND([USD]-[Refunded USD],2)",
)
_PARTS = "ROUND([USD]-SUM([%FIRST%]:[%LAST%]),2)"
_AS_CREDITED = "ROUND([USD]-([Amount]-[Deduction]),2)"
_AT_RATE = "ROUND([USD]-ROUND(([Amount]-[Deduction])/[Rate],2),2)"
_NO_RATE = "ROUND([Deduction],2)"
_SETTLES = (
    "ROUND(SUMPRODUCT(EXACT({Refunds.Receipt},[Reference])*{Refunds.Amount}),~)",
    "ROUND([Amount]-[Refunded],~)",
    'IF([Currency]="USD",[Net amount],[Net USD])',
)
_AT_BASE = (
    "IF([Net amount]=0,0,ROUND([Net amount]"
    "/SUMPRODUCT(EXACT({Exchange.Pledge},[Pledge])*{Exchange.Base rate}),2))"
)


class _ReceiptTexts:
    """The formulas of the sheet, written out once."""

    def __init__(self, book: Book, figures: Figures) -> None:
        def of(text: str) -> str:
            return book.refs.row("Receipts", text)

        self.within = of(_IN_PERIOD.replace("%DAY%", "Received on"))
        self.net = [of(text) for text in _NET]
        self.parts = of(parts_text(figures))
        self.as_credited, self.at_rate, self.no_rate = of(_AS_CREDITED), of(_AT_RATE), of(_NO_RATE)
        self.settles = [of(text) for text in _SETTLES]
        self.at_base, self.same = of(_AT_BASE), of("[Net amount]")


def parts_text(figures: Figures) -> str:
    """USD less what it is split into."""
    return _PARTS.replace("%FIRST%", figures.names[0]).replace("%LAST%", figures.names[-1])


def write_receipts(book: Book, figures: Figures) -> None:
    """Every receipt to the end of the period: its USD and where that is from, and what it is split into."""
    texts = _ReceiptTexts(book, figures)
    rows = []
    for number, own in enumerate(figures.receipts, start=2):
        receipt = own.net.receipt
        digits = currency_digits(receipt.currency)
        net = figures.net_of(own)
        values = [units(receipt.usd_minor - net.net_usd_minor), units(net.net_usd_minor)]
        within = "yes" if receipt.received_on >= figures.report.period.first else "no"
        cells: list[Cell] = [
            receipt.reference, receipt.pledge, receipt.received_on, receipt.currency,
            units(receipt.amount_minor, digits), *_rate(own), units(receipt.usd_minor),
            units(receipt.deduction_minor), *formulas([texts.within], number, 2, [within]),
            *map(units, figures.lots[receipt.reference].gross), *formulas(texts.net, number, 2, values),
            own.ledger_ref or None, *_terms(figures, own),
            *formulas([texts.parts], number, 2, [0]), *_proof(own, texts, number),
            *_settles(figures, own, texts, number, digits),
        ]  # fmt: skip
        rows.append(Row(cells, digits))
    book.table("Receipts", rows)


def _rate(own: OwnReceipt) -> list[Cell]:
    return [None, None] if own.rate is None else [float(own.rate.value), own.rate.effective_on]


def _proof(own: OwnReceipt, texts: _ReceiptTexts, number: int) -> list[Cell]:
    """Nothing proves the USD that a bank credited for another currency: only USD has deductions (R5)."""
    if own.net.receipt.currency == PROGRAMME_CURRENCY:
        return formulas([texts.as_credited], number, 2, [0])
    return formulas([texts.at_rate if own.rate else texts.no_rate], number, 2, [0])


def _terms(figures: Figures, own: OwnReceipt) -> list[Cell]:
    """A receipt's earmark and window; of one that was given back, as its agreement says."""
    receipt, item, programme = own.net.receipt, own.item, figures.report.programme
    if item is None:
        pledge = next(
            (p.state.pledge for p in figures.pledges if p.state.pledge.reference == receipt.pledge), None
        )
        start, until = receipt_window(receipt, pledge, programme)
        return [str(receipt_earmark(receipt, pledge)), month_text(start), month_text(until)]
    words = str(item.earmark)
    if item.exact and receipt.split is not None:
        parts = dict(zip(programme.codes, receipt.split, strict=True))
        words = exact_split_text(parts, programme.codes, PROGRAMME_CURRENCY)
    return [words, month_text(item.covers_from), month_text(item.covers_until)]


def _settles(figures: Figures, own: OwnReceipt, texts: _ReceiptTexts, number: int, digits: int) -> list[Cell]:
    """What is left of it, and that at the base rate of its pledge where both are in one currency."""
    net, receipt = figures.net_of(own), own.net.receipt
    values = [units(receipt.amount_minor - net.net_minor, digits), units(net.net_minor, digits)]
    cells = formulas(texts.settles, number, digits, [*values, units(net.value_usd_minor)])
    pledge = next((p for p in figures.exchanged if p.state.pledge.reference == receipt.pledge), None)
    if pledge is None or pledge.base is None or receipt.currency != pledge.state.pledge.currency:
        return [*cells, None]
    at_base = usd_at(net.net_minor, receipt.currency, pledge.base.value)
    text = texts.same if receipt.currency == PROGRAMME_CURRENCY else texts.at_base
    return [*cells, *formulas([text], number, 2, [units(at_base)])]


def write_refunds(book: Book, figures: Figures) -> None:
    """Money given back by the end of the period, each against its receipt, in the receipt's currency."""
    within = book.refs.row("Refunds", _IN_PERIOD.replace("%DAY%", "Refunded on"))
    proof = book.refs.row("Refunds", parts_text(figures))
    rows = []
    for number, one in enumerate(figures.refunds, start=2):
        receipt = one.receipt.net.receipt
        digits = currency_digits(receipt.currency)
        inside = "yes" if one.refunded_on >= figures.report.period.first else "no"
        rows.append(Row([
            one.reference, receipt.reference, one.refunded_on, receipt.currency,
            units(one.amount_minor, digits), units(one.usd_minor), *formulas([within], number, 2, [inside]),
            *map(units, one.parts), one.ledger_ref or None, *formulas([proof], number, 2, [0]),
        ], digits))  # fmt: skip
    book.table("Refunds", rows)
