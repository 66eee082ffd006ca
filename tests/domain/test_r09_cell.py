"""R9 Cell: statuses, tolerance, gaps, headlines, the stable funding base.

Every expected figure was worked out by hand from DOMAIN.md.
"""

import pytest

from tests.domain.book import (
    assert_beside,
    assert_cells,
    assert_headlines,
    assert_items,
    assert_total,
    month,
    report,
)


def test_a_cell_says_how_hard_the_money_is_that_covers_it() -> None:
    # Programme support: January received, February with signed, March with pledged, April short.
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor | amount   | pledged    | signed     | earmark
            P1        | Chile | 3,000.00 | 2026-01-10 | 2026-01-10 | PS
            P2        | Japan | 6,000.00 | 2026-01-10 |            | PS
        """,
        receipts="""
            reference | donor  | received   | amount   | earmark
            R1        | Norway | 2026-01-15 | 7,177.18 | PS
        """,
    )
    assert_cells(
        seen,
        "PS",
        """
        month   | received | signed   | pledged  | gap      | status
        2026-01 | 5,088.59 |          |          |          | funded
        2026-02 | 2,088.59 | 3,000.00 |          |          | committed
        2026-03 |          |          | 5,088.59 |          | pledged
        2026-04 |          |          | 911.41   | 4,177.18 | gap
        """,
    )


def test_the_tolerance_holds_for_each_lens_and_the_cents_are_filled_by_softer_money() -> None:
    # January lacks 0.99 of received money: still funded, and the pledge pays the cents.
    seen = report(
        "2026-01-31",
        pledges="reference | donor | amount | pledged | earmark \n P1 | Chile | 5,088.08 | 2026-01-10 | PS",
        receipts="""
            reference | donor  | received   | amount   | earmark
            R1        | Norway | 2026-01-15 | 5,087.60 | PS
        """,
    )
    assert_cells(
        seen,
        "PS",
        """
        month   | received | pledged  | gap  | status
        2026-01 | 5,087.60 | 0.99     |      | funded
        2026-02 |          | 5,087.09 | 1.50 | gap
        """,
    )


def test_the_tolerance_is_a_setting_of_the_programme() -> None:
    receipts = "reference | donor | received | amount | earmark \n R1 | Norway | 2026-01-15 | 5,038.60 | PS"
    assert_cells(
        report("2026-01-31", receipts=receipts, tolerance="50.00"), "PS", "month | status \n 2026-01 | funded"
    )
    assert_cells(
        report("2026-01-31", receipts=receipts, tolerance="49.99"), "PS", "month | status \n 2026-01 | gap"
    )


def test_without_any_tolerance_a_cell_covered_to_the_cent_is_funded() -> None:
    receipts = "reference | donor | received | amount | earmark \n R1 | Norway | 2026-01-15 | 10,177.17 | PS"
    seen = report("2026-01-31", receipts=receipts, tolerance="0.00")
    assert_cells(seen, "PS", "month | gap | status \n 2026-01 | | funded \n 2026-02 | 0.01 | gap")


def test_money_for_one_outcome_never_hides_anothers_hole() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor  | received   | amount     | earmark | until
            R1        | Norway | 2026-01-15 | 500,000.00 | PS      | 2026-01
        """,
    )
    january = seen.by_month()[month("2026-01")]
    assert_total(january, "required | received | gap \n 39,143.00 | 5,088.59 | 34,054.41")
    assert_headlines(seen, "lens | funded through | cliff \n received | | 2026-01")


def test_the_gap_of_months_before_the_as_of_month_has_lapsed_the_rest_is_ahead() -> None:
    assert_total(report("2026-03-01"), "gap | lapsed | ahead \n 2,583,438.00 | 78,286.00 | 2,505,152.00")
    assert_total(report("2026-02-28"), "gap | lapsed | ahead \n 2,583,438.00 | 39,143.00 | 2,544,295.00")


def test_headlines_count_from_the_as_of_month_whatever_was_missing_before() -> None:
    # 78,286.00 are two months to the cent, but not quite for each outcome: the tolerance covers the rounding.
    seen = report(
        "2026-03-10", receipts="reference | donor | received | amount \n R1 | Norway | 2026-03-01 | 78,286.00"
    )
    assert_headlines(seen, "lens | funded through | cliff \n received | 2026-04 | 2026-05")


