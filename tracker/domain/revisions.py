"""A budget version read from text, and what it changes: months in force, requirements (R3, R10).

Shares are percentages with up to four decimals; amounts are USD a month, worked out from the shares by R2
where none is given. Columns: `effective_month`, `adopted_on`, `monthly_total`, `basis`, `reason`, and for
every outcome `share_O1` and `amount_O1`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tracker.domain.budget import SHARE_UNITS, BudgetVersion, Programme, version_in_force
from tracker.domain.money import PROGRAMME_CURRENCY, amount_text, parse_amount, parse_decimal, split
from tracker.domain.months import Month, month_of, month_text
from tracker.domain.problems import Refused
from tracker.domain.register import Register
from tracker.domain.rows import MAX_TEXT, Reading, Row
from tracker.domain.vocabulary import BASES

SHARE_DECIMALS: Final = 4
UNITS_A_PERCENT: Final = SHARE_UNITS // 100


def share_column(code: str) -> str:
    """The column of an outcome's share."""
    return f"share_{code}"


def amount_column(code: str) -> str:
    """The column of an outcome's amount."""
    return f"amount_{code}"


def read_revision(
    raw: Mapping[str, str], register: Register, versions: Sequence[BudgetVersion]
) -> Reading[BudgetVersion]:
    """The next budget version. Questioned where it takes effect in a month that is over."""
    row, codes = Row(raw), register.programme.codes
    month = row.month("effective_month", register)
    if not raw.get("effective_month"):
        row.wrong("missing", "effective_month")
    adopted = _adopted(row, register)
    total = row.parsed("monthly_total", lambda t: parse_amount(t, PROGRAMME_CURRENCY), required=True)
    basis = row.choice("basis", BASES, "")
    reason = row.text("reason", most=MAX_TEXT, required=True, lines=True).strip()
    shares = _shares(row, codes)
    amounts = _amounts(row, codes, total, shares)
    now = month_of(register.today)
    if month is not None and month < now:
        facts = {"month": month_text(month), "last": month_text(Month(now - 1))}
        row.question("budget_retroactive", "effective_month", **facts)

    def entry() -> BudgetVersion:
        assert month is not None and adopted and total and shares and amounts
        number = max((version.number for version in versions), default=0) + 1
        counts = "shares" if basis == "shares" else "amounts"
        return BudgetVersion(number, month, adopted, total, counts, shares, amounts, reason)  # type: ignore[arg-type]

    return row.done(entry)


def _adopted(row: Row, register: Register) -> date | None:
    """The day of adoption: today or before, in an open month."""
    adopted = row.day("adopted_on", required=True)
    if adopted and adopted > register.today:
        row.wrong(
            "adopted_in_future", "adopted_on", text=adopted.isoformat(), today=register.today.isoformat()
        )
    if adopted and month_of(adopted) in register.closed:
        row.wrong("month_closed", "adopted_on", month=month_text(month_of(adopted)))
    return adopted


def _shares(row: Row, codes: Sequence[str]) -> tuple[int, ...] | None:
    """Every outcome's share in millionths; together exactly 100 %."""
    found = [row.parsed(share_column(code), parse_share, required=True) for code in codes]
    shares = [share for share in found if share is not None]
    if len(shares) < len(codes):
        return None
    if sum(shares) != SHARE_UNITS:
        row.wrong("shares_not_100", share_column(codes[-1]), total=share_text(sum(shares)))
    return tuple(shares)


def _amounts(
    row: Row, codes: Sequence[str], total: int | None, shares: tuple[int, ...] | None
) -> tuple[int, ...] | None:
    """USD cents a month of every outcome, adding up to the total; by the shares where none is given."""
    columns = [amount_column(code) for code in codes]
    if not any(row.raw.get(column) for column in columns):
        whole = total and shares and sum(shares) == SHARE_UNITS
        return split(total, shares) if whole and total and shares else None
    found = [row.parsed(column, _amount_or_zero, required=True) for column in columns]
    amounts = [amount for amount in found if amount is not None]
    if len(amounts) < len(codes):
        return None
    if total and sum(amounts) != total:
        facts = {"total": amount_text(sum(amounts)), "amount": amount_text(total)}
        row.wrong("amounts_not_the_total", columns[-1], **facts)
    return tuple(amounts)


def _amount_or_zero(text: str) -> int:
    return 0 if parse_decimal(text) == 0 else parse_amount(text, PROGRAMME_CURRENCY)


def parse_share(text: str) -> int:
    """A percentage from 0 to 100, in millionths of the whole.

    >>> parse_share("16.58"), parse_share("0.0001")
    (165800, 1)

    Raises `Refused`: no plain decimal, more than four decimals, below 0 or above 100.
    """
    value = parse_decimal(text)
    units = Fraction(value) * UNITS_A_PERCENT
    if units.denominator != 1:
        raise Refused.of("share_too_fine", text=text, digits=SHARE_DECIMALS)
    if not 0 <= units <= SHARE_UNITS:
        raise Refused.of("share_outside", text=text)
    return units.numerator


def share_text(units: int) -> str:
    """Millionths as a percentage, as it is typed.

    >>> share_text(165800), share_text(130000), share_text(1)
    ('16.58', '13.00', '0.0001')
    """
    value = Decimal(units) / UNITS_A_PERCENT
    return f"{value:.2f}" if units % 100 == 0 else f"{value:.4f}".rstrip("0")


@dataclass(frozen=True, slots=True)
class InForce:
    """A run of months, both ends included, in which one version is in force."""

    number: int
    first: Month
    last: Month


def in_force(programme: Programme, versions: Sequence[BudgetVersion], as_of: date) -> tuple[InForce, ...]:
    """Which version is in force in which months of the programme, as of a day."""
    runs: list[InForce] = []
    for month in map(Month, programme.months):
        number = version_in_force(versions, month, as_of).number
        if runs and runs[-1].number == number:
            runs[-1] = InForce(number, runs[-1].first, month)
        else:
            runs.append(InForce(number, month, month))
    return tuple(runs)


def requirements(programme: Programme, versions: Sequence[BudgetVersion], as_of: date) -> tuple[int, ...]:
    """USD cents each outcome requires over the whole programme, as of a day."""
    found = [version_in_force(versions, Month(m), as_of).requirements_minor for m in programme.months]
    return tuple(map(sum, zip(*found, strict=True)))


def as_typed(version: BudgetVersion, codes: Sequence[str]) -> dict[str, str]:
    """A version's figures as a form takes them: what a revision starts from."""
    texts = {"monthly_total": amount_text(version.monthly_total_minor), "basis": version.basis}
    for code, share, amount in zip(codes, version.share_units, version.amounts_minor, strict=True):
        texts |= {share_column(code): share_text(share), amount_column(code): amount_text(amount)}
    return texts
