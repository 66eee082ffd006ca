"""R5 Exchange: dollars of receipts and of open amounts, and exchange differences.

Every expected figure was worked out by hand from DOMAIN.md.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.domain.book import (
    assert_items,
    assert_pledges,
    assert_total,
    book,
    day,
    report,
    shown,
)
from tracker.domain.exchange import NoRate, Rate, Rates
from tracker.domain.money import (
    parse_decimal,
)
from tracker.domain.position import position
from tracker.domain.problems import Refused

EURO_RATES = """
    currency | from       | rate
    EUR      | 2026-01-01 | 0.9000
    EUR      | 2026-03-01 | 0.8000
"""


def test_a_rate_holds_from_its_effective_day_until_the_next() -> None:
    rates = Rates(
        [
            Rate("EUR", date(2026, 3, 1), Decimal("0.8")),
            Rate("EUR", date(2026, 1, 1), Decimal("0.9")),
            Rate("JPY", date(2026, 2, 1), Decimal(150)),
        ]
    )
    assert rates.in_force("EUR", date(2026, 1, 1)).value == Decimal("0.9")
    assert rates.in_force("EUR", date(2026, 2, 28)).value == Decimal("0.9")
    assert rates.in_force("EUR", date(2026, 3, 1)).value == Decimal("0.8")
    assert rates.in_force("EUR", date(2031, 1, 1)).value == Decimal("0.8")
    assert rates.find("EUR", date(2025, 12, 31)) is None
    with pytest.raises(NoRate):
        rates.in_force("JPY", date(2026, 1, 31))


def test_the_dollar_needs_no_rate_and_an_amount_of_nothing_needs_none() -> None:
    rates = Rates()
    assert rates.to_usd(123, "USD", date(2026, 1, 1)) == 123
    assert rates.from_usd(123, "USD", date(2026, 1, 1)) == 123
    assert rates.to_usd(0, "EUR", date(2026, 1, 1)) == 0
    assert rates.from_usd(0, "EUR", date(2026, 1, 1)) == 0


@pytest.mark.parametrize(
    ("amount", "currency", "rate", "dollars"),
    [
        (4_000_000, "EUR", "0.9350", "42,780.75"),  # 42,780.7486…
        (1, "JPY", "200", "0.01"),  # half a cent, away from zero
        (15_137, "JPY", "151.37", "100.00"),
        (46, "JPY", "10000", ""),  # 0.46 of a cent: not first to 0.5 and then to 1
        (1_000, "KWD", "0.3075", "3.25"),  # one dinar: 3.2520…
        (5, "KWD", "1", "0.01"),  # five fils at par: half a cent
    ],
)
def test_dollars_are_the_amount_over_the_rate_rounded_once(
    amount: int, currency: str, rate: str, dollars: str
) -> None:
    rates = Rates([Rate(currency, date(2026, 1, 1), Decimal(rate))])
    assert shown(rates.to_usd(amount, currency, date(2026, 1, 1))) == dollars


def test_open_instalments_are_valued_at_the_as_of_date() -> None:
    tables = {
        "rates": EURO_RATES,
        "pledges": """
            reference | donor  | amount    | pledged
            P1        | France | 7,200 EUR | 2026-01-10
        """,
    }
    assert_pledges(report("2026-02-28", **tables), "pledge | open | open usd \n P1 | 7,200.00 | 8,000.00")
    assert_pledges(report("2026-03-01", **tables), "pledge | open | open usd \n P1 | 7,200.00 | 9,000.00")


def test_where_an_open_amount_has_no_rate_the_report_is_refused() -> None:
    facts = book(
        pledges="""
            reference | donor  | amount    | pledged
            P1        | France | 7,200 EUR | 2025-12-31
        """,
        rates=EURO_RATES,
    )
    with pytest.raises(NoRate):
        position(facts, day("2025-12-31"))


def test_a_rate_is_needed_only_where_there_is_an_amount_to_convert() -> None:
    # Nothing came of the pledge and its rest was withdrawn: no amount is left that would need a rate.
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount    | pledged    | closed
            P1        | France | 7,200 EUR | 2026-01-10 | 2026-01-20
        """,
    )
    assert_pledges(seen, "pledge | settled | open | unpaid | realised \n P1 | | | 7,200.00 |")


