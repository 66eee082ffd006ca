"""The bridge of a living database: a frozen earlier state, and fifty changes after it."""

from datetime import date, timedelta
from random import Random

from tests.data.conftest import TODAY
from tests.data.test_known import START, at, one_change, open_books
from tests.domain.test_changes_properties import assert_bridges
from tracker.domain.changes import KINDS, changes
from tracker.queries.changes import Earlier, changes_of, entries_between, first_known, hidden_donors
from tracker.queries.known import Known, known_at, newest_known
from tracker.queries.position import facts_of
from tracker.queries.report import load_report
from tracker.services.records import Desk, amend_donor

LATER = date(2027, 3, 31)


def fifty_changes(desk: Desk) -> list[Known]:
    """What was known before each of them, and after the last."""
    open_books(desk)
    chance, known = Random(8), []
    for number in range(50):
        known.append(newest_known(desk.session, desk.programme_id, START + timedelta(minutes=number)))
        one_change(at(desk, 1 + number), chance, number)
    return [*known, newest_known(desk.session, desk.programme_id, START + timedelta(minutes=51))]


def test_the_bridge_from_a_frozen_state_is_a_full_recomputation_line_by_line(desk: Desk) -> None:
    known = fifty_changes(desk)
    session, here = desk.session, desk.programme_id
    now = facts_of(session, here)
    kinds: set[str] = set()
    for then in known[:50:7]:
        before = facts_of(session, here, then)
        for before_on, after_on in ((date(2026, 3, 31), TODAY), (TODAY, LATER), (TODAY, TODAY)):
            found = changes_of(session, here, Earlier(before_on, then), after_on, None)
            assert_bridges(found, before, now)
            assert found == changes(before, before_on, now, after_on)
            kinds |= {line.kind for line in found.lines if any(line.moved)}
    assert kinds >= {"corrections", "exchange", "pledges", "receipts", "refunds", "time"}, kinds


def test_what_was_kept_is_not_told_once_more_is_known(desk: Desk) -> None:
    open_books(desk)
    session, here = desk.session, desk.programme_id
    earlier = Earlier(TODAY, newest_known(session, here, START))
    empty = changes_of(session, here, earlier, TODAY, None)
    assert not any(line.records for line in empty.lines)
    assert changes_of(session, here, earlier, TODAY, None) is empty
    chance = Random(3)
    for number in range(6):
        one_change(at(desk, 1 + number), chance, number)
    again = changes_of(session, here, earlier, TODAY, None)
    assert [line.kind for line in again.lines if line.records] == ["corrections"]


def test_a_report_held_against_an_earlier_state_ends_where_the_report_stands(desk: Desk) -> None:
    known = fifty_changes(desk)
    session, here = desk.session, desk.programme_id
    earlier = Earlier(date(2026, 3, 31), known[20])
    report = load_report(session, here, TODAY, START, known[40], earlier)
    since, total = report.since, report.position.total
    assert since is not None
    assert since.anchor == known[20].anchor
    after = since.changes.after
    assert (after.ahead, after.lapsed, after.received) == (total.ahead, total.lapsed, total.received)
    assert sum(one.ahead for one in since.by_outcome.values()) == since.changes.before.ahead
    assert [line.kind for line in since.changes.lines] == list(KINDS)
    assert load_report(session, here, TODAY, START, known[40]).since is None


def test_the_entries_between_two_states_are_those_of_the_trail(desk: Desk) -> None:
    known = fifty_changes(desk)
    session, here = desk.session, desk.programme_id
    numbers = [n for found in entries_between(session, here, known[10], known[30]).values() for n in found]
    assert sorted(numbers) == list(range(known[10].seq + 1, known[30].seq + 1))
    assert entries_between(session, here, known[-1], known[-1]) == {}
    first = first_known(session, here)
    assert first is not None
    assert known_at(session, here, first) is not None
    assert known_at(session, here, first - timedelta(microseconds=1)) is None


def test_who_is_anonymous_now_is_so_in_what_is_told_of_the_past(desk: Desk) -> None:
    open_books(desk)
    session, here = desk.session, desk.programme_id
    then = newest_known(session, here, START)
    version = desk.store().find("donors", "CHL").version
    raw = {"code": "CHL", "name": "Chile", "kind": "government", "anonymous": "yes"}
    amend_donor(at(desk, 3), code="CHL", version=version, raw=raw)
    assert hidden_donors(session, here, then) == frozenset()
    assert hidden_donors(session, here, then, None) == {"CHL"}
    since = load_report(session, here, TODAY, START, then, Earlier(TODAY, then)).since
    assert since is not None
    assert since.donors["CHL"].anonymous
