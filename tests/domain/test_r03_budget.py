"""R3 Requirement, and which budget version holds (section 2).

Every expected figure was worked out by hand from DOMAIN.md.
"""

import pytest

from tests.domain.book import (
    CODES,
    assert_cells,
    assert_items,
    assert_total,
    book,
    day,
    month,
    report,
    shown,
)
from tracker.domain.budget import NoBudget
from tracker.domain.position import position


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
            3 | 2026-05 | 2026-05-25 | 50,000.00 | shares | 20.00 50.00 20.00 10.00 | 10000 25000 10000 5000
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
            number | effective | adopted    | total  | basis   | shares                 | amounts
            2      | 2026-07   | 2026-05-20 | 39,143 | amounts | 16.58 51.26 19.16 13.0 | 6490 20054 7502 5097
        """,
    )
    assert_cells(seen, "PS", "month | required \n 2026-06 | 5,088.59 \n 2026-07 | 5,097.00")


def test_a_month_without_any_budget_version_is_a_programme_set_up_wrongly() -> None:
    facts = book()
    without = type(facts)(facts.programme, (), facts.rates)
    with pytest.raises(NoBudget):
        position(without, day("2026-01-31"))
