"""The worked examples of the funding rules (DOMAIN.md section 4): every figure stated there."""

from fractions import Fraction

import pytest

from tests.domain.book import (
    assert_beside,
    assert_cells,
    assert_headlines,
    assert_instalments,
    assert_items,
    assert_pledges,
    assert_total,
    assert_trace,
    month,
    report,
    shown,
    usd,
)
from tracker.domain.budget import BudgetVersion
from tracker.domain.position import Position
from tracker.domain.reasons import reasons

# Section 2: the seeded programme


def test_the_programme_has_66_months_and_needs_2_583_438_dollars() -> None:
    seen = report("2026-01-31")
    assert len(seen.programme.months) == 66
    assert_total(seen, "required | gap \n 2,583,438.00 | 2,583,438.00")


def test_published_shares_and_published_amounts_are_not_the_same_and_both_add_up() -> None:
    by_shares = report("2026-01-31", basis="shares")
    by_amounts = report("2026-01-31", basis="amounts")
    differences = []
    for outcome in ("O1", "O2", "O3", "PS"):
        share_needs = by_shares.cell(outcome, month("2026-01")).required
        amount_needs = by_amounts.cell(outcome, month("2026-01")).required
        differences.append(
            (outcome, shown(amount_needs), shown(share_needs), shown(share_needs - amount_needs))
        )
    assert differences == [
        ("O1", "6,490.00", "6,489.91", "-0.09"),
        ("O2", "20,054.00", "20,064.70", "10.70"),
        ("O3", "7,502.00", "7,499.80", "-2.20"),
        ("PS", "5,097.00", "5,088.59", "-8.41"),
    ]
    assert_total(by_shares.by_month()[month("2026-01")], "required \n 39,143.00")
    assert_total(by_amounts.by_month()[month("2026-01")], "required \n 39,143.00")


@pytest.mark.parametrize("basis", ["shares", "amounts"])
def test_one_core_receipt_of_exactly_one_months_total_leaves_no_gap_at_all(basis: str) -> None:
    seen = report(
        "2026-01-31",
        basis=basis,
        receipts="""
            reference | donor  | received   | amount
            R1        | Norway | 2026-01-15 | 39,143.00
        """,
    )
    assert_total(seen.by_month()[month("2026-01")], "required | received | gap \n 39,143.00 | 39,143.00 |")
    assert_beside(seen, "lens | unused \n received |")


def test_13_percent_of_direct_costs_would_be_4_425_98() -> None:
    direct = usd("39,143.00") - usd("5,097.00")
    assert round(Fraction(13, 100) * direct) == usd("4,425.98")


def test_the_requirement_is_the_monthly_total_split_by_the_published_shares() -> None:
    version = BudgetVersion(
        1, month("2026-01"), None, 3914300, "shares", (165800, 512600, 191600, 130000), ()
    )
    assert [shown(part) for part in version.requirements_minor] == [
        "6,489.91",
        "20,064.70",
        "7,499.80",
        "5,088.59",
    ]


# Example A


@pytest.fixture(scope="module")
def example_a() -> Position:
    return report(
        "2026-01-31",
        receipts="""
            reference | donor  | received   | amount     | earmark
            R1        | Norway | 2026-01-15 | 120,000.00 | core
        """,
    )


def test_a_three_months_are_funded_with_117_429_dollars(example_a: Position) -> None:
    months = [example_a.by_month()[month(text)] for text in ("2026-01", "2026-02", "2026-03")]
    assert [shown(total.received) for total in months] == ["39,143.00"] * 3
    assert shown(sum(total.received for total in months)) == "117,429.00"
    assert_cells(example_a, "O1", "month | received | status \n 2026-01 to 2026-03 | 6,489.91 | funded")
    assert_cells(example_a, "O2", "month | received | status \n 2026-01 to 2026-03 | 20,064.70 | funded")
    assert_cells(example_a, "O3", "month | received | status \n 2026-01 to 2026-03 | 7,499.80 | funded")
    assert_cells(example_a, "PS", "month | received | status \n 2026-01 to 2026-03 | 5,088.59 | funded")


def test_a_april_has_the_remaining_2_571_dollars_pro_rata(example_a: Position) -> None:
    assert_total(example_a.by_month()[month("2026-04")], "received | gap \n 2,571.00 | 36,572.00")
    assert_cells(example_a, "O1", "month | received | status \n 2026-04 | 426.27 | gap")
    assert_cells(example_a, "O2", "month | received | status \n 2026-04 | 1,317.90 | gap")
    assert_cells(example_a, "O3", "month | received | status \n 2026-04 | 492.60 | gap")
    assert_cells(example_a, "PS", "month | received | status \n 2026-04 | 334.23 | gap")


def test_a_each_later_month_has_a_gap_of_its_whole_requirement(example_a: Position) -> None:
    later = [total for when, total in example_a.by_month().items() if when > month("2026-04")]
    assert len(later) == 62
    assert {shown(total.gap) for total in later} == {"39,143.00"}


