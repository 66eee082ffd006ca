"""The data sheets of what was promised and what came: Pledges, Instalments, Receipts.

What follows from other cells is a formula; what the rules decide (windows, earmarks, rates, exchange
differences) is stored, and `Checks` proves it again from the cells beside it.
"""

from collections.abc import Sequence
from decimal import Decimal

from tracker.domain.contributions import InstalmentState, NetReceipt, PledgeState, settled_by
from tracker.domain.earmark import exact_split_text
from tracker.domain.exchange import usd_at
from tracker.domain.items import instalment_window, receipt_earmark, receipt_window
from tracker.domain.money import PROGRAMME_CURRENCY, currency_digits
from tracker.domain.months import Month, month_text
from tracker.reporting.workbook.figures import AGE_LIMITS, AGES, Figures
from tracker.reporting.workbook.formats import Book, Cell, Formula, Row, units
from tracker.reporting.workbook.layout import Refs


def _month(value: Month | None) -> str | None:
    return None if value is None else month_text(value)


def _formulas(texts: Sequence[str], number: int, digits: int, values: Sequence[float | str]) -> list[Cell]:
    """Formulas of one row: `#` is its number, `~` its currency's digits."""
    row, decimals = str(number), str(digits)
    return [
        Formula(text.replace("#", row).replace("~", decimals), value)
        for text, value in zip(texts, values, strict=True)
    ]


# Pledges

_OF_PLEDGE = "EXACT({Receipts.Pledge},[Reference])"
_INSTALMENTS_OF = "EXACT({Instalments.Pledge},[Reference])"
_PLEDGE = (
    'IF([Signed on]="","pledged","signed")',
    f"ROUND(SUMPRODUCT({_OF_PLEDGE}*{{Receipts.Settles, pledge currency}}),~)",
    'IF([Closed on]<>"",0,MAX(0,ROUND([Amount]-[Settled],~)))',
    f"ROUND(SUMPRODUCT({_OF_PLEDGE}*{{Receipts.Net USD}}),2)",
    f"ROUND(SUMPRODUCT({_INSTALMENTS_OF}*{{Instalments.Open USD}}),2)",
    'IF([Closed on]<>"",MAX(0,ROUND([Amount]-[Settled],~)),0)',
    "MAX(0,ROUND([Settled]-[Amount],~))",
)
_PLEDGE_PROOF = (
    f"ROUND(SUMPRODUCT({_INSTALMENTS_OF}*{{Instalments.Amount}}),~)",
    f"ROUND(SUMPRODUCT({_INSTALMENTS_OF}*{{Instalments.Open}}),~)",
    f"ROUND([Deductions USD]-SUMPRODUCT({_OF_PLEDGE}*({{Receipts.Value USD}}-{{Receipts.Net USD}})),2)",
    f"ROUND([Realised USD]-SUMPRODUCT({_OF_PLEDGE}"
    "*({Receipts.Value USD}-{Receipts.Settles at base USD})),2)",
    f"ROUND([Unrealised USD]-SUMPRODUCT({_INSTALMENTS_OF}"
    "*({Instalments.Open USD}-{Instalments.Open at base USD})),2)",
)


def write_pledges(book: Book, figures: Figures) -> None:
    """Every pledge as it stands: settled and open in its currency, what that is in USD, what exchange did."""
    first = [book.refs.row("Pledges", text) for text in _PLEDGE]
    proof = [book.refs.row("Pledges", text) for text in _PLEDGE_PROOF]
    rows = []
    for number, state in enumerate(figures.pledges, start=2):
        digits = currency_digits(state.pledge.currency)
        base = figures.base_rate(state) if _needs_base(state) else None
        agreement = figures.report.agreement_refs.get(state.pledge.reference) or None
        exchange = (state.deductions_usd_minor, state.realised_usd_minor, state.unrealised_usd_minor)
        rows.append(Row([
            *_terms(state, digits),
            *_formulas(first, number, digits, _pledge_values(state, digits)),
            None if base is None else float(base), *map(units, exchange), agreement,
            *_formulas(proof, number, digits, _pledge_proof(state, digits)),
        ], digits))  # fmt: skip
    book.table("Pledges", rows)


def _needs_base(state: PledgeState) -> bool:
    """A rate stands only where it changes a figure, so that changing it cannot pass unseen."""
    return state.pledge.currency != PROGRAMME_CURRENCY and bool(state.settled_minor or state.open_minor)


