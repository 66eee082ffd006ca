"""R7 Open amount: what receipts settle of a pledge.

Every expected figure was worked out by hand from DOMAIN.md.
"""

import pytest

from tests.domain.book import (
    assert_instalments,
    assert_items,
    assert_pledges,
    assert_total,
    report,
    shown,
)

EURO_RATES = """
    currency | from       | rate
    EUR      | 2026-01-01 | 0.9000
    EUR      | 2026-03-01 | 0.8000
"""


def test_receipts_settle_instalments_in_order_of_due_date_however_they_were_listed() -> None:
    seen = report(
        "2026-06-30",
        pledges="""
            reference | donor  | amount | pledged
            P1        | Norway | 600.00 | 2026-01-10
        """,
        instalments="""
            pledge | due        | amount
            P1     | 2026-09-01 | 300
            P1     | 2026-02-01 | 100
            P1     | 2026-05-01 | 200
        """,
        receipts="""
            reference | donor  | received   | amount | pledge
            R1        | Norway | 2026-03-10 | 110.00 | P1
            R2        | Norway | 2026-02-10 | 40.00  | P1
        """,
    )
    assert_instalments(
        seen,
        "P1",
        """
        due        | amount | settled | open
        2026-02-01 | 100.00 | 100.00  |
        2026-05-01 | 200.00 | 50.00   | 150.00
        2026-09-01 | 300.00 |         | 300.00
        """,
    )


def test_a_euro_pledge_paid_in_dollars_is_settled_at_the_rate_of_the_day_deductions_included() -> None:
    # 12,500.00 x 0.8000 = 10,000 EUR. At the base of 0.9000 these were 11,111.11.
    # Realised: 12,480 + 20 - 11,111.11 = 1,388.89.
    seen = report(
        "2026-03-31",
        rates=EURO_RATES,
        pledges="""
            reference | donor  | amount     | pledged
            P1        | France | 10,000 EUR | 2026-01-10
        """,
        receipts="""
            reference | donor  | received   | amount    | credited  | pledge
            R1        | France | 2026-03-10 | 12,500.00 | 12,480.00 | P1
        """,
    )
    assert_pledges(
        seen,
        """
        pledge | settled   | open | received usd | deductions | realised
        P1     | 10,000.00 |      | 12,480.00    | 20.00      | 1,388.89
        """,
    )


SWISS_RATES = """
    currency | from       | rate
    EUR      | 2026-01-01 | 0.8000
    EUR      | 2026-06-01 | 0.5000
    CHF      | 2026-01-01 | 0.9000
"""


def test_francs_paid_into_a_euro_pledge_count_at_their_dollars_and_the_rate_of_their_day() -> None:
    # R1: 4,500 CHF / 0.9 = 5,000.00, x 0.8 = 4,000 EUR. R2: 4,990.00 were credited, x 0.8 = 3,992 EUR.
    # The open 2,008 EUR are valued at the as-of rate: / 0.5 = 4,016.00.
    seen = report(
        "2026-06-30",
        rates=SWISS_RATES,
        pledges="""
            reference | donor       | amount     | pledged
            P1        | Switzerland | 10,000 EUR | 2026-01-10
        """,
        receipts="""
            reference | donor       | received   | amount    | credited | pledge
            R1        | Switzerland | 2026-03-10 | 4,500 CHF |          | P1
            R2        | Switzerland | 2026-03-11 | 4,500 CHF | 4,990.00 | P1
        """,
    )
    assert_pledges(
        seen,
        """
        pledge | settled  | open     | open usd | received usd | deductions
        P1     | 7,992.00 | 2,008.00 | 4,016.00 | 9,990.00     |
        """,
    )


def test_euros_paid_into_a_dollar_pledge_settle_their_dollars() -> None:
    seen = report(
        "2026-03-31",
        rates=EURO_RATES,
        pledges="reference | donor | amount | pledged \n P1 | France | 10,000.00 | 2026-01-10",
        receipts="""
            reference | donor  | received   | amount    | pledge
            R1        | France | 2026-03-10 | 4,000 EUR | P1
        """,
    )
    assert_pledges(seen, "pledge | settled | open | realised \n P1 | 5,000.00 | 5,000.00 |")


@pytest.mark.parametrize(
    ("currency", "rate", "paid", "settled"),
    [
        ("JPY", "150.5", "1.00", "151"),  # half a yen, away from zero
        ("JPY", "150.4", "1.00", "150"),
        ("KWD", "0.3075", "1.00", "0.308"),  # half a fils
    ],
)
def test_what_dollars_settle_is_rounded_once_to_the_pledges_minor_unit(
    currency: str, rate: str, paid: str, settled: str
) -> None:
    seen = report(
        "2026-01-31",
        rates=f"currency | from | rate \n {currency} | 2026-01-01 | {rate}",
        pledges=f"reference | donor | amount | pledged \n P1 | Japan | 1,000 {currency} | 2026-01-10",
        receipts=f"reference | donor | received | amount | pledge \n R1 | Japan | 2026-01-15 | {paid} | P1",
    )
    assert_pledges(seen, f"pledge | settled \n P1 | {settled}")


