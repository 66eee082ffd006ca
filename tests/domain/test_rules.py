"""The funding rules R1 to R11, one edge each. Every expected figure was worked out by hand from DOMAIN.md."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.domain.book import (
    CODES,
    assert_beside,
    assert_cells,
    assert_headlines,
    assert_instalments,
    assert_items,
    assert_pledges,
    assert_refunds,
    assert_total,
    assert_trace,
    book,
    day,
    month,
    report,
    shown,
)
from tracker.domain.budget import NoBudget
from tracker.domain.earmark import exact_split_text, parse_earmark, parse_exact_split
from tracker.domain.exchange import NoRate, Rate, Rates
from tracker.domain.money import (
    amount_text,
    currency_digits,
    parse_amount,
    parse_decimal,
    round_half_away,
    split,
)
from tracker.domain.months import parse_day, parse_month
from tracker.domain.position import position
from tracker.domain.problems import Refused

# R1 Money


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.5", 1),
        ("-0.5", -1),
        ("1.5", 2),
        ("2.5", 3),
        ("-2.5", -3),
        ("2.4999", 2),
        ("-2.4999", -2),
        ("0", 0),
    ],
)
def test_rounding_is_half_away_from_zero_as_in_excel(exact: str, rounded: int) -> None:
    assert round_half_away(Fraction(exact)) == rounded


def test_the_dollar_has_2_digits_the_yen_none_and_the_kuwaiti_dinar_3() -> None:
    assert [currency_digits(code) for code in ("USD", "JPY", "KWD")] == [2, 0, 3]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("39143", "USD", 3914300),
        ("0.01", "USD", 1),
        ("100.00", "JPY", 100),
        ("1.5", "KWD", 1500),
        ("1.2340", "KWD", 1234),
        ("1000000000000", "USD", 10**14),
    ],
)
def test_amounts_are_whole_minor_units(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("100.50", "JPY"),
        ("0.001", "USD"),
        ("1.0001", "KWD"),
        ("0", "USD"),
        ("-5", "USD"),
        ("1,000.00", "USD"),
        ("1e3", "USD"),
        ("1_000", "USD"),
        (" 1", "USD"),
        ("+1", "USD"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
        ("٣", "USD"),
        ("", "USD"),
        ("1.", "USD"),
        (".5", "USD"),
        ("1\n", "USD"),
        ("1000000000000.01", "USD"),
    ],
)
def test_what_is_not_a_plain_amount_above_zero_is_refused(text: str, currency: str) -> None:
    with pytest.raises(Refused):
        parse_amount(text, currency)


def test_amounts_are_written_with_all_the_digits_of_their_currency() -> None:
    written = [amount_text(5), amount_text(-5), amount_text(0), amount_text(7, "JPY"), amount_text(-7, "KWD")]
    assert written == ["0.05", "-0.05", "0.00", "7", "-0.007"]


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2024-W01-1", "20260101", "2026-1-1", "1999-12-31", "2026-01-01 ", ""]
)
def test_a_day_in_any_other_form_or_before_2000_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_day(text)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "202601", "1999-12", "2026-01-01", ""])
def test_a_month_in_any_other_form_or_before_2000_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_month(text)


def test_days_and_months_are_read_as_they_are_written() -> None:
    assert parse_day("2024-02-29") == date(2024, 2, 29)
    assert parse_month("2026-04") == month("2026-04")
    assert parse_month("2000-01") == month("2000-01")


# R2 Splitting


@pytest.mark.parametrize(
    ("cents", "weights", "parts"),
    [
        # Exact sixths of a dollar: 16.66 each is 4 cents short; all fractions alike, so the first four get one.
        (100, (1, 1, 1, 1, 1, 1), (17, 17, 17, 17, 16, 16)),
        # 0.6667 and 0.3333: the missing cent goes to the largest fraction, not to the first part.
        (1, (1, 2), (0, 1)),
        # Halves tie: the earlier outcome takes the cent.
        (1, (1, 1), (1, 0)),
        (5, (1, 1), (3, 2)),
        # 2.5, 2.5 and 5: two fractions tie, the third has none.
        (10, (1, 1, 2), (3, 2, 5)),
        (0, (1, 1), (0, 0)),
        (7, (0, 1, 0), (0, 7, 0)),
    ],
)
def test_missing_cents_go_one_each_to_the_largest_fractions(
    cents: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert split(cents, weights) == parts


def test_a_negative_amount_splits_as_the_mirror_of_the_positive_one() -> None:
    assert split(-5, (1, 1)) == (-3, -2)
    assert split(-3914300, (1658, 5126, 1916, 1300)) == (-648991, -2006470, -749980, -508859)


def test_nothing_can_be_split_by_weights_that_are_all_zero_or_negative() -> None:
    for weights in ((0, 0), (2, -1)):
        with pytest.raises(ValueError, match="weights"):
            split(100, weights)


# R3 Requirement


def test_under_basis_amounts_the_published_dollars_are_the_requirement() -> None:
    seen = report("2026-01-31", basis="amounts")
    required = [shown(seen.cell(code, month("2026-01")).required) for code in CODES]
    assert required == ["6,490.00", "20,054.00", "7,502.00", "5,097.00"]


def test_under_basis_amounts_core_money_is_split_by_the_amounts() -> None:
    # 391.43 is a hundredth of the monthly total, so each outcome takes a hundredth of its amount,
    # and programme support takes 5,097 / 39,143 of money for O2.
    seen = report(
        "2026-01-31",
        basis="amounts",
        receipts="""
            reference | donor  | received   | amount | earmark
            R1        | Norway | 2026-01-15 | 391.43 | core
            R2        | Norway | 2026-01-15 | 391.43 | O2
        """,
    )
    assert_items(
        seen,
        """
        reference | O1    | O2     | O3    | PS
        R1        | 64.90 | 200.54 | 75.02 | 50.97
        R2        |       | 340.46 |       | 50.97
        """,
    )


NEW_BUDGET = """
    number | effective | adopted    | total     | basis  | shares                  | amounts
    2      | 2026-07   | 2026-05-20 | 40,000.00 | shares | 20.00 50.00 20.00 10.00 | 8,000 20,000 8,000 4,000