def _terms(state: PledgeState, digits: int) -> list[Cell]:
    pledge = state.pledge
    return [
        pledge.reference, pledge.donor, pledge.currency, units(pledge.amount_minor, digits),
        pledge.pledged_on, pledge.signed_on, pledge.closed_on, str(pledge.earmark),
        "yes" if pledge.support_cost else "no", _month(pledge.covers_from), _month(pledge.covers_until),
    ]  # fmt: skip


def _pledge_values(state: PledgeState, digits: int) -> list[float | str]:
    return [
        state.pledge.lens, units(state.settled_minor, digits), units(state.open_minor, digits),
        units(state.received_usd_minor), units(state.open_usd_minor),
        units(state.unpaid_minor, digits), units(state.overpaid_minor, digits),
    ]  # fmt: skip


def _pledge_proof(state: PledgeState, digits: int) -> list[float | str]:
    scheduled = sum(i.amount_minor for i in state.instalments)
    return [units(scheduled, digits), units(state.open_minor, digits), 0, 0, 0]


# Instalments

_AGE = "".join(f'IF([Days late]<={limit},"{name}",' for name, limit in zip(AGES, AGE_LIMITS, strict=False))
_OUTSIDE = (
    'ROUND(SUMPRODUCT(EXACT({{Trace.Reference}},[Reference])*({{Trace.Lens}}{lens})*({{Trace.Month}}<>"")'
    "*((({{Trace.Month}}<[Covers from])+({{Trace.Month}}>[Covers until]))>0)*{{Trace.Amount}}),2)"
)
_INSTALMENT = (
    "MAX(0,MIN([Amount],ROUND(SUMPRODUCT(EXACT({Pledges.Reference},[Pledge])*{Pledges.Settled})"
    "-SUMPRODUCT(EXACT({Instalments.Pledge},[Pledge])*({Instalments.Due on}<[Due on])"
    "*{Instalments.Amount}),~)))",
    'IF([Closed on]<>"",0,ROUND([Amount]-[Settled],~))',
    "%USD%",
    "IF([Open USD]>0,MAX(0,AsOf-[Due on]),0)",
    f'IF([Closed on]<>"","closed",IF([Open USD]=0,"settled",{_AGE}"{AGES[-1]}"{")" * len(AGE_LIMITS)}))',
    'IF([Open USD]>0,RANK([Open USD],{Instalments.Open USD})+COUNTIF(I$2:I#,[Open USD])-1,"")',
)
_OPEN_USD = "IF([Open]=0,0,ROUND([Open]/[Rate as of],2))"
_AT_BASE = (
    "IF([Open]=0,0,ROUND([Open]/SUMPRODUCT(EXACT({Pledges.Reference},[Pledge])*{Pledges.Base rate}),2))"
)
_INSTALMENT_PROOF = (
    'ROUND(SUMPRODUCT(EXACT({Trace.Reference},[Reference])*({Trace.Lens}<>"received")*{Trace.Amount}),2)',
    "ROUND([Open USD]-[Traced USD],2)",
    "%BASE%",
    _OUTSIDE.format(lens='<>"received"'),
)


def write_instalments(book: Book, figures: Figures) -> None:
    """Every dated part of a pledge: what is settled and open, how late it is, and what it covers."""
    first, proof = (
        {currency: [_by_currency(book.refs, text, currency) for text in texts] for currency in (True, False)}
        for texts in (_INSTALMENT, _INSTALMENT_PROOF)
    )
    ranks = {id(instalment): place for place, instalment in enumerate(figures.by_size, start=1)}
    rows = []
    for number, one in enumerate(figures.instalments, start=2):
        digits, dollars = currency_digits(one.pledge.currency), one.pledge.currency == PROGRAMME_CURRENCY
        rate = None if dollars or not one.open_minor else figures.as_of_rate(one.pledge.currency)
        rows.append(Row([
            one.pledge.reference, one.due_on, units(one.amount_minor, digits), one.pledge.currency,
            one.pledge.donor, one.pledge.lens,
            *_formulas(first[dollars], number, digits, _open_values(figures, one, ranks.get(id(one), ""))),
            one.reference, figures.donor_name(one.pledge.donor), one.pledge.closed_on,
            rate, *_instalment_window(figures, one),
            *_formulas(proof[dollars], number, digits, _instalment_proof(figures, one)),
        ], digits))  # fmt: skip
    book.table("Instalments", rows)


def _by_currency(refs: Refs, text: str, dollars: bool) -> str:
    usd, base = ("[Open]", "[Open]") if dollars else (_OPEN_USD, _AT_BASE)
    return refs.row("Instalments", text.replace("%USD%", usd).replace("%BASE%", base))


