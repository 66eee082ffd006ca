"""R5 Refunds: what money given back is worth.

Every expected figure was worked out by hand from DOMAIN.md.
"""

from tests.domain.book import (
    assert_pledges,
    assert_refunds,
    assert_total,
    book,
    day,
    report,
)
from tracker.domain.position import position

EURO_RATES = """
    currency | from       | rate
    EUR      | 2026-01-01 | 0.9000
    EUR      | 2026-03-01 | 0.8000
"""

YEN_RECEIPT = """
    reference | donor | received   | amount  | credited
    R1        | Japan | 2026-02-10 | 300 JPY | {credited}
"""


def test_a_refund_takes_its_share_and_the_one_that_empties_the_receipt_takes_all_that_is_left() -> None:
    # A third of 1.00 is 0.33; the third refund takes the 0.34 that are left.
    facts = book(
        receipts=YEN_RECEIPT.format(credited="1.00"),
        refunds="""
            reference | receipt | refunded   | amount
            X1        | R1      | 2026-03-01 | 100 JPY
            X2        | R1      | 2026-03-02 | 100 JPY
            X3        | R1      | 2026-03-03 | 100 JPY
        """,
    )
    assert_refunds(facts, "R1", "refund | usd \n X1 | 0.33 \n X2 | 0.33 \n X3 | 0.34")
    assert_total(position(facts, day("2026-03-02")), "received \n 0.34")
    assert_total(position(facts, day("2026-03-03")), "received | gap \n | 2,583,438.00")
    assert position(facts, day("2026-03-03")).trace == ()


def test_a_refunds_share_is_rounded_half_away_from_zero() -> None:
    # 150 of 300 yen: half of 0.01 is half a cent.
    facts = book(
        receipts=YEN_RECEIPT.format(credited="0.01"),
        refunds="reference | receipt | refunded | amount \n X1 | R1 | 2026-03-01 | 150 JPY",
    )
    assert_refunds(facts, "R1", "refund | usd \n X1 | 0.01")


def test_a_refund_is_worth_never_more_than_what_is_left() -> None:
    # 50 of 300 yen: a sixth of 0.03, half a cent, rounds up three times; for the fourth nothing is left.
    facts = book(
        receipts=YEN_RECEIPT.format(credited="0.03"),
        refunds="""
            reference | receipt | refunded   | amount
            X1        | R1      | 2026-03-01 | 50 JPY
            X2        | R1      | 2026-03-02 | 50 JPY
            X3        | R1      | 2026-03-03 | 50 JPY
            X4        | R1      | 2026-03-04 | 50 JPY
        """,
    )
    assert_refunds(facts, "R1", "refund | usd \n X1 | 0.01 \n X2 | 0.01 \n X3 | 0.01 \n X4 |")


def test_refunds_are_worked_out_in_order_of_date_then_reference() -> None:
    # A comes before B on the same day: A takes its share (40 of 100), B states 0.80 and gets the 0.60 left.
    # Z is dated earlier still and takes its tenth before them: then 0.50 is left for B.
    receipts = """
        reference | donor | received   | amount  | credited
        R1        | Japan | 2026-02-10 | 100 JPY | 1.00
    """
    two = """
        reference | receipt | refunded   | amount | usd
        B         | R1      | 2026-03-01 | 40 JPY | 0.80
        A         | R1      | 2026-03-01 | 40 JPY |
    """
    three = two + "Z | R1 | 2026-02-28 | 10 JPY |"
    assert_refunds(book(receipts=receipts, refunds=two), "R1", "refund | usd \n A | 0.40 \n B | 0.60")
    assert_refunds(
        book(receipts=receipts, refunds=three), "R1", "refund | usd \n Z | 0.10 \n A | 0.40 \n B | 0.50"
    )


def test_a_refunds_dollars_are_the_stated_ones_where_they_are_stated() -> None:
    facts = book(
        rates=EURO_RATES,
        receipts="""
            reference | donor  | received   | amount
            R1        | France | 2026-02-10 | 900 EUR
        """,
        refunds="""
            reference | receipt | refunded   | amount  | usd
            X1        | R1      | 2026-03-10 | 90 EUR  | 112.50
            X2        | R1      | 2026-03-11 | 90 EUR  |
        """,
    )
    # The share is of the receipt's 1,000.00, whatever rate is in force in March.
    assert_refunds(facts, "R1", "refund | usd \n X1 | 112.50 \n X2 | 100.00")
    assert_total(position(facts, day("2026-03-31")), "received \n 787.50")


def test_a_refund_of_a_receipt_with_a_deduction_gives_back_its_share_of_what_was_credited() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount   | pledged
            P1        | Norway | 1,000.00 | 2026-01-10
        """,
        receipts="""
            reference | donor  | received   | amount   | credited | pledge
            R1        | Norway | 2026-01-15 | 1,000.00 | 990.00   | P1
        """,
        refunds="reference | receipt | refunded | amount \n X1 | R1 | 2026-01-20 | 500.00",
    )
    assert_pledges(
        seen,
        """
        pledge | settled | open   | received usd | deductions
        P1     | 500.00  | 500.00 | 495.00       | 5.00
        """,
    )