def test_a_is_funded_through_march_with_the_cliff_in_april(example_a: Position) -> None:
    assert_headlines(
        example_a,
        """
        lens     | funded through | cliff
        received | 2026-03        | 2026-04
        signed   | 2026-03        | 2026-04
        pledged  | 2026-03        | 2026-04
        """,
    )
    assert not example_a.stable_funding_base


def test_a_none_of_the_total_gap_has_lapsed(example_a: Position) -> None:
    assert_total(
        example_a,
        """
        required     | received   | signed | pledged | gap          | lapsed | ahead
        2,583,438.00 | 120,000.00 |        |         | 2,463,438.00 |        | 2,463,438.00
        """,
    )


# Example A2


@pytest.fixture(scope="module")
def example_a2() -> Position:
    return report(
        "2026-01-31",
        receipts="""
            reference | donor       | received   | amount    | earmark
            R1        | Norway      | 2026-01-05 | 13,047.66 | core
            R2        | Netherlands | 2026-01-06 | 13,047.67 | core
            R3        | Chile       | 2026-01-07 | 13,047.67 | core
        """,
    )


def test_a2_three_receipts_fill_january_but_for_two_cents_of_rounding(example_a2: Position) -> None:
    assert_cells(example_a2, "O1", "month | received | gap | status \n 2026-01 | 6,489.90 | 0.01 | funded")
    assert_cells(example_a2, "O2", "month | received | gap | status \n 2026-01 | 20,064.70 | | funded")
    assert_cells(example_a2, "O3", "month | received | gap | status \n 2026-01 | 7,499.79 | 0.01 | funded")
    assert_cells(example_a2, "PS", "month | received | gap | status \n 2026-01 | 5,088.59 | | funded")


def test_a2_the_two_cents_are_held_over_for_february(example_a2: Position) -> None:
    assert_cells(example_a2, "O1", "month | received \n 2026-02 |")
    assert_cells(example_a2, "O2", "month | received | status \n 2026-02 | 0.01 | gap")
    assert_cells(example_a2, "O3", "month | received \n 2026-02 |")
    assert_cells(example_a2, "PS", "month | received | status \n 2026-02 | 0.01 | gap")


def test_a2_the_tolerance_keeps_the_cents_out_of_the_headlines_but_not_out_of_the_gap(
    example_a2: Position,
) -> None:
    assert_headlines(example_a2, "lens | funded through | cliff \n received | 2026-01 | 2026-02")
    assert_total(example_a2, "gap \n 2,544,295.00")
    assert_total(example_a2.by_month()[month("2026-01")], "gap \n 0.02")


def test_a2_a_cell_short_by_exactly_one_dollar_is_a_gap() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor | received   | amount   | earmark
            R1        | Chile | 2026-01-05 | 5,087.59 | PS
        """,
    )
    assert_cells(
        seen, "PS", "month | required | received | gap | status \n 2026-01 | 5,088.59 | 5,087.59 | 1.00 | gap"
    )


def test_a2_a_cell_short_by_99_cents_is_not_a_gap() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor | received   | amount   | earmark
            R1        | Chile | 2026-01-05 | 5,087.60 | PS
        """,
    )
    assert_cells(seen, "PS", "month | received | gap | status \n 2026-01 | 5,087.60 | 0.99 | funded")


# Example B

EXAMPLE_B = {
    "rates": """
        currency | from       | rate
        EUR      | 2026-01-01 | 0.9200
        EUR      | 2026-03-01 | 0.9350
        EUR      | 2026-06-01 | 0.9100
    """,
    "pledges": """
        reference | donor       | amount      | pledged    | signed     | earmark | until
        FR-1      | France      | 100,000 EUR | 2026-02-01 | 2026-02-20 | O2      | 2026-12
        NL-1      | Netherlands | 60,000      | 2026-04-10 |            | core    |
    """,
    "instalments": """
        pledge | due        | amount
        FR-1   | 2026-03-15 | 40,000
        FR-1   | 2026-05-15 | 60,000
    """,
    "receipts": """
        reference | donor       | received   | amount     | pledge | earmark
        R1        | France      | 2026-03-20 | 40,000 EUR | FR-1   |
        R2        | Netherlands | 2026-01-10 | 50,000     |        | core
    """,
}


@pytest.fixture(scope="module")
def example_b() -> Position:
    return report("2026-06-15", **EXAMPLE_B)


def test_b_receipts_are_valued_on_their_day_and_split_by_their_earmark(example_b: Position) -> None:
    assert_items(
        example_b,
        """
        reference | lens     | usd       | O1       | O2        | O3       | PS
        R1        | received | 42,780.75 |          | 37,219.25 |          | 5,561.50
        R2        | received | 50,000.00 | 8,290.00 | 25,630.00 | 9,580.00 | 6,500.00
        """,
    )


def test_b_open_instalments_are_valued_at_the_as_of_rate_and_cover_from_june(example_b: Position) -> None:
    assert_items(
        example_b,
        """
        reference       | usd       | O1       | O2        | O3        | PS
        FR-1@2026-05-15 | 65,934.07 |          | 57,362.64 |           | 8,571.43
        NL-1@2026-04-10 | 60,000.00 | 9,948.00 | 30,756.00 | 11,496.00 | 7,800.00
        """,
    )
    assert_items(
        example_b,
        """
        reference       | lens    | from    | until
        FR-1@2026-05-15 | signed  | 2026-06 | 2026-12
        NL-1@2026-04-10 | pledged | 2026-06 | 2031-06
        """,
    )


