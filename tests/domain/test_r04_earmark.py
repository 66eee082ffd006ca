"""R4 Earmark: what a donor's money may serve, shown by how 100.00 dollars are split.

Every expected figure was worked out by hand from DOMAIN.md.
"""

from decimal import Decimal

import pytest

from tests.domain.book import (
    CODES,
    assert_beside,
    assert_items,
    assert_total,
    assert_trace,
    report,
)
from tracker.domain.earmark import exact_split_text, parse_earmark, parse_exact_split
from tracker.domain.problems import Refused


@pytest.mark.parametrize(
    ("earmark", "parts"),
    [
        ("core", "16.58 51.26 19.16 13.00"),
        ("O2", "0 87.00 0 13.00"),
        # 87.00 x 16.58 / 67.84 = 21.2627, 87.00 x 51.26 / 67.84 = 65.7373: the cent to the larger fraction.
        ("O1 O2", "21.26 65.74 0 13.00"),
        ("O2 O1", "21.26 65.74 0 13.00"),
        ("O1 O2 O3", "16.58 51.26 19.16 13.00"),
        ("O1:60 O2:40", "52.20 34.80 0 13.00"),
        ("O2:40 O1:60", "52.20 34.80 0 13.00"),
        ("O3:100", "0 0 87.00 13.00"),
        # 10.875 and 76.125: the tie goes to the earlier outcome.
        ("O1:12.5 O2:87.5", "10.88 76.12 0 13.00"),
        # 29.058 and 57.942.
        ("O1:33.4 O3:66.6", "29.06 0 57.94 13.00"),
        ("PS", "0 0 0 100.00"),
    ],
)
def test_an_earmark_says_how_100_dollars_are_split(earmark: str, parts: str) -> None:
    seen = report(
        "2026-01-31",
        receipts=f"""
            reference | donor  | received   | amount | earmark
            R1        | Norway | 2026-01-15 | 100.00 | {earmark}
        """,
    )
    assert_items(seen, f"use | reference | O1 | O2 | O3 | PS \n core | R1 | {_columns(parts)}")


@pytest.mark.parametrize(
    ("earmark", "parts"),
    [
        ("O2", "0 100.00 0 0"),
        ("O1:60 O2:40", "60.00 40.00 0 0"),
        # 100 x 16.58 / 67.84 = 24.4399.
        ("O1 O2", "24.44 75.56 0 0"),
        # No effect with any other earmark.
        ("core", "16.58 51.26 19.16 13.00"),
        ("PS", "0 0 0 100.00"),
    ],
)
def test_a_waived_support_cost_has_an_effect_on_named_outcomes_only(earmark: str, parts: str) -> None:
    seen = report(
        "2026-01-31",
        pledges=f"""
            reference | donor  | amount | pledged    | earmark   | psc
            P1        | Norway | 200.00 | 2026-01-10 | {earmark} | no
        """,
        receipts="""
            reference | donor  | received   | amount | pledge
            R1        | Norway | 2026-01-15 | 100.00 | P1
        """,
    )
    wanted = _columns(parts)
    assert_items(seen, f"reference | O1 | O2 | O3 | PS \n R1 | {wanted} \n P1@2026-01-10 | {wanted}")


def test_a_waiver_holds_for_its_own_pledge_only() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount | pledged    | earmark | psc
            P1        | Norway | 100.00 | 2026-01-10 | O2      | no
            P2        | Norway | 100.00 | 2026-01-10 | O2      | yes
        """,
    )
    assert_items(
        seen,
        """
        reference     | O2     | PS
        P1@2026-01-10 | 100.00 |
        P2@2026-01-10 | 87.00  | 13.00
        """,
    )


def test_a_receipts_own_earmark_goes_before_its_pledges_but_the_support_cost_follows_the_pledge() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount | pledged    | earmark | psc
            P1        | Norway | 200.00 | 2026-01-10 | O2      | no
        """,
        receipts="""
            reference | donor  | received   | amount | pledge | earmark
            R1        | Norway | 2026-01-15 | 100.00 | P1     | O1
        """,
    )
    assert_items(seen, "reference | O1 | O2 | O3 | PS \n R1 | 100.00 | | |")


def test_a_receipt_without_pledge_and_earmark_is_core_and_bears_support_cost() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor  | received   | amount | earmark
            R1        | Norway | 2026-01-15 | 100.00 |
            R2        | Norway | 2026-01-15 | 100.00 | O2
        """,
    )
    assert_items(
        seen,
        """
        reference | O1    | O2    | O3    | PS
        R1        | 16.58 | 51.26 | 19.16 | 13.00
        R2        |       | 87.00 |       | 13.00
        """,
    )


def test_targeted_money_is_counted_and_reported_but_never_in_the_core() -> None:
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor | amount   | pledged    | signed     | earmark        | psc
            P1        | Japan | 5,000.00 | 2026-01-10 | 2026-01-11 | targeted:Nepal | no
            P2        | Japan | 700.00   | 2026-01-10 |            | targeted:Nepal |
        """,
        receipts="""
            reference | donor | received   | amount   | pledge
            R1        | Japan | 2026-01-15 | 2,000.00 | P1
        """,
    )
    assert_beside(
        seen,
        """
        lens     | targeted | held | unused
        received | 2,000.00 |      |
        signed   | 3,000.00 |      |
        pledged  | 700.00   |      |
        """,
    )
    assert_total(seen, "received | signed | pledged | gap \n | | | 2,583,438.00")
    assert_items(seen, "reference | use | usd | O1 | O2 | O3 | PS \n R1 | targeted | 2,000.00 | | | |")