def _open_values(figures: Figures, one: InstalmentState, rank: int | str) -> list[float | str]:
    digits = currency_digits(one.pledge.currency)
    return [
        units(one.settled_minor, digits), units(one.open_minor, digits), units(one.open_usd_minor),
        figures.days_late(one), figures.age_of(one), rank,
    ]  # fmt: skip


def _instalment_window(figures: Figures, one: InstalmentState) -> tuple[str, str]:
    position = figures.position
    start, until = instalment_window(one.due_on, one.pledge, position.programme, position.as_of_month)
    return month_text(start), month_text(until)


def _instalment_proof(figures: Figures, one: InstalmentState) -> list[float | str]:
    traced = figures.traced.get((one.pledge.lens, one.reference), 0)
    state = figures.position.pledges[one.pledge.reference]
    at_base = figures.at_base(one.open_minor, state)
    return [units(traced), units(one.open_usd_minor - traced), units(at_base), 0]


# Receipts

_RECEIPT = (
    "ROUND(SUMPRODUCT(EXACT({Refunds.Receipt},[Reference])*{Refunds.USD}),2)",
    "ROUND([USD]-[Refunded USD],2)",
)
_RECEIPT_TRACE = (
    'ROUND(SUMPRODUCT(EXACT({Trace.Reference},[Reference])*({Trace.Lens}="received")*{Trace.Amount}),2)',
    "ROUND([Net USD]-[Traced USD],2)",
)
_PROOF = "ROUND([USD]-ROUND(([Amount]-[Deduction])/[Rate],2)-[USD beside the rate],2)"
_IN_FORCE = (
    "ROUND([Rate]-SUMPRODUCT(EXACT({Rates.Currency},[Currency])*({Rates.Effective on}=SUMPRODUCT(MAX("
    "EXACT({Rates.Currency},[Currency])*({Rates.Effective on}<=[Received on])*{Rates.Effective on})))"
    "*{Rates.Units for one USD}),8)"
)
_REFUNDED = "ROUND(SUMPRODUCT(EXACT({Refunds.Receipt},[Reference])*{Refunds.Amount}),~)"
_VALUE = 'IF([Currency]="USD",[Net amount],[Net USD])'
_SETTLES = "ROUND([Value USD]*[Pledge currency rate],~)"
_SETTLES_AT_BASE = (
    "IF([Settles, pledge currency]=0,0,ROUND([Settles, pledge currency]"
    "/SUMPRODUCT(EXACT({Pledges.Reference},[Pledge])*{Pledges.Base rate}),2))"
)


class _ReceiptTexts:
    """The formulas of the sheet, written out once."""

    def __init__(self, refs: Refs) -> None:
        self.refunds = [refs.row("Receipts", text) for text in _RECEIPT]
        self.trace = [refs.row("Receipts", text) for text in _RECEIPT_TRACE]
        self.proof = refs.row("Receipts", _PROOF)
        self.in_force = refs.row("Receipts", _IN_FORCE)
        self.refunded = refs.row("Receipts", _REFUNDED)
        self.value = refs.row("Receipts", _VALUE)
        self.net_amount, self.value_usd = (
            refs.row("Receipts", "[Net amount]"),
            refs.row("Receipts", "[Value USD]"),
        )
        self.settles = refs.row("Receipts", _SETTLES)
        self.same = refs.row("Receipts", "[Settles, pledge currency]")
        self.at_base = refs.row("Receipts", _SETTLES_AT_BASE)
        self.outside = refs.row("Receipts", _OUTSIDE.format(lens='="received"'))


def write_receipts(book: Book, figures: Figures) -> None:
    """Every receipt: its USD and where that is from, what was given back, what it settles and covers."""
    texts = _ReceiptTexts(book.refs)
    rows = []
    for number, net in enumerate(figures.receipts, start=2):
        receipt = net.receipt
        digits = currency_digits(receipt.currency)
        state = figures.position.pledges.get(receipt.pledge or "")
        other = currency_digits(state.pledge.currency) if state else digits
        cells = [
            *_received(figures, net, texts, number),
            *_rate_proof(figures, net, texts, number),
            *_formulas(
                [texts.refunded], number, digits, [units(receipt.amount_minor - net.net_minor, digits)]
            ),
            units(net.net_minor, digits),
            *_formulas([texts.value], number, digits, [units(net.value_usd_minor)]),
            *_settles(figures, net, state, texts, number),
            *_formulas([texts.outside], number, digits, [0]),
        ]
        rows.append(Row(cells, digits, other))
    book.table("Receipts", rows)


