"""Schedules made by rule re-add, have one instalment a day, and leave what was paid as it was."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_properties import examples
from tracker.domain.contributions import Instalment, Pledge
from tracker.domain.problems import Refused
from tracker.domain.schedules import (
    Equal,
    equal_parts,
    months_later,
    paid_parts,
    read_days,
    read_equal,
    rebuilt,
    spread_rest,
)

TODAY = date(2026, 6, 15)
days = st.dates(date(2026, 1, 1), date(2031, 6, 30))
amounts = st.integers(1, 10**12)
some_days = st.lists(days, min_size=1, max_size=12, unique=True)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Instalment, ...]:
    return tuple(Instalment(day, draw(amounts)) for day in sorted(draw(some_days)))


def total(schedule: tuple[Instalment, ...]) -> int:
    return sum(one.amount_minor for one in schedule)


def pledge_of(schedule: tuple[Instalment, ...], amount: int) -> Pledge:
    return Pledge("P", "FR", "EUR", amount, date(2026, 1, 1), instalments=schedule)


def holds(schedule: tuple[Instalment, ...], amount: int) -> None:
    due = [one.due_on for one in schedule]
    assert total(schedule) == amount
    assert len(set(due)) == len(due)
    assert due == sorted(due)
    assert all(one.amount_minor > 0 for one in schedule)


def test_the_last_of_equal_instalments_takes_the_rounding() -> None:
    parts = equal_parts(10_000, Equal(3, date(2026, 8, 31), 6).days)
    assert [(i.due_on.isoformat(), i.amount_minor) for i in parts] == [
        ("2026-08-31", 3_333),
        ("2027-02-28", 3_333),
        ("2027-08-31", 3_334),
    ]


@examples(150)
@given(amounts, some_days)
def test_equal_parts_re_add_and_differ_by_the_rounding_alone(amount: int, on: list[date]) -> None:
    if amount < len(on):
        with pytest.raises(Refused):
            equal_parts(amount, on)
        return
    parts = equal_parts(amount, on)
    holds(parts, amount)
    assert len({one.amount_minor for one in parts[:-1]}) <= 1
    assert 0 <= parts[-1].amount_minor - amount // len(on) < len(on)


@examples(200)
@given(schedules(), st.integers(0, 10**13), some_days)
def test_a_rest_spread_anew_leaves_what_was_paid(
    schedule: tuple[Instalment, ...], settled: int, on: list[date]
) -> None:
    amount = total(schedule)
    kept = paid_parts(schedule, settled)
    assert total(kept) == min(settled, amount)
    if amount - total(kept) < len(on):
        with pytest.raises(Refused):
            spread_rest(pledge_of(schedule, amount), settled, on)
        return
    made = spread_rest(pledge_of(schedule, amount), settled, on)
    holds(made, amount)
    by_day = {one.due_on: one.amount_minor for one in made}
    assert all(by_day[one.due_on] >= one.amount_minor for one in kept)
    assert set(by_day) == {one.due_on for one in kept} | set(on)


@examples(300)
@given(schedules(), st.integers(0, 10**13), amounts)
def test_a_schedule_rebuilt_for_another_amount_keeps_its_paid_parts(
    schedule: tuple[Instalment, ...], settled: int, amount: int
) -> None:
    made = rebuilt(schedule, settled, amount, TODAY)
    holds(made, amount)
    kept = paid_parts(schedule, settled)
    by_day = {one.due_on: one.amount_minor for one in made}
    if amount >= total(kept):
        assert all(by_day[one.due_on] >= one.amount_minor for one in kept)
        paid_in_full = [one for one in kept if one in schedule]
        assert all(one in made for one in paid_in_full)
    else:
        assert made == paid_parts(kept, amount)


@examples(50)
@given(schedules(), st.integers(0, 10**13))
def test_the_same_amount_changes_nothing(schedule: tuple[Instalment, ...], settled: int) -> None:
    assert rebuilt(schedule, settled, total(schedule), TODAY) == schedule


def test_a_pledge_that_is_paid_and_grows_gets_one_more_instalment_on_a_free_day() -> None:
    paid = (Instalment(TODAY, 500),)
    assert rebuilt(paid, 500, 800, TODAY) == (*paid, Instalment(TODAY + timedelta(days=1), 300))


def test_the_same_day_some_months_on_stays_in_its_month() -> None:
    assert months_later(date(2027, 10, 31), 4) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("number", "", "missing"),
        ("number", "0", "not_a_count"),
        ("number", "61", "not_a_count"),
        ("number", "four", "not_a_count"),
        ("number", "٤", "not_a_count"),
        ("every_months", "-1", "not_a_count"),
        ("first_due_on", "soon", "not_a_day"),
        ("first_due_on", "9999-12-31", "no_such_day"),
    ],
)
def test_what_is_not_a_plan_of_equal_parts_is_refused(column: str, text: str, code: str) -> None:
    raw = {"number": "4", "first_due_on": "2026-09-30", "every_months": "3", column: text}
    assert [(p.column, p.code) for p in read_equal(raw).problems] == [(column, code)]


def test_days_are_read_a_line_each_or_between_commas_and_once() -> None:
    read = read_days({"days": "2027-01-31\r\n2026-09-30, 2026-10-31"})
    assert read.entry == (date(2026, 9, 30), date(2026, 10, 31), date(2027, 1, 31))
    assert [p.code for p in read_days({"days": "2027-01-31 2027-01-31"}).problems] == ["day_twice"]
    assert [p.code for p in read_days({"days": ""}).problems] == ["missing"]
