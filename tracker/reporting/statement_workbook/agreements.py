"""The data sheets of what was promised: Pledges, Instalments, Exchange.

They stand as of the as-of day. What settled a pledge is stored, because receipts after the period are not
listed; where none are, `Checks` proves it from the receipts.
"""

from tracker.domain.contributions import InstalmentState
from tracker.domain.exchange import usd_at
from tracker.domain.money import PROGRAMME_CURRENCY, currency_digits
from tracker.domain.months import Month, month_text
from tracker.queries.own import OwnPledge
from tracker.reporting.statement_workbook.data import formulas
from tracker.reporting.statement_workbook.figures import Figures
from tracker.reporting.workbook.formats import Book, Cell, Row, units


def _month(value: Month | None) -> str | None:
    return None if value is None else month_text(value)


_INSTALMENTS_OF = "EXACT({Instalments.Pledge},[Reference])"
_LENS = 'IF([Signed on]="","pledged","signed")'
_OPEN = (
    'IF([Closed on]<>"",0,MAX(0,ROUND([Amount]-[Settled],~)))',
    f"ROUND(SUMPRODUCT({_INSTALMENTS_OF}*{{Instalments.Open USD}}),2)",
    'IF([Closed on]<>"",MAX(0,ROUND([Amount]-[Settled],~)),0)',
    "MAX(0,ROUND([Settled]-[Amount],~))",
)
_PROOF = (
    f"ROUND(SUMPRODUCT({_INSTALMENTS_OF}*{{Instalments.Amount}}),~)",
    f"ROUND(SUMPRODUCT({_INSTALMENTS_OF}*{{Instalments.Settled}})+[Beyond the pledge],~)",
    f"ROUND(SUMPRODUCT({_INSTALMENTS_OF}*{{Instalments.Open}}),~)",
)
_FROM_RECEIPTS = "ROUND([Settled]-SUMPRODUCT(EXACT({Receipts.Pledge},[Reference])*{Receipts.Net amount}),~)"


def write_pledges(book: Book, figures: Figures) -> None:
    """Every pledge as it stands: settled and open in its currency, and what is open in USD."""
    lens, received = (book.refs.row("Pledges", text) for text in (_LENS, _FROM_RECEIPTS))
    opened, proof = ([book.refs.row("Pledges", text) for text in texts] for texts in (_OPEN, _PROOF))
    rows = []
    for number, own in enumerate(figures.pledges, start=2):
        state, pledge = own.state, own.state.pledge
        digits = currency_digits(pledge.currency)
        cells: list[Cell] = [
            *_terms(own, digits), *formulas([lens], number, digits, [pledge.lens]),
            units(state.settled_minor, digits),
            *formulas(opened, number, digits, [
                units(state.open_minor, digits), units(state.open_usd_minor),
                units(state.unpaid_minor, digits), units(state.overpaid_minor, digits),
            ]),
            own.agreement_ref or None,
            *formulas(proof, number, digits, [
                units(sum(i.amount_minor for i in state.instalments), digits),
                units(state.settled_minor, digits), units(state.open_minor, digits),
            ]),
            *(formulas([received], number, digits, [0]) if figures.proves(own) else [None]),
        ]  # fmt: skip
        rows.append(Row(cells, digits))
    book.table("Pledges", rows)


def _terms(own: OwnPledge, digits: int) -> list[Cell]:
    pledge = own.state.pledge
    return [
        pledge.reference, pledge.currency, units(pledge.amount_minor, digits), pledge.pledged_on,
        pledge.signed_on, pledge.closed_on, str(pledge.earmark), "yes" if pledge.support_cost else "no",
        _month(pledge.covers_from), _month(pledge.covers_until),
    ]  # fmt: skip


# Instalments

_STILL_OPEN = 'IF([Closed on]<>"",0,ROUND([Amount]-[Settled],~))'
_AT = "IF([Open]=0,0,ROUND([Open]/SUMPRODUCT(EXACT({Exchange.Pledge},[Pledge])*{Exchange.%RATE%}),2))"
_LATE = "IF([Open USD]>0,MAX(0,AsOf-[Due on]),0)"