def test_b_the_first_french_instalment_is_paid_and_the_second_is_open_and_overdue(
    example_b: Position,
) -> None:
    assert_instalments(
        example_b,
        "FR-1",
        """
        due        | amount    | settled   | open      | open usd
        2026-03-15 | 40,000.00 | 40,000.00 |           |
        2026-05-15 | 60,000.00 |           | 60,000.00 | 65,934.07
        """,
    )
    assert_instalments(
        example_b,
        "NL-1",
        """
        due        | amount    | settled | open      | open usd
        2026-04-10 | 60,000.00 |         | 60,000.00 | 60,000.00
        """,
    )


def test_b_pathfinder_country_support_month_by_month(example_b: Position) -> None:
    assert_cells(
        example_b,
        "O2",
        """
        month              | required  | received  | signed    | pledged   | gap       | status
        2026-01            | 20,064.70 | 20,064.70 |           |           |           | funded
        2026-02            | 20,064.70 | 5,565.30  |           |           | 14,499.40 | gap
        2026-03            | 20,064.70 | 20,064.70 |           |           |           | funded
        2026-04            | 20,064.70 | 17,154.55 |           |           | 2,910.15  | gap
        2026-05            | 20,064.70 |           |           |           | 20,064.70 | gap
        2026-06 to 2026-07 | 20,064.70 |           | 20,064.70 |           |           | committed
        2026-08            | 20,064.70 |           | 17,233.24 | 2,831.46  |           | pledged
        2026-09            | 20,064.70 |           |           | 20,064.70 |           | pledged
        2026-10            | 20,064.70 |           |           | 7,859.84  | 12,204.86 | gap
        2026-11 to 2031-06 | 20,064.70 |           |           |           | 20,064.70 | gap
        """,
    )


def test_b_programme_support_in_april_and_july(example_b: Position) -> None:
    assert_cells(
        example_b,
        "PS",
        """
        month   | required | received | signed   | pledged  | gap      | status
        2026-04 | 5,088.59 | 472.91   |          |          | 4,615.68 | gap
        2026-07 | 5,088.59 |          | 3,482.84 | 1,605.75 |          | pledged
        """,
    )


def test_b_totals(example_b: Position) -> None:
    assert_total(
        example_b,
        """
        required     | received  | signed    | pledged   | gap          | lapsed     | ahead
        2,583,438.00 | 92,780.75 | 65,934.07 | 60,000.00 | 2,364,723.18 | 102,934.25 | 2,261,788.93
        """,
    )
    assert_beside(
        example_b,
        """
        lens     | unused | targeted | held
        received |        |          |
        signed   |        |          |
        pledged  |        |          |
        """,
    )


def test_b_headlines(example_b: Position) -> None:
    assert_headlines(
        example_b,
        """
        lens     | funded through | cliff
        received |                | 2026-06
        signed   |                | 2026-06
        pledged  | 2026-06        | 2026-07
        """,
    )
    assert not example_b.stable_funding_base


def test_b_the_french_receipt_is_traced_to_the_cent(example_b: Position) -> None:
    assert_trace(
        example_b,
        """
        lens     | reference | donor  | outcome | month   | amount
        received | R1        | France | O2      | 2026-03 | 20,064.70
        received | R1        | France | O2      | 2026-04 | 17,154.55
        received | R1        | France | PS      | 2026-03 | 5,088.59
        received | R1        | France | PS      | 2026-04 | 472.91
        """,
        reference="R1",
    )


def test_b_the_french_pledge_has_lost_on_what_came_and_gained_on_what_is_open(example_b: Position) -> None:
    # Base: 0.9200, in force on 20 February when it was signed.
    # Received: 42,780.75 - 40,000 / 0.92 (43,478.26) = -697.51.
    # Open: 65,934.07 - 60,000 / 0.92 (65,217.39) = 716.68.
    assert_pledges(
        example_b,
        """
        pledge | lens    | settled   | open      | open usd  | received usd | realised | unrealised
        FR-1   | signed  | 40,000.00 | 60,000.00 | 65,934.07 | 42,780.75    | -697.51  | 716.68
        NL-1   | pledged |           | 60,000.00 | 60,000.00 |              |          |
        """,
    )


def test_b_the_reasons_for_august_say_what_each_contribution_had_before_and_has_left(
    example_b: Position,
) -> None:
    # France's 57,362.64 paid for June and July (twice 20,064.70) before.
    why = reasons(example_b, "O2", month("2026-08"))
    uses = [(use.item.reference, *map(shown, use[1:])) for use in why.uses]
    assert uses == [
        ("FR-1@2026-05-15", "57,362.64", "40,129.40", "17,233.24", ""),
        ("NL-1@2026-04-10", "30,756.00", "", "2,831.46", "27,924.54"),
    ]
    assert why.version.number == 1
