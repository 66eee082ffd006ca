"""R6 Coverage window: the months that money may pay for.

Every expected figure was worked out by hand from DOMAIN.md.
"""

from tests.domain.book import (
    assert_beside,
    assert_cells,
    assert_items,
    assert_total,
    assert_trace,
    report,
)


def test_a_receipt_covers_from_its_month_to_the_programmes_end() -> None:
    seen = report(
        "2026-04-30", receipts="reference | donor | received | amount \n R1 | Chile | 2026-03-31 | 100.00"
    )
    assert_items(seen, "reference | from | until | retroactive \n R1 | 2026-03 | 2031-06 |")


def test_money_that_came_before_the_programme_covers_from_its_first_month() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor | received   | amount | from
            R1        | Chile | 2025-11-05 | 100.00 |
        """,
    )
    assert_items(seen, "reference | from | until \n R1 | 2026-01 | 2031-06")


def test_a_receipt_takes_the_later_of_its_month_and_its_pledges_start_and_its_pledges_end() -> None:
    seen = report(
        "2026-06-30",
        pledges="""
            reference | donor | amount | pledged    | from    | until
            P1        | Chile | 400.00 | 2026-01-10 | 2026-04 | 2026-12
        """,
        receipts="""
            reference | donor | received   | amount | pledge | from    | until
            R1        | Chile | 2026-02-10 | 100.00 | P1     |         |
            R2        | Chile | 2026-06-10 | 100.00 | P1     |         |
            R3        | Chile | 2026-06-10 | 100.00 | P1     | 2026-08 | 2027-03
            R4        | Chile | 2026-06-10 | 100.00 | P1     | 2026-02 |
            R5        | Chile | 2026-06-10 | 100.00 | P1     | 2026-06 |
            R6        | Chile | 2026-06-10 | 100.00 | P1     | 2026-05 |
        """,
    )
    assert_items(
        seen,
        """
        reference | from    | until   | retroactive
        R1        | 2026-04 | 2026-12 |
        R2        | 2026-06 | 2026-12 |
        R3        | 2026-08 | 2027-03 |
        R4        | 2026-02 | 2026-12 | yes
        R5        | 2026-06 | 2026-12 |
        R6        | 2026-05 | 2026-12 | yes
        """,
    )


def test_a_retroactive_window_covers_months_already_past() -> None:
    seen = report(
        "2026-06-30",
        receipts="""
            reference | donor | received   | amount   | earmark | from
            R1        | Chile | 2026-06-10 | 8,000.00 | PS      | 2026-02
        """,
    )
    assert_cells(
        seen,
        "PS",
        """
        month   | received | gap      | status
        2026-01 |          | 5,088.59 | gap
        2026-02 | 5,088.59 |          | funded
        2026-03 | 2,911.41 | 2,177.18 | gap
        2026-06 |          | 5,088.59 | gap
        """,
    )


def test_without_a_retroactive_window_later_money_does_not_fill_past_months() -> None:
    seen = report(
        "2026-06-30",
        receipts="""
            reference | donor | received   | amount   | earmark
            R1        | Chile | 2026-06-10 | 8,000.00 | PS
        """,
    )
    assert_cells(
        seen,
        "PS",
        """
        month              | received | gap
        2026-01 to 2026-05 |          | 5,088.59
        2026-06            | 5,088.59 |
        2026-07            | 2,911.41 | 2,177.18
        """,
    )
    assert_total(seen, "gap | lapsed | ahead \n 2,575,438.00 | 195,715.00 | 2,379,723.00")


def test_late_money_of_a_pledge_cannot_pay_for_past_months() -> None:
    seen = report(
        "2026-06-15",
        pledges="""
            reference | donor | amount | pledged    | from    | until
            P1        | Chile | 300.00 | 2026-01-10 | 2026-02 | 2026-12
            P2        | Chile | 100.00 | 2026-01-10 | 2026-08 |
        """,
        instalments="""
            pledge | due        | amount
            P1     | 2026-03-15 | 100
            P1     | 2026-06-20 | 100
            P1     | 2026-09-15 | 100
        """,
    )
    assert_items(
        seen,
        """
        reference     | from    | until
        P1@2026-03-15 | 2026-06 | 2026-12
        P1@2026-06-20 | 2026-06 | 2026-12
        P1@2026-09-15 | 2026-09 | 2026-12
        P2@2026-08-01 | 2026-08 | 2031-06
        """,
    )


def test_an_open_instalment_does_not_cover_before_its_pledges_start() -> None:
    seen = report(
        "2026-06-15",
        pledges="""
            reference | donor | amount | pledged    | from
            P1        | Chile | 100.00 | 2026-01-10 | 2027-01
        """,
        instalments="""
            pledge | due        | amount
            P1     | 2026-09-15 | 100
        """,
    )
    assert_items(seen, "reference | from | until \n P1@2026-09-15 | 2027-01 | 2031-06")


def test_a_window_that_ends_before_it_starts_leaves_all_of_its_money_unused() -> None:
    seen = report(
        "2027-03-31",
        pledges="""
            reference | donor | amount   | pledged    | signed     | until   | earmark
            P1        | Chile | 3,000.00 | 2026-01-10 | 2026-01-10 | 2026-12 | O2
        """,
        receipts="""
            reference | donor | received   | amount   | pledge
            R1        | Chile | 2027-02-10 | 1,000.00 | P1
        """,
    )
    assert_items(
        seen,
        """
        reference     | from    | until
        R1            | 2027-02 | 2026-12
        P1@2026-01-10 | 2027-03 | 2026-12
        """,
    )
    assert_beside(seen, "lens | unused \n received | 1,000.00 \n signed | 2,000.00")
    assert_total(seen, "received | signed | gap \n | | 2,583,438.00")
    assert_trace(
        seen,
        """
        lens     | reference     | donor | outcome | month | amount
        received | R1            | Chile | O2      |       | 870.00
        received | R1            | Chile | PS      |       | 130.00
        signed   | P1@2026-01-10 | Chile | O2      |       | 1,740.00
        signed   | P1@2026-01-10 | Chile | PS      |       | 260.00
        """,
    )
