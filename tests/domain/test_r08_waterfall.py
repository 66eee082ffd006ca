"""R8 Coverage (waterfall), mostly with the 5,088.59 a month of programme support.

Every expected figure was worked out by hand from DOMAIN.md.
"""

from tests.domain.book import (
    assert_beside,
    assert_cells,
    assert_trace,
    report,
)


def test_money_whose_window_ends_first_is_spent_first() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor  | received   | amount   | earmark | until
            R1        | Norway | 2026-01-05 | 5,000.00 | PS      |
            R2        | Chile  | 2026-01-25 | 5,000.00 | PS      | 2026-02
        """,
    )
    assert_trace(
        seen,
        """
        reference | donor  | outcome | month   | amount
        R2        | Chile  | PS      | 2026-01 | 5,000.00
        R1        | Norway | PS      | 2026-01 | 88.59
        R1        | Norway | PS      | 2026-02 | 4,911.41
        """,
    )


def test_of_windows_that_end_together_the_one_that_starts_first_is_spent_first() -> None:
    seen = report(
        "2026-02-28",
        receipts="""
            reference | donor  | received   | amount   | earmark | from    | until
            R1        | Norway | 2026-01-05 | 5,000.00 | PS      | 2026-02 | 2026-03
            R2        | Chile  | 2026-01-25 | 6,000.00 | PS      | 2026-01 | 2026-03
        """,
    )
    assert_trace(
        seen,
        """
        reference | month   | amount
        R2        | 2026-01 | 5,088.59
        R2        | 2026-02 | 911.41
        R1        | 2026-02 | 4,177.18
        R1        | 2026-03 | 822.82
        """,
    )


def test_of_like_windows_the_earlier_date_is_spent_first_then_the_reference_by_code_point() -> None:
    # "R10" before "R2" before "a" before "É": code points, not numbers and not a dictionary.
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor | received   | amount | earmark
            É         | Chile | 2026-01-06 | 10.00  | PS
            a         | Chile | 2026-01-06 | 10.00  | PS
            R2        | Chile | 2026-01-06 | 10.00  | PS
            R10       | Chile | 2026-01-06 | 10.00  | PS
            Z         | Chile | 2026-01-05 | 10.00  | PS
        """,
    )
    assert [row.reference for row in seen.trace] == ["Z", "R10", "R2", "a", "É"]


def test_instalments_are_ordered_by_their_due_date_and_their_printed_reference() -> None:
    # All windows start in June, the as-of month. "P10@…" stands before "P1@…": 0 comes before @.
    seen = report(
        "2026-06-15",
        pledges="""
            reference | donor | amount | pledged    | earmark
            P1        | Chile | 10.00  | 2026-02-10 | PS
            P10       | Chile | 10.00  | 2026-02-10 | PS
            P2        | Chile | 10.00  | 2026-01-10 | PS
        """,
    )
    assert [row.reference for row in seen.trace] == ["P2@2026-01-10", "P10@2026-02-10", "P1@2026-02-10"]


def test_harder_money_is_placed_first_even_where_softer_money_then_finds_no_month() -> None:
    # The signed money could only cover January, which the received money covers; February is left open.
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor | amount   | pledged    | signed     | earmark | until
            P1        | Chile | 5,000.00 | 2026-01-10 | 2026-01-10 | PS      | 2026-01
        """,
        receipts="""
            reference | donor  | received   | amount   | earmark
            R1        | Norway | 2026-01-15 | 5,088.59 | PS
        """,
    )
    assert_cells(
        seen,
        "PS",
        """
        month   | received | signed | gap      | status
        2026-01 | 5,088.59 |        |          | funded
        2026-02 |          |        | 5,088.59 | gap
        """,
    )
    assert_beside(seen, "lens | unused \n received | \n signed | 5,000.00")


def test_received_then_signed_then_pledged_money_fills_a_month() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor | amount   | pledged    | signed     | earmark | until
            P1        | Chile | 2,000.00 | 2026-01-10 | 2026-01-10 | PS      | 2026-01
            P2        | Japan | 4,000.00 | 2026-01-10 |            | PS      | 2026-01
        """,
        receipts="""
            reference | donor  | received   | amount   | earmark
            R1        | Norway | 2026-01-15 | 1,000.00 | PS
        """,
    )
    assert_cells(
        seen,
        "PS",
        """
        month   | required | received | signed   | pledged  | gap | status
        2026-01 | 5,088.59 | 1,000.00 | 2,000.00 | 2,088.59 |     | pledged
        """,
    )
    assert_beside(seen, "lens | unused \n received | \n signed | \n pledged | 1,911.41")


def test_what_no_month_can_use_by_the_end_of_its_window_is_unused() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor  | received   | amount    | earmark | until
            R1        | Norway | 2026-01-15 | 11,000.00 | PS      | 2026-02
        """,
    )
    assert_trace(
        seen,
        """
        lens     | reference | outcome | month   | amount
        received | R1        | PS      | 2026-01 | 5,088.59
        received | R1        | PS      | 2026-02 | 5,088.59
        received | R1        | PS      |         | 822.82
        """,
    )
    assert_beside(seen, "lens | unused \n received | 822.82")


def test_the_trace_stands_by_lens_outcome_month_then_unused_then_targeted_then_held() -> None:
    # Half of it: O2 87 %, PS 13 % of 40,000.00 until January.
    seen = report(
        "2026-01-31",
        pledges="reference | donor | amount | pledged | earmark \n P1 | Japan | 50.00 | 2026-01-10 | PS",
        receipts="""
            reference | donor  | received   | amount    | earmark        | until
            R1        | Norway | 2026-01-15 | 40,000.00 | O2             | 2026-01
            R2        | Chile  | 2026-01-10 | 7.00      | hold           |
            R3        | Japan  | 2026-01-20 | 5.00      | targeted:Nepal |
            R4        | Japan  | 2026-01-19 | 6.00      | targeted:Ghana |
        """,
    )
    assert_trace(
        seen,
        """
        lens     | reference     | outcome  | month   | amount
        received | R1            | O2       | 2026-01 | 20,064.70
        received | R1            | O2       |         | 14,735.30
        received | R1            | PS       | 2026-01 | 5,088.59
        received | R1            | PS       |         | 111.41
        received | R4            | targeted |         | 6.00
        received | R3            | targeted |         | 5.00
        received | R2            | held     |         | 7.00
        pledged  | P1@2026-01-10 | PS       | 2026-02 | 50.00
        """,
    )
