"""The bridge between any two papers re-adds to the cent, and starts and ends at their positions."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.random_books import FIRST, Book, books, day_in
from tests.domain.test_properties import examples
from tests.domain.test_statement_properties import two_states
from tracker.domain.changes import KINDS, Changes, Standing, changes
from tracker.domain.contributions import Facts
from tracker.domain.position import position

days = st.builds(day_in, st.integers(FIRST - 1, FIRST + 14), st.sampled_from((1, 15, 28)))


def standing(facts: Facts, as_of: date) -> Standing:
    total = position(facts, as_of).total
    return Standing(total.required, total.received, total.signed, total.pledged, total.ahead, total.lapsed)


def assert_bridges(found: Changes, before: Facts, after: Facts) -> None:
    assert found.before == standing(before, found.before_on)
    assert found.after == standing(after, found.after_on)
    assert tuple(line.kind for line in found.lines) == KINDS
    total = found.before
    for line in found.lines:
        by_records = Standing()
        for record in line.records:
            by_records = by_records.plus(record.moved)
        assert by_records == line.moved
        total = total.plus(line.moved)
        assert line.moved.required == sum(line.moved[1:])
    assert total == found.after


@examples(150)
@given(two_states(), days, st.integers(0, 400))
def test_the_lines_add_up_from_one_paper_to_the_next(
    states: tuple[Facts, Facts], before_on: date, length: int
) -> None:
    before, after = states
    after_on = before_on + timedelta(days=length)
    assert_bridges(changes(before, before_on, after, after_on), before, after)


@examples(100)
@given(books(), days, st.integers(0, 400))
def test_without_new_knowledge_nothing_is_a_correction(book: Book, before_on: date, length: int) -> None:
    facts = book.facts
    found = changes(facts, before_on, facts, before_on + timedelta(days=length))
    assert_bridges(found, facts, facts)
    assert not found.lines[KINDS.index("corrections")].records


@examples(60)
@given(two_states(), days)
def test_on_one_day_everything_is_a_correction(states: tuple[Facts, Facts], day: date) -> None:
    before, after = states
    found = changes(before, day, after, day)
    assert [line.kind for line in found.lines if line.records] in ([], ["corrections"])


@examples(80)
@given(two_states(), days, st.integers(0, 400), st.integers(0, 5))
def test_a_bridge_by_line_gives_the_same_lines(
    states: tuple[Facts, Facts], before_on: date, length: int, most: int
) -> None:
    before, after = states
    after_on = before_on + timedelta(days=length)
    whole = changes(before, before_on, after, after_on)
    by_line = changes(before, before_on, after, after_on, most)
    assert (by_line.before, by_line.after) == (whole.before, whole.after)
    assert [(line.kind, line.moved) for line in by_line.lines] == [
        (line.kind, line.moved) for line in whole.lines
    ]
    if by_line.by_record:
        assert by_line == whole
        return
    for line, full in zip(by_line.lines, whole.lines, strict=True):
        assert not any(any(record.moved) for record in line.records)
        if any(full.moved):
            assert {r.reference for r in full.records} <= {r.reference for r in line.records}