def _rate(figures: Figures, net: NetReceipt) -> tuple[Decimal, str]:
    """The rate in force on the day; where there is none, the one the bank's USD implies."""
    receipt = net.receipt
    found = figures.rates.find(receipt.currency, receipt.received_on)
    if found:
        return found.value, "USD" if receipt.currency == PROGRAMME_CURRENCY else "in force"
    amount = Decimal(receipt.amount_minor).scaleb(-currency_digits(receipt.currency))
    usd = Decimal(max(receipt.usd_minor, 1)).scaleb(-2)
    return max(round(amount / usd, 6), Decimal("0.000001")), "implied"


def _received(figures: Figures, net: NetReceipt, texts: _ReceiptTexts, number: int) -> list[Cell]:
    receipt = net.receipt
    digits = currency_digits(receipt.currency)
    traced = figures.traced.get(("received", receipt.reference), 0)
    refunds = [units(receipt.usd_minor - net.net_usd_minor), units(net.net_usd_minor)]
    earmark, start, until, _ = _terms_of(figures, net)
    return [
        receipt.reference, receipt.donor, receipt.pledge, receipt.received_on, receipt.currency,
        units(receipt.amount_minor, digits), units(receipt.deduction_minor),
        float(_rate(figures, net)[0]), units(receipt.usd_minor),
        *_formulas(texts.refunds, number, digits, refunds),
        earmark, start, until, figures.report.ledger_refs.get(receipt.reference) or None,
        *_formulas(texts.trace, number, digits, [units(traced), units(net.net_usd_minor - traced)]),
    ]  # fmt: skip


def _terms_of(figures: Figures, net: NetReceipt) -> tuple[str, str, str, bool]:
    """A receipt's earmark, its window, and whether that was set back by an officer."""
    position, receipt = figures.position, net.receipt
    item = figures.items.get(("received", receipt.reference))
    if item is None:
        state = position.pledges.get(receipt.pledge or "")
        start, until = receipt_window(receipt, state.pledge if state else None, position.programme)
        earmark = receipt_earmark(receipt, state.pledge if state else None)
        return str(earmark), month_text(start), month_text(until), False
    words = str(item.earmark)
    if item.exact and receipt.split is not None:
        codes = position.programme.codes
        words = exact_split_text(dict(zip(codes, receipt.split, strict=True)), codes, PROGRAMME_CURRENCY)
    return words, month_text(item.covers_from), month_text(item.covers_until), item.retroactive


def _rate_proof(figures: Figures, net: NetReceipt, texts: _ReceiptTexts, number: int) -> list[Cell]:
    """Retroactive; where the rate is from; what the USD lies beside it; and the proof of the three."""
    receipt = net.receipt
    rate, source = _rate(figures, net)
    at_rate = receipt.amount_minor - receipt.deduction_minor
    if receipt.currency != PROGRAMME_CURRENCY:
        at_rate = usd_at(receipt.amount_minor, receipt.currency, rate)
    in_force = _formulas([texts.in_force], number, 2, [0]) if source == "in force" else [None]
    return [
        "yes" if _terms_of(figures, net)[3] else None,
        "stated, " + source if receipt.reference in figures.report.stated_usd else source,
        units(receipt.usd_minor - at_rate),
        *_formulas([texts.proof], number, 2, [0]),
        *in_force,
    ]


def _settles(
    figures: Figures, net: NetReceipt, state: PledgeState | None, texts: _ReceiptTexts, number: int
) -> list[Cell]:
    """The rate of the pledge's currency where one is needed, what is settled in it, that at the base rate."""
    if state is None:
        return [None, None, None]
    currency, digits = state.pledge.currency, currency_digits(state.pledge.currency)
    settled = settled_by(net, state.pledge, figures.rates)
    rate, text = None, texts.net_amount
    if net.receipt.currency != currency:
        text = texts.value_usd
        if currency != PROGRAMME_CURRENCY:
            found = figures.rates.find(currency, net.receipt.received_on) if settled else None
            rate, text = (float(found.value), texts.settles) if found else (None, "0")
    at_base = texts.same if currency == PROGRAMME_CURRENCY else texts.at_base
    values = [units(settled, digits), units(figures.at_base(settled, state))]
    return [rate, *_formulas([text, at_base], number, digits, values)]
