"""The data sheets that people filter and programs read: Position, Trace, Refunds, Donors, Budget, Rates."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from tracker.domain.budget import SHARE_UNITS, BudgetVersion
from tracker.domain.money import currency_digits
from tracker.domain.months import month_text
from tracker.domain.position import Cell as PositionCell
from tracker.queries.report import DonorRow
from tracker.reporting.workbook.figures import Figures
from tracker.reporting.workbook.formats import Book, Cell, Formula, Row, units
from tracker.reporting.workbook.layout import SHORT, Refs

_REQUIRED = (
    "SUMPRODUCT(({Budget.Outcome}=[Outcome])*({Budget.Effective month}<=[Month])"
    "*({Budget.In force until}>=[Month])*{Budget.Requirement USD a month})"
)
_COVERED = (
    'ROUND(SUMIFS({{Trace.Amount}},{{Trace.Lens}},"{lens}",{{Trace.Outcome}},[Outcome],'
    '{{Trace.Month}},[Month]&"*"),2)'
)
_GAP = "ROUND([Required]-[Received]-[Signed]-[Pledged],2)"
_STATUS = (
    'IF(ROUND([Required]-[Received],2)<%T%,"funded",'
    'IF(ROUND([Required]-[Received]-[Signed],2)<%T%,"committed",IF([Gap]<%T%,"pledged","gap")))'
).replace("%T%", SHORT)


def write_position(book: Book, figures: Figures) -> None:
    """Outcome, Month, Required, Received, Signed, Pledged, Gap, Status: sums over Trace and Budget."""
    texts = [
        _REQUIRED,
        *(_COVERED.format(lens=lens) for lens in ("received", "signed", "pledged")),
        _GAP,
        _STATUS,
    ]
    formulas = [book.refs.row("Position", text) for text in texts]
    rows = [
        Row(_position_cells(cell, formulas, str(number)))
        for number, cell in enumerate(figures.position.cells, start=2)
    ]
    book.table("Position", rows, portrait=True)


def _position_cells(cell: PositionCell, formulas: list[str], number: str) -> list[Cell]:
    values = [*map(units, (cell.required, cell.received, cell.signed, cell.pledged, cell.gap)), cell.status]
    pairs = zip(formulas, values, strict=True)
    return [
        cell.outcome,
        month_text(cell.month),
        *(Formula(text.replace("#", number), value) for text, value in pairs),
    ]


def write_trace(book: Book, figures: Figures) -> None:
    """Lens, Reference, Donor, Outcome, Month, Amount; unused, targeted and held money has no month."""
    rows = [
        Row([t.lens, t.reference, t.donor, t.outcome, month_text(t.month) if t.month is not None else None,
             units(t.amount)])
        for t in figures.position.trace
    ]  # fmt: skip
    book.table("Trace", rows, portrait=True)


def write_refunds(book: Book, figures: Figures) -> None:
    """Money given back, each against its receipt, in the receipt's currency."""
    rows = []
    for refund in figures.refunds:
        currency = figures.position.receipts[refund.receipt].receipt.currency
        digits = currency_digits(currency)
        amounts = [units(refund.amount_minor, digits), units(refund.usd_minor)]
        texts: list[Cell] = [refund.reference, refund.receipt, refund.refunded_on, currency]
        rows.append(Row([*texts, *amounts, refund.ledger_ref or None], digits))
    book.table("Refunds", rows)


_OPEN = 'SUMPRODUCT(EXACT({Instalments.Donor},[Code])*({Instalments.Lens}="%LENS%")*{Instalments.Open USD})'
_DONOR = (
    "ROUND(SUMPRODUCT(EXACT({Receipts.Donor},[Code])*{Receipts.Net USD}),2)",
    f"ROUND({_OPEN.replace('%LENS%', 'signed')},2)",
    f"ROUND({_OPEN.replace('%LENS%', 'pledged')},2)",
    "IF(SUM({Donors.Received USD})=0,0,[Received USD]/SUM({Donors.Received USD}))",
    "ROUND(SUMPRODUCT(EXACT({Trace.Donor},[Code])*{Trace.Amount}),2)",
    'ROUND(SUMPRODUCT(EXACT({Trace.Donor},[Code])*({Trace.Month}<>"")*{Trace.Amount}),2)',
)


def write_donors(book: Book, figures: Figures) -> None:
    """Who gives, what came and what is open, and how much of it covers months."""
    formulas = [book.refs.row("Donors", text) for text in _DONOR]
    whole = sum(figures.of_donor(row.code)[0] for row in figures.donors)
    rows = []
    for number, donor in enumerate(figures.donors, start=2):
        values = _donor_values(figures, donor, whole)
        cells = [Formula(text.replace("#", str(number)), v) for text, v in zip(formulas, values, strict=True)]
        rows.append(Row([donor.code, donor.name, donor.kind, donor.country or None, *cells]))
    book.table("Donors", rows)


