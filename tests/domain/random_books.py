"""Random books for the properties: several donors and currencies, every form of earmark and window.

Days and references are few, so that ties are frequent; amounts are near what a month needs, so that money
sometimes runs out, sometimes is too much and sometimes ends exactly at a cell's border.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.domain.book import CODES, DIGITS, OUTCOMES
from tests.domain.oracle import ListedRates
from tracker.domain.budget import BudgetVersion, Programme
from tracker.domain.contributions import Facts, Instalment, Pledge, Receipt, Refund
from tracker.domain.earmark import Earmark
from tracker.domain.exchange import Rate
from tracker.domain.months import Month
from tracker.domain.vocabulary import BASES

DONORS = ("France", "Netherlands", "Norway", "Japan")
CURRENCIES = ("USD", "EUR", "JPY", "KWD")
RATE_VALUES = {
    "EUR": ("0.9350", "0.91", "1", "0.8"),
    "JPY": ("151.37", "99.5", "200"),
    "KWD": ("0.3075", "0.3", "2.5"),
}
FIRST = 2026 * 12
REFERENCES = ("R1", "R10", "R2", "a", "É", "R-1", "Z", "r2")
LONG_AGO = date(2020, 1, 1)


@dataclass(frozen=True)
class Book:
    """A random book and a day to report on."""

    facts: Facts
    as_of: date


def day_in(month: int, number: int) -> date:
    return date(month // 12, month % 12 + 1, number)


@st.composite
def books(draw: st.DrawFn) -> Book:
    last = FIRST + draw(st.sampled_from((0, 2, 5, 11, 12, 13, 17)))
    days = st.builds(day_in, st.integers(FIRST - 3, last + 2), st.sampled_from((1, 15, 28)))
    months = st.integers(FIRST, last).map(Month)
    total = draw(st.sampled_from((10_000, 10_007, 39_143_00, 397)))
    pledges = [
        draw(_pledge(f"P{'' if n % 2 else '1'}{n}", total, days, months))
        for n in range(draw(st.integers(0, 6)))
    ]
    receipts = [
        draw(_receipt(reference, total, days, months, pledges))
        for reference in draw(st.permutations(REFERENCES))[: draw(st.integers(0, 6))]
    ]
    refunds = [refund for receipt in receipts for refund in draw(_refunds(receipt, last))]
    programme = Programme(
        code="A87",
        name="Alliance 8.7 Multi-Donor Programme",
        currency="USD",
        first_month=Month(FIRST),
        last_month=Month(last),
        tolerance_minor=draw(st.sampled_from((0, 1, 100))),
        outcomes=OUTCOMES,
    )
    facts = Facts(
        programme=programme,
        versions=draw(_versions(total, months, days)),
        rates=draw(_rates(days)),
        pledges=tuple(pledges),
        receipts=tuple(receipts),
        refunds=tuple(refunds),
    )
    return Book(
        facts, draw(st.builds(day_in, st.integers(FIRST - 2, last + 3), st.sampled_from((1, 15, 28))))
    )


@st.composite
def _rates(draw: st.DrawFn, days: st.SearchStrategy[date]) -> ListedRates:
    """One rate of each currency from long ago, so that there always is one, and a few later ones."""
    listed = {(c, LONG_AGO): Rate(c, LONG_AGO, Decimal(values[0])) for c, values in RATE_VALUES.items()}
    for currency in draw(st.lists(st.sampled_from(tuple(RATE_VALUES)), min_size=2, max_size=6)):
        on = draw(days)
        listed[currency, on] = Rate(currency, on, Decimal(draw(st.sampled_from(RATE_VALUES[currency]))))
    return ListedRates(listed.values())


@st.composite
def _versions(
    draw: st.DrawFn, total: int, months: st.SearchStrategy[Month], days: st.SearchStrategy[date]
) -> tuple[BudgetVersion, ...]:
    versions = [draw(_version(1, total, st.just(Month(FIRST)), st.none()))]
    for number in range(2, 2 + draw(st.integers(0, 2))):
        versions.append(draw(_version(number, total, months, days)))
    return tuple(versions)


@st.composite
def _version(
    draw: st.DrawFn,
    number: int,
    total: int,
    months: st.SearchStrategy[Month],
    adopted: st.SearchStrategy[Any],
) -> BudgetVersion:
    shares = draw(
        st.sampled_from(
            ((165_800, 512_600, 191_600, 130_000), (333_333, 333_333, 333_333, 1), (1, 2, 3, 999_994))
        )
    )
    # Amounts never add to less than four cents, so that each outcome has one.
    monthly = max(4, total + draw(st.sampled_from((0, 1, -1, total))))
    cuts = sorted(draw(st.lists(st.integers(1, monthly - 1), min_size=3, max_size=3, unique=True)))
    amounts = tuple(b - a for a, b in zip([0, *cuts], [*cuts, monthly], strict=True))
    basis = draw(st.sampled_from(BASES))
    return BudgetVersion(number, draw(months), draw(adopted), monthly, basis, shares, amounts)


def _earmarks() -> st.SearchStrategy[Earmark]:
    return st.sampled_from(
        (
            Earmark("core"),
            Earmark("core"),
            Earmark("support"),
            Earmark("hold"),
            Earmark("targeted", target="Nepal"),
            Earmark("outcomes", ("O2",)),
            Earmark("outcomes", ("O2", "O1")),
            Earmark("outcomes", ("O1", "O2", "O3")),
            Earmark("outcomes", ("O1", "O3"), (Decimal("12.5"), Decimal("87.5"))),
            Earmark("outcomes", ("O3", "O2", "O1"), (Decimal("33.3"), Decimal("33.3"), Decimal("33.4"))),
        )
    )


def _minor(total: int, currency: str) -> st.SearchStrategy[int]:
    """Near a month's total in that currency: exactly it, a cent beside it, some months, a few cents."""
    whole = max(1, total * 10 ** DIGITS[currency] // 100)
    return st.sampled_from(
        (whole, whole + 1, max(1, whole - 1), 3 * whole, 12 * whole, max(1, whole // 3), 1, 7)
    ) | st.integers(1, 4 * whole)


@st.composite
def _window(draw: st.DrawFn, months: st.SearchStrategy[Month]) -> tuple[Month | None, Month | None]:
    """Either month, both in order, or none."""
    start, end = draw(st.none() | months), draw(st.none() | months)
    return (end, start) if start is not None and end is not None and end < start else (start, end)


@st.composite
def _pledge(
    draw: st.DrawFn,
    reference: str,
    total: int,
    days: st.SearchStrategy[date],
    months: st.SearchStrategy[Month],
) -> Pledge:
    currency = draw(st.sampled_from(CURRENCIES))
    amount = draw(_minor(total, currency))
    pledged_on = draw(days)
    covers_from, covers_until = draw(_window(months))
    dates = draw(st.lists(days, unique=True, max_size=min(3, amount)))
    cuts = (
        sorted(draw(st.sets(st.integers(1, amount - 1), min_size=len(dates) - 1, max_size=len(dates) - 1)))
        if len(dates) > 1
        else []
    )
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, amount], strict=True)]
    return Pledge(
        reference=reference,
        donor=draw(st.sampled_from(DONORS)),
        currency=currency,
        amount_minor=amount,
        pledged_on=pledged_on,
        signed_on=draw(st.sampled_from((None, pledged_on)) | days.map(lambda d: max(d, pledged_on))),
        closed_on=draw(st.none() | st.none() | days.map(lambda d: max(d, pledged_on))),
        earmark=draw(_earmarks()),
        support_cost=draw(st.booleans()),
        covers_from=covers_from,
        covers_until=covers_until,
        instalments=tuple(Instalment(due, part) for due, part in zip(dates, parts, strict=True))
        if dates
        else (),
    )


