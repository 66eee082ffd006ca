"""`tracker workbook --since`: the workbook held against an earlier day and what was known of it."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.cli.conftest import Tracker


def test_the_workbook_says_what_changed_since_a_day(example_b: Tracker, tmp_path: Path) -> None:
    out = tmp_path / "since.xlsx"
    example_b("workbook", out, "--as-of", "2026-06-15", "--since", "2026-03-31")
    rows = CalamineWorkbook.from_path(out).get_sheet_by_name("Changes").to_python()
    assert rows[0][0] == "Changes since 31 March 2026"
    now = example_b.json("position", "--as-of", "2026-06-15", "--format", "json")
    then = example_b.json("position", "--as-of", "2026-03-31", "--format", "json")
    assert f"{rows[5][4]:.2f}" == then["totals"]["gap_ahead"]
    assert f"{rows[16][4]:.2f}" == now["totals"]["gap_ahead"]
    example_b("workbook", out, "--as-of", "2026-06-15")
    assert CalamineWorkbook.from_path(out).get_sheet_by_name("Changes").to_python()[0][0] == (
        "Changes: the opening figures"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "2026-06-16"), "not after the workbook's own"),
        (("--since", "31.3.2026"), "--since"),
        (("--since-known-at", "2026-01-01"), "Say of which day"),
        (("--since", "2026-03-31", "--since-known-at", "2020-01-01"), "Nothing had been recorded by then"),
        (("--since", "2026-03-31", "--since-known-at", "2099-01-01"), "--since-known-at"),
    ],
)
def test_an_earlier_state_that_cannot_be_is_wrong_usage(
    example_b: Tracker, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    result = example_b("workbook", tmp_path / "x.xlsx", "--as-of", "2026-06-15", *options, status=2)
    assert words in result.stderr
    assert not (tmp_path / "x.xlsx").exists()