def _donor_values(figures: Figures, donor: DonorRow, whole: int) -> list[float]:
    received, signed, pledged = figures.of_donor(donor.code)
    share = received / whole if whole else 0
    covering = figures.covering.get(donor.code, 0)
    return [
        *map(units, (received, signed, pledged)),
        share,
        units(received + signed + pledged),
        units(covering),
    ]


_WHOLE_CENTS = (
    "INT(ROUND(100*[Monthly total USD]*[Share]/SUMIFS({Budget.Share},{Budget.Version},[Version]),6))"
)
_REST = (
    "ROUND(ROUND(100*[Monthly total USD]*[Share]/SUMIFS({Budget.Share},{Budget.Version},[Version]),6)"
    "-[Whole cents],6)"
)
_BY_SHARES = (
    "([Whole cents]+IF(SUMPRODUCT(({Budget.Version}=[Version])*({Budget.Rest of a cent}>[Rest of a cent]))"
    "+SUMPRODUCT((%FIRST%=[Version])*(%FIRST_REST%=[Rest of a cent]))"
    "<=ROUND(100*[Monthly total USD]-SUMIFS({Budget.Whole cents},{Budget.Version},[Version]),0),1,0))/100"
)


def write_budget(book: Book, figures: Figures) -> None:
    """One row a version and outcome; the split of a total by shares (R2) is worked out again beside it."""
    rows: list[Row] = []
    for version in sorted(figures.position.versions, key=lambda v: v.number):
        rows.extend(_budget_rows(book.refs, figures, version, len(rows) + 2))
    book.table("Budget", rows)


def _budget_rows(refs: Refs, figures: Figures, version: BudgetVersion, first: int) -> Iterator[Row]:
    needs = version.requirements_minor
    until, months = figures.in_force(version.number)
    adopted: Cell = version.adopted_on.isoformat() if version.adopted_on else "provisional"
    for at, (outcome, need) in enumerate(zip(figures.position.programme.outcomes, needs, strict=True)):
        number = first + at
        published = version.amounts_minor[at] if version.amounts_minor else None
        if version.basis == "shares":
            share: Cell = version.share_units[at] / SHARE_UNITS
            proof = _shares_proof(refs, version, at, number, need)
        else:
            share = Formula(f"IF(H{number}=0,0,J{number}/H{number})", need / sum(needs) if sum(needs) else 0)
            proof = [None, None, Formula(f"J{number}", units(need))]
        yield Row([
            version.number, month_text(version.effective_month), adopted, version.basis,
            outcome.code, outcome.name, share, units(sum(needs)), units(need),
            None if published is None else units(published),
            None if published is None else units(published - need),
            until, months, *proof,
        ])  # fmt: skip


def _shares_proof(refs: Refs, version: BudgetVersion, at: int, number: int, need: int) -> list[Cell]:
    """Whole cents of an exact share, what is left of a cent, and the requirement that follows (R2)."""
    weights = version.share_units
    exact = Fraction(version.monthly_total_minor * weights[at], sum(weights))
    whole = exact.numerator // exact.denominator
    rest = round(Decimal((exact - whole).numerator) / Decimal((exact - whole).denominator), 6)
    by_shares = refs.row("Budget", _BY_SHARES)
    by_shares = by_shares.replace("%FIRST%", f"A$2:A{number}").replace("%FIRST_REST%", f"O$2:O{number}")
    texts = [refs.row("Budget", _WHOLE_CENTS), refs.row("Budget", _REST), by_shares]
    values = [whole, float(rest), units(need)]
    return [Formula(text.replace("#", str(number)), v) for text, v in zip(texts, values, strict=True)]


_RATE_PROOF = "IF([Units for one USD]=0,0,ROUND(1000/[Units for one USD],6))"


def write_rates(book: Book, figures: Figures) -> None:
    """Units of a currency for one USD, from a day until the next; and what a thousand units are worth."""
    proof = book.refs.row("Rates", _RATE_PROOF)
    rows = []
    for number, rate in enumerate(figures.sorted_rates, start=2):
        worth = float(round(Decimal(1000) / rate.value, 6))
        proved = Formula(proof.replace("#", str(number)), worth)
        rows.append(Row([rate.currency, rate.effective_on, float(rate.value), worth, proved]))
    book.table("Rates", rows)
