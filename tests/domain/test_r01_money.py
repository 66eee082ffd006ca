"""R1 Money and R2 Splitting: whole minor units, and no cent lost or made.

Every expected figure was worked out by hand from DOMAIN.md.
"""

from datetime import date
from fractions import Fraction

import pytest

from tests.domain.book import (
    month,
)
from tracker.domain.money import (
    amount_text,
    currency_digits,
    parse_amount,
    round_half_away,
    split,
)
from tracker.domain.months import parse_day, parse_month
from tracker.domain.problems import Refused


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


# Splitting


@pytest.mark.parametrize(
    ("cents", "weights", "parts"),
    [
        # Sixths of a dollar: 16 cents each is 4 cents short; all fractions alike, so the first four get one.
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