def test_headlines_are_cumulative_signed_with_received_and_pledged_with_both() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor | amount    | pledged    | signed
            P1        | Chile | 39,143.00 | 2026-01-10 | 2026-01-10
            P2        | Japan | 78,286.00 | 2026-01-10 |
        """,
        receipts="reference | donor | received | amount \n R1 | Norway | 2026-01-15 | 39,143.00",
    )
    assert_headlines(
        seen,
        """
        lens     | funded through | cliff
        received | 2026-01        | 2026-02
        signed   | 2026-02        | 2026-03
        pledged  | 2026-04        | 2026-05
        """,
    )


def test_a_hole_ends_the_unbroken_run_even_where_later_months_are_covered() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor  | received   | amount    | from    | until
            R1        | Norway | 2026-01-15 | 39,143.00 | 2026-01 | 2026-01
            R2        | Norway | 2026-01-15 | 39,143.00 | 2026-03 | 2026-03
        """,
    )
    assert_headlines(seen, "lens | funded through | cliff \n received | 2026-01 | 2026-02")


def test_before_the_programme_starts_headlines_count_from_its_first_month_and_nothing_has_lapsed() -> None:
    seen = report(
        "2025-11-20",
        pledges="reference | donor | amount | pledged \n P1 | Chile | 39,143.00 | 2025-11-10",
    )
    assert_items(seen, "reference | from | until \n P1@2025-11-10 | 2026-01 | 2031-06")
    assert_headlines(
        seen,
        """
        lens     | funded through | cliff
        received |                | 2026-01
        pledged  | 2026-01        | 2026-02
        """,
    )
    assert_total(seen, "pledged | gap | lapsed \n 39,143.00 | 2,544,295.00 |")


def test_after_the_programmes_end_all_headlines_are_null_the_base_is_false_and_all_gaps_have_lapsed() -> None:
    seen = report(
        "2031-07-01",
        pledges="reference | donor | amount | pledged \n P1 | Chile | 100.00 | 2031-06-10",
        receipts="reference | donor | received | amount \n R1 | Norway | 2026-01-15 | 9,000,000.00",
    )
    assert_headlines(
        seen,
        """
        lens     | funded through | cliff
        received |                |
        signed   |                |
        pledged  |                |
        """,
    )
    assert not seen.stable_funding_base
    assert_beside(seen, "lens | unused \n pledged | 100.00")
    assert_total(report("2031-07-01"), "gap | lapsed | ahead \n 2,583,438.00 | 2,583,438.00 |")


def test_on_the_last_day_of_the_programme_its_last_month_is_still_ahead() -> None:
    seen = report(
        "2031-06-30", receipts="reference | donor | received | amount \n R1 | Norway | 2031-06-01 | 39,143.00"
    )
    assert_headlines(seen, "lens | funded through | cliff \n received | 2031-06 |")
    assert seen.stable_funding_base
    assert_total(seen, "gap | lapsed | ahead \n 2,544,295.00 | 2,544,295.00 |")


@pytest.mark.parametrize(
    ("as_of", "dollars", "stable"),
    [
        ("2026-01-31", "469,716.00", True),  # 12 months
        ("2026-01-31", "469,700.00", False),  # 12 months but for 16.00
        ("2026-01-31", "430,573.00", False),  # 11 months
        ("2026-02-01", "469,716.00", False),  # January has passed: 11 months are left of it
    ],
)
def test_the_base_is_stable_when_each_of_the_next_12_months_is_covered(
    as_of: str, dollars: str, stable: bool
) -> None:
    seen = report(
        as_of, receipts=f"reference | donor | received | amount \n R1 | Norway | 2026-01-02 | {dollars}"
    )
    assert seen.stable_funding_base is stable


@pytest.mark.parametrize(("signed", "stable"), [("2026-01-10", True), ("", False)])
def test_signed_money_makes_a_stable_base_and_pledged_money_does_not(signed: str, stable: bool) -> None:
    seen = report(
        "2026-01-31",
        pledges=f"""
            reference | donor | amount     | pledged    | signed
            P1        | Chile | 430,573.00 | 2026-01-10 | {signed}
        """,
        receipts="reference | donor | received | amount \n R1 | Norway | 2026-01-15 | 39,143.00",
    )
    assert seen.stable_funding_base is stable


def test_near_the_end_the_base_is_stable_when_the_months_left_are_covered() -> None:
    four_months = "reference | donor | received | amount \n R1 | Norway | 2031-03-05 | 156,572.00"
    three_months = "reference | donor | received | amount \n R1 | Norway | 2031-03-05 | 117,429.00"
    assert report("2031-03-10", receipts=four_months).stable_funding_base
    assert not report("2031-03-10", receipts=three_months).stable_funding_base


def test_a_stable_base_starts_with_the_as_of_month() -> None:
    # February 2026 to January 2027 are covered, January 2026 is not.
    receipts = """
        reference | donor  | received   | amount     | from
        R1        | Norway | 2026-01-05 | 469,716.00 | 2026-02
    """
    assert not report("2026-01-31", receipts=receipts).stable_funding_base
    assert report("2026-02-01", receipts=receipts).stable_funding_base