"""


def test_a_later_budget_version_is_not_used_before_it_was_adopted() -> None:
    seen = report("2026-05-19", budget=NEW_BUDGET)
    assert_cells(seen, "O1", "month | required \n 2026-06 to 2026-08 | 6,489.91")
    assert_total(seen, "required \n 2,583,438.00")


def test_from_its_adoption_a_later_budget_version_holds_from_its_effective_month_on() -> None:
    seen = report("2026-05-20", budget=NEW_BUDGET)
    assert_cells(
        seen, "O1", "month | required \n 2026-06 | 6,489.91 \n 2026-07 | 8,000.00 \n 2031-06 | 8,000.00"
    )
    # Six months at 39,143 and sixty at 40,000.
    assert_total(seen, "required \n 2,634,858.00")


def test_the_highest_numbered_version_holds_even_where_another_is_effective_later() -> None:
    seen = report(
        "2026-06-30",
        budget=NEW_BUDGET
        + """
            3 | 2026-05 | 2026-05-25 | 50,000.00 | shares | 20.00 50.00 20.00 10.00 | 10,000 25,000 10,000 5,000
        """,
    )
    assert_cells(
        seen, "O1", "month | required \n 2026-04 | 6,489.91 \n 2026-05 | 10,000.00 \n 2026-07 | 10,000.00"
    )


def test_a_contribution_is_split_once_by_the_version_of_its_first_covered_month() -> None:
    seen = report(
        "2026-06-30",
        budget=NEW_BUDGET,
        receipts="""
            reference | donor  | received   | amount | from
            R1        | Norway | 2026-06-10 | 100.00 |
            R2        | Norway | 2026-06-10 | 100.00 | 2026-07
        """,
    )
    assert_items(
        seen,
        """
        reference | O1    | O2    | O3    | PS
        R1        | 16.58 | 51.26 | 19.16 | 13.00
        R2        | 20.00 | 50.00 | 20.00 | 10.00
        """,
    )


def test_before_its_adoption_a_version_does_not_split_money_either() -> None:
    seen = report(
        "2026-05-19",
        budget=NEW_BUDGET,
        receipts="""
            reference | donor  | received   | amount | from
            R2        | Norway | 2026-05-10 | 100.00 | 2026-07
        """,
    )
    assert_items(seen, "reference | O1 | O2 | O3 | PS \n R2 | 16.58 | 51.26 | 19.16 | 13.00")


def test_a_version_may_change_the_basis() -> None:
    seen = report(
        "2026-06-30",
        budget="""
            number | effective | adopted    | total     | basis   | shares                  | amounts
            2      | 2026-07   | 2026-05-20 | 39,143.00 | amounts | 16.58 51.26 19.16 13.00 | 6,490 20,054 7,502 5,097
        """,
    )
    assert_cells(seen, "PS", "month | required \n 2026-06 | 5,088.59 \n 2026-07 | 5,097.00")


def test_a_month_without_any_budget_version_is_a_programme_set_up_wrongly() -> None:
    facts = book()
    without = type(facts)(facts.programme, (), facts.rates)
    with pytest.raises(NoBudget):
        position(without, day("2026-01-31"))


# R4 Earmark to weights: 100.00 dollars of each


@pytest.mark.parametrize(
    ("earmark", "parts"),
    [
        ("core", "16.58 51.26 19.16 13.00"),
        ("O2", "0 87.00 0 13.00"),
        # 87.00 x 16.58 / 67.84 = 21.2627, 87.00 x 51.26 / 67.84 = 65.7373: the missing cent to the larger fraction.
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
    # Three times 0.01: each cent goes to O2, the largest fraction of each split; one split of 0.03 would give O1 one.
    seen = report(
        "2026-01-31",
        pledges="""
            reference | donor  | amount | pledged    | instalments
            P1        | Norway | 0.03   | 2026-01-10 | 0.01 on 2026-01-10; 0.01 on 2026-01-11; 0.01 on 2026-01-12
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