def write_instalments(book: Book, figures: Figures) -> None:
    """Every dated part of a pledge: what is settled and open of it, and how late that is."""
    opened, late, same = (book.refs.row("Instalments", text) for text in (_STILL_OPEN, _LATE, "[Open]"))
    as_of, base = (
        book.refs.row("Instalments", _AT.replace("%RATE%", rate)) for rate in ("Rate as of", "Base rate")
    )
    rows = []
    for number, (own, one) in enumerate(_with_pledges(figures), start=2):
        pledge = one.pledge
        digits, dollars = currency_digits(pledge.currency), pledge.currency == PROGRAMME_CURRENCY
        worth = [same, late] if dollars else [as_of, late]
        at_base = one.open_usd_minor - _unrealised(own, one)
        rows.append(Row([
            pledge.reference, one.due_on, units(one.amount_minor, digits), pledge.currency, pledge.lens,
            units(one.settled_minor, digits),
            *formulas([opened, *worth], number, digits, [
                units(one.open_minor, digits), units(one.open_usd_minor), figures.days_late(one),
            ]),
            pledge.closed_on,
            *formulas([same if dollars else base], number, digits, [units(at_base)]),
        ], digits))  # fmt: skip
    book.table("Instalments", rows)


def _with_pledges(figures: Figures) -> list[tuple[OwnPledge, InstalmentState]]:
    return [(own, one) for own in figures.pledges for one in own.state.instalments]


def _unrealised(own: OwnPledge, one: InstalmentState) -> int:
    """What exchange did to one open instalment: at the as-of rate, less at the base rate."""
    if one.pledge.currency == PROGRAMME_CURRENCY or not one.open_minor or own.base is None:
        return 0
    return one.open_usd_minor - usd_at(one.open_minor, one.pledge.currency, own.base.value)


# Exchange

_WORTH = (
    "ROUND(SUMPRODUCT(EXACT({Instalments.Pledge},[Pledge])*{Instalments.Open USD}),2)",
    "ROUND(SUMPRODUCT(EXACT({Instalments.Pledge},[Pledge])*{Instalments.Open at base USD}),2)",
)
_PLEDGED = "SUMPRODUCT(EXACT({Pledges.Reference},[Pledge])*{Pledges.Amount})"
_PLEDGED_PROOF = f"ROUND([Pledged at base USD]-ROUND({_PLEDGED}/[Base rate],2),2)"
_REALISED_PROOF = (
    "ROUND([Realised USD]-SUMPRODUCT(EXACT({Receipts.Pledge},[Pledge])"
    "*({Receipts.Value USD}-{Receipts.At base USD})),2)"
)


def write_exchange(book: Book, figures: Figures) -> None:
    """Per pledge in another currency: its base rate, and what rates have done since."""
    worth = [book.refs.row("Exchange", text) for text in _WORTH]
    pledged, realised = (book.refs.row("Exchange", text) for text in (_PLEDGED_PROOF, _REALISED_PROOF))
    rows = []
    for number, own in enumerate(figures.exchanged, start=2):
        state = own.state
        came = state.received_usd_minor + state.deductions_usd_minor
        values = [units(state.open_usd_minor), units(state.open_usd_minor - state.unrealised_usd_minor)]
        rows.append(Row([
            state.pledge.reference, state.pledge.currency, own.base_day,
            float(own.base.value) if own.base else None, float(own.now.value) if own.now else None,
            units(own.pledged_usd_minor), units(came), units(came - state.realised_usd_minor),
            units(state.realised_usd_minor), *formulas(worth, number, 2, values),
            units(state.unrealised_usd_minor),
            *(formulas([pledged], number, 2, [0]) if own.base else [None]),
            *(formulas([realised], number, 2, [0]) if figures.proves(own) else [None]),
        ]))  # fmt: skip
    book.table("Exchange", rows)