@st.composite
def _receipt(
    draw: st.DrawFn,
    reference: str,
    total: int,
    days: st.SearchStrategy[date],
    months: st.SearchStrategy[Month],
    pledges: list[Pledge],
) -> Receipt:
    pledge = draw(st.none() | st.sampled_from(pledges)) if pledges else None
    currency = draw(st.sampled_from((pledge.currency if pledge else "USD", *CURRENCIES)))
    amount = draw(_minor(total, currency))
    if currency == "USD":
        dollars = max(1, amount - draw(st.sampled_from((0, 0, 1, 25))))
    else:
        dollars = draw(_minor(total, "USD"))
    covers_from, covers_until = draw(_window(months))
    return Receipt(
        reference=reference,
        donor=pledge.donor if pledge else draw(st.sampled_from(DONORS)),
        received_on=draw(days),
        currency=currency,
        amount_minor=amount,
        usd_minor=dollars,
        pledge=pledge.reference if pledge else None,
        earmark=draw(st.none() | st.none() | _earmarks()),
        split=draw(st.none() | st.none() | _exact_split(dollars)),
        covers_from=covers_from,
        covers_until=covers_until,
    )


@st.composite
def _exact_split(draw: st.DrawFn, dollars: int) -> tuple[int, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, dollars), min_size=len(CODES) - 1, max_size=len(CODES) - 1)))
    return tuple(b - a for a, b in zip([0, *cuts], [*cuts, dollars], strict=True))


@st.composite
def _refunds(draw: st.DrawFn, receipt: Receipt, last: int) -> list[Refund]:
    refunds: list[Refund] = []
    left = receipt.amount_minor
    for number in range(draw(st.sampled_from((0, 0, 0, 1, 2, 3)))):
        if not left:
            break
        amount = draw(st.sampled_from((left, max(1, left // 3), 1)) | st.integers(1, left))
        left -= amount
        refunded_on = receipt.received_on + timedelta(days=draw(st.sampled_from((0, 1, 40, 41))))
        dollars = draw(st.none() | st.none() | st.integers(1, receipt.usd_minor))
        # Later refunds take earlier names, so that the order of references is not that of recording.
        refunds.append(
            Refund(f"{receipt.reference}-{9 - number}", receipt.reference, refunded_on, amount, dollars)
        )
    return refunds


def known_by(facts: Facts, day: date) -> Facts:
    """R10 by hand: the book as somebody would have kept it who stopped writing on that day.

    The terms of a pledge announced later stay where a receipt of before names it (R7).
    """
    receipts = tuple(r for r in facts.receipts if r.received_on <= day)
    named = {receipt.pledge for receipt in receipts}
    assert isinstance(facts.rates, ListedRates)
    return replace(
        facts,
        versions=tuple(v for v in facts.versions if v.adopted_on is None or v.adopted_on <= day),
        rates=ListedRates(rate for rate in facts.rates.listed if rate.effective_on <= day),
        pledges=tuple(
            replace(
                pledge,
                signed_on=pledge.signed_on if pledge.signed_on and pledge.signed_on <= day else None,
                closed_on=pledge.closed_on if pledge.closed_on and pledge.closed_on <= day else None,
            )
            for pledge in facts.pledges
            if pledge.pledged_on <= day or pledge.reference in named
        ),
        receipts=receipts,
        refunds=tuple(r for r in facts.refunds if r.refunded_on <= day),
    )