# R5 Exchange

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
    # of P2: 0.8000 (signed in March) = 9,000.00. As of February P2 was not yet signed, and all rates were 0.9000.
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


# R5 Refunds

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
    # A comes before B on the same day: A takes its share (40 of 100, 0.40), B states 0.80 and gets the 0.60 left.
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


# R6 Coverage window


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
            reference | donor | amount | pledged    | from    | until   | instalments
            P1        | Chile | 300.00 | 2026-01-10 | 2026-02 | 2026-12 | 100 on 2026-03-15; 100 on 2026-06-20; 100 on 2026-09-15
            P2        | Chile | 100.00 | 2026-01-10 | 2026-08 |         |
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
            reference | donor | amount | pledged    | from    | instalments
            P1        | Chile | 100.00 | 2026-01-10 | 2027-01 | 100 on 2026-09-15
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


# R7 Open amount


def test_receipts_settle_instalments_in_order_of_due_date_however_they_were_listed() -> None:
    seen = report(
        "2026-06-30",
        pledges="""
            reference | donor  | amount | pledged    | instalments
            P1        | Norway | 600.00 | 2026-01-10 | 300 on 2026-09-01; 100 on 2026-02-01; 200 on 2026-05-01
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
    # 12,500.00 x 0.8000 = 10,000 EUR. At the base of 0.9000 these were 11,111.11: 12,480 + 20 - 11,111.11 = 1,388.89.
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
        receipts="reference | donor | received | amount | pledge \n R1 | France | 2026-03-10 | 4,000 EUR | P1",
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
        receipts="reference | donor | received | amount | pledge \n R1 | Norway | 2026-01-15 | 12,000.00 | P1",
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
    assert [item.reference for item in seen.items] == [
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
    # As of 28 February the pledge of March is not counted; its receipt already has its earmark and its window.
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


# R8 Coverage (waterfall): 5,088.59 of programme support a month


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
    # All windows start in June, the as-of month. "P10@…" stands before "P1@…": the digit 0 comes before the sign @.
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


# R9 Cell


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
        receipts="reference | donor | received | amount | earmark \n R1 | Norway | 2026-01-15 | 5,087.60 | PS",
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


# R10 As of


def test_a_report_uses_receipts_and_refunds_up_to_and_including_its_day() -> None:
    tables = {
        "receipts": "reference | donor | received | amount \n R1 | Norway | 2026-02-10 | 100.00",
        "refunds": "reference | receipt | refunded | amount \n X1 | R1 | 2026-03-10 | 40.00",
    }
    by_day = {
        as_of: shown(report(as_of, **tables).total.received)
        for as_of in ("2026-02-09", "2026-02-10", "2026-03-09", "2026-03-10")
    }
    assert by_day == {"2026-02-09": "", "2026-02-10": "100.00", "2026-03-09": "100.00", "2026-03-10": "60.00"}


def test_a_refund_dated_later_does_not_open_a_pledge_earlier() -> None:
    tables = {
        "pledges": "reference | donor | amount | pledged \n P1 | Norway | 100.00 | 2026-01-10",
        "receipts": "reference | donor | received | amount | pledge \n R1 | Norway | 2026-02-10 | 100.00 | P1",
        "refunds": "reference | receipt | refunded | amount \n X1 | R1 | 2026-03-10 | 40.00",
    }
    assert_pledges(report("2026-02-09", **tables), "pledge | open \n P1 | 100.00")
    assert_pledges(report("2026-03-09", **tables), "pledge | open \n P1 |")
    assert_pledges(report("2026-03-10", **tables), "pledge | open \n P1 | 40.00")


# R11 Trace


def test_new_money_leaves_the_trace_of_earlier_months_as_it_was() -> None:
    # R2 came in March with a window that ends sooner, so from March on it is spent before R1; January and February stay.
    first = "reference | donor | received | amount | earmark | until \n R1 | Norway | 2026-01-05 | 15,265.77 | PS |"
    second = first + "\n R2 | Chile | 2026-03-05 | 5,088.59 | PS | 2026-03"
    before = """
        reference | month   | amount
        R1        | 2026-01 | 5,088.59
        R1        | 2026-02 | 5,088.59
        R1        | 2026-03 | 5,088.59
    """
    after = """
        reference | month   | amount
        R1        | 2026-01 | 5,088.59
        R1        | 2026-02 | 5,088.59
        R2        | 2026-03 | 5,088.59
        R1        | 2026-04 | 5,088.59
    """
    assert_trace(report("2026-03-31", receipts=first), before)
    assert_trace(report("2026-03-31", receipts=second), after)


def test_traced_and_unused_money_of_a_receipt_add_up_to_its_dollars_less_refunds() -> None:
    seen = report(
        "2026-02-28",
        receipts="""
            reference | donor  | received   | amount     | until
            R1        | Norway | 2026-01-05 | 100,000.00 | 2026-02
        """,
        refunds="reference | receipt | refunded | amount \n X1 | R1 | 2026-02-10 | 0.01",
    )
    assert shown(sum(row.amount for row in seen.trace if row.reference == "R1")) == "99,999.99"
    assert_beside(seen, "lens | unused \n received | 21,713.99")


# Refusals keep their reason


def test_a_refusal_says_what_is_wrong() -> None:
    with pytest.raises(Refused) as refused:
        parse_decimal("1,5")
    assert [problem.code for problem in refused.value.problems] == ["not_a_decimal"]
    with pytest.raises(NoRate) as no_rate:
        Rates().in_force("EUR", date(2026, 1, 1))
    assert no_rate.value.problems[0].facts == {"currency": "EUR", "day": "2026-01-01"}


def _columns(parts: str) -> str:
    """`0 87.00 0 13.00` as four columns, blank for nothing."""
    return " | ".join("" if part == "0" else part for part in parts.split())
