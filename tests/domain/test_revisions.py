"""A budget version from text: shares that are a whole, amounts that add up, and what it changes (R2, R3)."""

from datetime import date

import pytest

from tests.domain.book import CODES, month
from tests.importing.desk import PROGRAMME, TODAY
from tracker.domain.budget import BudgetVersion
from tracker.domain.register import Register
from tracker.domain.revisions import InForce, as_typed, in_force, read_revision, requirements

FIRST = BudgetVersion(
    1,
    month("2026-01"),
    None,
    3_914_300,
    "shares",
    (165_800, 512_600, 191_600, 130_000),
    (649_000, 2_005_400, 750_200, 509_700),
)
RAW = {
    "effective_month": "2026-09",
    "adopted_on": "2026-06-10",
    "monthly_total": "42000",
    "basis": "shares",
    "reason": "Two workshops a year",
    **dict(zip([f"share_{code}" for code in CODES], ("16.5", "50.5", "20", "13"), strict=True)),
}
AMOUNTS = dict(zip([f"amount_{code}" for code in CODES], ("7000", "21000", "8500", "5500"), strict=True))


def read(raw: dict[str, str], closed: frozenset[int] = frozenset()) -> BudgetVersion | None:
    return read_revision(raw, Register(PROGRAMME, TODAY, closed=closed), [FIRST]).entry  # type: ignore[arg-type]


def wrong(raw: dict[str, str], closed: frozenset[int] = frozenset()) -> list[tuple[str, str]]:
    reading = read_revision(raw, Register(PROGRAMME, TODAY, closed=closed), [FIRST])  # type: ignore[arg-type]
    return [(problem.column, problem.code) for problem in reading.problems]


def test_amounts_that_nobody_gives_are_the_total_by_its_shares() -> None:
    version = read(RAW)
    assert version is not None
    assert (version.number, version.adopted_on) == (2, date(2026, 6, 10))
    assert version.amounts_minor == version.requirements_minor == (693_000, 2_121_000, 840_000, 546_000)


def test_shares_have_four_decimals_and_the_missing_cent_goes_to_the_largest_fraction() -> None:
    shares = {"share_O1": "16.5812", "share_O2": "51.2588", "share_O3": "19.16", "share_PS": "13"}
    version = read({**RAW, **shares, "monthly_total": "40000.01"})
    assert version is not None
    assert version.share_units == (165_812, 512_588, 191_600, 130_000)
    assert version.amounts_minor == (663_248, 2_050_353, 766_400, 520_000)


def test_given_amounts_count_where_the_version_counts_by_amounts() -> None:
    version = read({**RAW, **AMOUNTS, "basis": "amounts"})
    assert version is not None
    assert version.requirements_minor == (700_000, 2_100_000, 850_000, 550_000) == version.weights


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"effective_month": ""}, "effective_month", "missing"),
        ({"effective_month": "2025-12"}, "effective_month", "outside_programme"),
        ({"effective_month": "2031-07"}, "effective_month", "outside_programme"),
        ({"effective_month": "9/2026"}, "effective_month", "not_a_month"),
        ({"adopted_on": ""}, "adopted_on", "missing"),
        ({"adopted_on": "2026-06-16"}, "adopted_on", "adopted_in_future"),
        ({"adopted_on": "2026-02-30"}, "adopted_on", "no_such_day"),
        ({"monthly_total": "0"}, "monthly_total", "not_above_zero"),
        ({"monthly_total": "42,000"}, "monthly_total", "not_a_decimal"),
        ({"monthly_total": "1e4"}, "monthly_total", "not_a_decimal"),
        ({"basis": "guess"}, "basis", "not_one_of"),
        ({"basis": ""}, "basis", "not_one_of"),
        ({"reason": " "}, "reason", "missing"),
        ({"reason": "a\x00b"}, "reason", "control_character"),
        ({"share_O1": ""}, "share_O1", "missing"),
        ({"share_O1": "16.50001"}, "share_O1", "share_too_fine"),
        ({"share_O1": "-16.5"}, "share_O1", "share_outside"),
        ({"share_O1": "116.5"}, "share_O1", "share_outside"),
        ({"share_O1": "١٦.٥"}, "share_O1", "not_a_decimal"),
        ({"share_O1": "16.5001"}, "share_PS", "shares_not_100"),
        ({**AMOUNTS, "amount_O1": ""}, "amount_O1", "missing"),
        ({**AMOUNTS, "amount_O1": "7000.01"}, "amount_PS", "amounts_not_the_total"),
        ({**AMOUNTS, "amount_O1": "7000.005"}, "amount_O1", "too_many_decimals"),
    ],
)
def test_what_is_wrong_is_named_beside_its_field(changed: dict[str, str], column: str, code: str) -> None:
    assert (column, code) in wrong({**RAW, **changed})


def test_a_version_is_not_adopted_in_a_closed_month() -> None:
    may = frozenset({month("2026-05")})
    assert wrong({**RAW, "adopted_on": "2026-05-31"}, may) == [("adopted_on", "month_closed")]
    assert not wrong({**RAW, "effective_month": "2026-05"}, may)


def test_a_month_that_is_over_is_asked_about() -> None:
    register = Register(PROGRAMME, TODAY)
    assert not read_revision({**RAW, "effective_month": "2026-06"}, register, [FIRST]).questions
    asked = read_revision({**RAW, "effective_month": "2026-05"}, register, [FIRST]).questions
    assert [question.code for question in asked] == ["budget_retroactive"]


def test_the_highest_number_is_in_force_from_its_month_on() -> None:
    second = read({**RAW, "effective_month": "2027-01"})
    assert second is not None
    runs = in_force(PROGRAMME, (FIRST, second), TODAY)
    assert runs == (
        InForce(1, month("2026-01"), month("2026-12")),
        InForce(2, month("2027-01"), month("2031-06")),
    )
    assert in_force(PROGRAMME, (FIRST, second), date(2026, 6, 9)) == (
        InForce(1, month("2026-01"), month("2031-06")),
    )
    # 12 months of 6,489.91 and 54 of 6,930.00
    assert requirements(PROGRAMME, (FIRST, second), TODAY)[0] == 12 * 648_991 + 54 * 693_000


def test_a_form_starts_from_the_version_before() -> None:
    texts = as_typed(FIRST, CODES)
    assert texts["share_O2"] == "51.26"
    assert texts["amount_PS"] == "5097.00"
    assert texts["monthly_total"] == "39143.00"