def test_a_refunded_receipt_opens_its_pledge_again() -> None:
    tables = {
        "rates": EURO_RATES,
        "pledges": """
            reference | donor  | amount    | pledged
            P1        | France | 8,000 EUR | 2026-01-10
        """,
        "receipts": """
            reference | donor  | received   | amount    | pledge
            R1        | France | 2026-03-10 | 4,000 EUR | P1
            R2        | France | 2026-03-10 | 5,000.00  | P1
        """,
        "refunds": """
            reference | receipt | refunded   | amount
            X1        | R1      | 2026-04-10 | 1,000 EUR
            X2        | R2      | 2026-05-10 | 2,000.00
        """,
    }
    assert_pledges(report("2026-04-09", **tables), "pledge | settled | open \n P1 | 8,000.00 |")
    assert_pledges(report("2026-04-10", **tables), "pledge | settled | open \n P1 | 7,000.00 | 1,000.00")
    # 3,000.00 of R2 are left, at the 0.8000 of its own day: 2,400 EUR.
    assert_pledges(report("2026-05-10", **tables), "pledge | settled | open \n P1 | 5,400.00 | 2,600.00")


def test_what_is_received_beyond_the_pledge_is_still_a_receipt() -> None:
    seen = report(
        "2026-01-31",
        pledges="reference | donor | amount | pledged \n P1 | Norway | 10,000.00 | 2026-01-10",
        receipts="""
            reference | donor  | received   | amount   | pledge
            R1        | Norway | 2026-01-15 | 7,000.00 | P1
            R2        | Norway | 2026-01-16 | 5,000.00 | P1
        """,
    )
    assert_pledges(seen, "pledge | settled | open | overpaid \n P1 | 12,000.00 | | 2,000.00")
    assert_total(seen, "received | pledged \n 12,000.00 |")


def test_an_over_paid_pledge_never_nets_against_another_pledges_open_amount() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount    | pledged
            P1        | Norway | 10,000.00 | 2026-01-10
            P2        | Norway | 10,000.00 | 2026-01-10
        """,
        receipts="""
            reference | donor  | received   | amount    | pledge
            R1        | Norway | 2026-01-15 | 12,000.00 | P1
        """,
    )
    assert_pledges(seen, "pledge | open | overpaid \n P1 | | 2,000.00 \n P2 | 10,000.00 |")


def test_a_pledge_without_a_schedule_is_due_on_its_date_or_the_first_day_it_covers_if_that_is_later() -> None:
    seen = report(
        "2026-02-28",
        pledges="""
            reference | donor | amount | pledged    | from
            P1        | Chile | 100.00 | 2026-02-10 |
            P2        | Chile | 100.00 | 2026-02-10 | 2026-05
            P3        | Chile | 100.00 | 2026-02-10 | 2026-01
            P4        | Chile | 100.00 | 2026-02-10 | 2026-02
        """,
    )
    assert sorted(item.reference for item in seen.items) == [
        "P1@2026-02-10",
        "P2@2026-05-01",
        "P3@2026-02-10",
        "P4@2026-02-10",
    ]


def test_a_pledge_counts_from_its_day_as_signed_from_its_signature_until_its_closing() -> None:
    tables = {
        "pledges": """
            reference | donor | amount | pledged    | signed     | closed     | earmark
            P1        | Chile | 500.00 | 2026-02-10 | 2026-03-10 | 2026-05-10 | PS
        """
    }
    by_day = {
        as_of: (shown(total.signed), shown(total.pledged))
        for as_of in ("2026-02-09", "2026-02-10", "2026-03-09", "2026-03-10", "2026-05-09", "2026-05-10")
        for total in [report(as_of, **tables).total]
    }
    assert by_day == {
        "2026-02-09": ("", ""),
        "2026-02-10": ("", "500.00"),
        "2026-03-09": ("", "500.00"),
        "2026-03-10": ("500.00", ""),
        "2026-05-09": ("500.00", ""),
        "2026-05-10": ("", ""),
    }
    assert_pledges(report("2026-05-10", **tables), "pledge | open | unpaid \n P1 | | 500.00")
    assert_pledges(report("2026-05-09", **tables), "pledge | open | unpaid \n P1 | 500.00 |")


def test_closing_a_pledge_leaves_what_was_received_where_it_is() -> None:
    seen = report(
        "2026-06-30",
        pledges="""
            reference | donor | amount | pledged    | closed     | earmark
            P1        | Chile | 500.00 | 2026-02-10 | 2026-05-10 | PS
        """,
        receipts="reference | donor | received | amount | pledge \n R1 | Chile | 2026-03-15 | 200.00 | P1",
    )
    assert_pledges(seen, "pledge | settled | open | unpaid \n P1 | 200.00 | | 300.00")
    assert_total(seen, "received | signed | pledged \n 200.00 | |")


def test_a_receipt_inherits_its_pledges_terms_though_it_is_dated_before_the_pledge() -> None:
    # As of 28 February the pledge of March is not counted; its receipt has its earmark and its window.
    tables = {
        "pledges": """
            reference | donor | amount | pledged    | earmark | psc | from    | until
            P1        | Chile | 500.00 | 2026-03-10 | O3      | no  | 2026-02 | 2026-09
        """,
        "receipts": "reference | donor | received | amount | pledge \n R1 | Chile | 2026-01-15 | 200.00 | P1",
    }
    for as_of in ("2026-02-28", "2026-03-31"):
        assert_items(
            report(as_of, **tables),
            """
            reference | usd    | O1 | O2 | O3     | PS | from    | until
            R1        | 200.00 |    |    | 200.00 |    | 2026-02 | 2026-09
            """,
        )
    assert report("2026-02-28", **tables).pledges == {}
    assert_pledges(report("2026-03-31", **tables), "pledge | settled | open \n P1 | 200.00 | 300.00")