def test_held_money_is_counted_and_reported_but_never_covers() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor        | received   | amount | earmark
            R1        | UNIDENTIFIED | 2026-01-15 | 900.00 | hold
        """,
    )
    assert_beside(seen, "lens | held | targeted | unused \n received | 900.00 | |")
    assert_total(seen, "received | gap \n | 2,583,438.00")
    assert_trace(
        seen,
        """
        lens     | reference | donor        | outcome | month | amount
        received | R1        | UNIDENTIFIED | held    |       | 900.00
        """,
    )


@pytest.mark.parametrize(
    "written", ["core", "hold", "PS", "O2", "O1 O2", "O1:60 O2:40", "O1:0.5 O3:99.5", "targeted:Nepal"]
)
def test_an_earmark_is_written_as_it_is_read(written: str) -> None:
    assert str(parse_earmark(written, CODES)) == written


def test_percentages_may_have_decimals() -> None:
    assert parse_earmark("O1:33.3 O2:66.7", CODES).percentages == (Decimal("33.3"), Decimal("66.7"))


@pytest.mark.parametrize(
    "earmark",
    [
        "O1:60 O2:30",  # 90 %
        "O1:60 O2:41",
        "O1:50 O2:49.99",
        "O1:60 O2",  # percentages on all or none
        "O1:100 O2:0",
        "O1:110 O2:-10",
        "O1 O1",  # an outcome is named once
        "O1:50 O1:50",
        "O2 PS",  # PS is not named together with others
        "O2:87 PS:13",
        "PS:100",
        "PS PS",
        "O4",
        "o2",
        "Core",
        "",
        " ",
        "core O2",
        "hold O2",
        "targeted:",
        "targeted: ",
        "O1: O2:",
        "O1:60% O2:40%",
        "O1,O2",
    ],
)
def test_an_earmark_that_the_rules_do_not_know_is_refused(earmark: str) -> None:
    with pytest.raises(Refused):
        parse_earmark(earmark, CODES)


@pytest.mark.parametrize(
    "earmark",
    [
        "O1:99.99999999999999999999999999999999",
        "O1:50 O2:50.00000000000000000000000000000001",
    ],
)
def test_percentages_that_do_not_add_to_100_are_refused_however_many_decimals_they_have(earmark: str) -> None:
    with pytest.raises(Refused):
        parse_earmark(earmark, CODES)


def test_an_officer_may_split_a_receipt_exactly() -> None:
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor  | received   | amount | split
            R1        | Norway | 2026-01-15 | 100.00 | O1:70.01 O2:20.00 PS:9.99
        """,
    )
    assert_items(seen, "reference | O1 | O2 | O3 | PS \n R1 | 70.01 | 20.00 | | 9.99")


def test_after_refunds_what_is_left_is_split_in_proportion_to_the_exact_split() -> None:
    # 99.99 x 70 % = 69.993, x 20 % = 19.998, x 10 % = 9.999: the two missing cents to PS and O2.
    seen = report(
        "2026-01-31",
        receipts="""
            reference | donor  | received   | amount | split
            R1        | Norway | 2026-01-15 | 100.00 | O1:70.00 O2:20.00 PS:10.00
            R2        | Norway | 2026-01-15 | 100.00 | O1:70.00 O2:20.00 PS:10.00
        """,
        refunds="""
            reference | receipt | refunded   | amount
            X1        | R1      | 2026-01-20 | 50.00
            X2        | R2      | 2026-01-20 | 0.01
        """,
    )
    assert_items(
        seen,
        """
        reference | usd   | O1    | O2    | O3 | PS
        R1        | 50.00 | 35.00 | 10.00 |    | 5.00
        R2        | 99.99 | 69.99 | 20.00 |    | 10.00
        """,
    )


def test_an_exact_split_is_written_as_it_is_read() -> None:
    parts = parse_exact_split("PS:13.00 O1:100.00", CODES, "USD")
    assert parts == {"O1": 10000, "PS": 1300}
    assert exact_split_text(parts, CODES, "USD") == "O1:100.00 PS:13.00"


@pytest.mark.parametrize(
    "text", ["", "O1", "O4:1.00", "O1:1.00 O1:2.00", "O1:-1.00", "O1:0", "O1:1.001", "O1:x"]
)
def test_an_exact_split_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_exact_split(text, CODES, "USD")


def test_the_split_is_applied_to_each_open_instalment_by_itself() -> None:
    # Three times 0.01: each cent goes to O2, the largest fraction; one split of 0.03 would leave O2 only two.
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount | pledged
            P1        | Norway | 0.03   | 2026-01-10
        """,
        instalments="""
            pledge | due        | amount
            P1     | 2026-01-10 | 0.01
            P1     | 2026-01-11 | 0.01
            P1     | 2026-01-12 | 0.01
        """,
    )
    assert_items(
        seen,
        """
        reference     | usd  | O1 | O2   | O3 | PS
        P1@2026-01-10 | 0.01 |    | 0.01 |    |
        P1@2026-01-11 | 0.01 |    | 0.01 |    |
        P1@2026-01-12 | 0.01 |    | 0.01 |    |
        """,
    )


def _columns(parts: str) -> str:
    """`0 87.00 0 13.00` as four columns, blank for nothing."""
    return " | ".join("" if part == "0" else part for part in parts.split())