def test_a_pledge_whose_only_receipt_was_refunded_needs_no_rate_once_it_is_closed() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount    | pledged    | closed
            P1        | France | 7,200 EUR | 2026-01-10 | 2026-01-20
        """,
        receipts="""
            reference | donor  | received   | amount    | credited | pledge
            R1        | France | 2026-01-12 | 7,200 EUR | 8,000.00 | P1
        """,
        refunds="""
            reference | receipt | refunded   | amount
            X1        | R1      | 2026-01-15 | 7,200 EUR
        """,
    )
    assert_pledges(seen, "pledge | settled | open | unpaid | realised \n P1 | | | 7,200.00 |")


def test_a_receipts_dollars_are_what_was_credited_and_later_rates_never_change_them() -> None:
    tables = {
        "rates": EURO_RATES,
        "receipts": """
            reference | donor  | received   | amount    | credited
            R1        | France | 2026-02-10 | 9,000 EUR |
            R2        | France | 2026-02-10 | 9,000 EUR | 9,987.65
        """,
    }
    for as_of in ("2026-02-28", "2026-06-30"):
        assert_items(report(as_of, **tables), "reference | usd \n R1 | 10,000.00 \n R2 | 9,987.65")


def test_a_dollar_receipt_with_a_deduction_settles_its_pledge_in_full() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount    | pledged
            P1        | Norway | 10,000.00 | 2026-01-10
        """,
        receipts="""
            reference | donor  | received   | amount    | credited | pledge
            R1        | Norway | 2026-01-15 | 10,000.00 | 9,975.00 | P1
        """,
    )
    assert_pledges(
        seen,
        """
        pledge | settled   | open | received usd | deductions | realised
        P1     | 10,000.00 |      | 9,975.00     | 25.00      |
        """,
    )
    assert_total(seen, "received \n 9,975.00")


def test_only_dollar_receipts_have_deductions_elsewhere_the_whole_difference_is_exchange() -> None:
    # 9,000 EUR at the base of 0.9000 are 10,000.00; 9,975.00 were credited.
    seen = report(
        "2026-01-31",
        rates=EURO_RATES,
        pledges="""
            reference | donor  | amount    | pledged
            P1        | France | 9,000 EUR | 2026-01-10
        """,
        receipts="""
            reference | donor  | received   | amount    | credited | pledge
            R1        | France | 2026-01-15 | 9,000 EUR | 9,975.00 | P1
        """,
    )
    assert_pledges(
        seen,
        """
        pledge | settled  | open | received usd | deductions | realised | unrealised
        P1     | 9,000.00 |      | 9,975.00     |            | -25.00   |
        """,
    )


def test_the_exchange_difference_is_measured_from_the_signature_else_from_the_pledge() -> None:
    # 7,200 EUR open as of 30 June at 0.8000 = 9,000.00. Base of P1: 0.9000 (pledged in January) = 8,000.00;
    # of P2: 0.8000 (signed in March) = 9,000.00. As of February P2 was not yet signed; all rates were 0.9000.
    tables = {
        "rates": EURO_RATES,
        "pledges": """
            reference | donor  | amount    | pledged    | signed
            P1        | France | 7,200 EUR | 2026-01-10 |
            P2        | France | 7,200 EUR | 2026-01-10 | 2026-03-05
        """,
    }
    assert_pledges(
        report("2026-06-30", **tables),
        """
        pledge | lens    | open usd | realised | unrealised
        P1     | pledged | 9,000.00 |          | 1,000.00
        P2     | signed  | 9,000.00 |          |
        """,
    )
    assert_pledges(
        report("2026-02-28", **tables), "pledge | lens | open usd | unrealised \n P2 | pledged | 8,000.00 |"
    )


def test_a_closed_pledge_keeps_its_realised_difference_and_has_no_unrealised_one() -> None:
    # 3,600 EUR came at 0.8000 = 4,500.00; at the base of 0.9000 they were 4,000.00.
    seen = report(
        "2026-06-30",
        rates=EURO_RATES,
        pledges="""
            reference | donor  | amount    | pledged    | closed
            P1        | France | 7,200 EUR | 2026-01-10 | 2026-05-10
        """,
        receipts="""
            reference | donor  | received   | amount    | pledge
            R1        | France | 2026-03-15 | 3,600 EUR | P1
        """,
    )
    assert_pledges(
        seen,
        """
        pledge | settled  | open | open usd | unpaid   | realised | unrealised
        P1     | 3,600.00 |      |          | 3,600.00 | 500.00   |
        """,
    )


def test_a_refusal_says_what_is_wrong() -> None:
    with pytest.raises(Refused) as refused:
        parse_decimal("1,5")
    assert [problem.code for problem in refused.value.problems] == ["not_a_decimal"]
    with pytest.raises(NoRate) as no_rate:
        Rates().in_force("EUR", date(2026, 1, 1))
    assert no_rate.value.problems[0].facts == {"currency": "EUR", "day": "2026-01-01"}
