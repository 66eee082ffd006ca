"""Budget versions adopted: audited whole, each month by its own, what was known before untouched."""

import json
from datetime import date

import pytest
from sqlalchemy import select

from tests.data.conftest import TODAY
from tracker.domain.months import parse_month
from tracker.domain.position import Position
from tracker.domain.problems import Refused
from tracker.models import AuditEntry
from tracker.queries.facts import load_facts
from tracker.queries.known import newest_known
from tracker.queries.position import position_of
from tracker.queries.programmes import load_programme, load_versions
from tracker.queries.proofs import prove
from tracker.queries.revisions import preview_revision
from tracker.reporting.budgets import budget_views, revision_view
from tracker.services.budgets import adopt_version
from tracker.services.closings import close_month
from tracker.services.records import Desk, Questioned, record_donor, record_receipt

NEW = {
    "effective_month": "2026-03",
    "adopted_on": "2026-06-15",
    "monthly_total": "42000",
    "basis": "shares",
    "reason": "Two workshops a year\nGCG, 22nd meeting",
    **{"share_O1": "16.5", "share_O2": "50.5", "share_O3": "20", "share_PS": "13"},
}
PUBLISHED = {
    **{"share_O1": "16.58", "share_O2": "51.26", "share_O3": "19.16", "share_PS": "13"},
    **{"amount_O1": "6490", "amount_O2": "20054", "amount_O3": "7502", "amount_PS": "5097"},
    "monthly_total": "39143",
}


@pytest.fixture
def example_a(desk: Desk) -> Desk:
    """Worked example A: one receipt of 120,000.00 on 15 January 2026, core."""
    record_donor(desk, raw={"code": "FRA", "name": "France"})
    raw = {"reference": "R1", "donor": "FRA", "received_on": "2026-01-15", "currency": "USD"}
    record_receipt(desk, raw={**raw, "amount": "120000"})
    return desk


def book(desk: Desk, day: date = TODAY) -> Position:
    return position_of(desk.session, desk.programme_id, day)


def gaps(found: Position, month: str) -> list[int]:
    return [found.cell(code, parse_month(month)).gap for code in found.programme.codes]


def test_each_month_is_held_against_its_own_version(example_a: Desk) -> None:
    assert adopt_version(example_a, raw=NEW, confirmed=True).number == 2
    found = book(example_a)
    # 2 months of 39,143.00 and 64 of 42,000.00; the receipt keeps the split of January's version
    assert found.total.required == 276_628_600
    assert gaps(found, "2026-02") == [0, 0, 0, 0]
    assert gaps(found, "2026-03") == [1_382, 0, 40_760, 3_718]
    assert gaps(found, "2026-04") == [693_000, 2_103_740, 840_000, 546_000]
    assert (found.total.gap, found.total.lapsed, found.total.ahead) == (264_628_600, 8_428_600, 256_200_000)
    assert not [p for p in prove(example_a.session, example_a.programme_id, TODAY) if not p.holds]


def test_before_its_adoption_and_as_known_before_nothing_has_changed(example_a: Desk) -> None:
    known = newest_known(example_a.session, example_a.programme_id, example_a.actor.at_utc)
    before, january = book(example_a), book(example_a, date(2026, 1, 31))
    adopt_version(example_a, raw=NEW, confirmed=True)
    assert book(example_a) != before
    assert book(example_a, date(2026, 1, 31)).cells == january.cells
    assert january.total.gap == 246_343_800
    again = load_facts(example_a.session, example_a.programme_id, known.seq)
    assert [version.number for version in again.versions] == [1]
    past = position_of(example_a.session, example_a.programme_id, TODAY, known)
    assert (past.cells, past.trace, past.total) == (before.cells, before.trace, before.total)
    # out of the trail, the newest version is the same as out of the tables
    newest = newest_known(example_a.session, example_a.programme_id, example_a.actor.at_utc)
    versions = load_versions(example_a.session, example_a.programme_id, newest.seq)
    assert versions == load_versions(example_a.session, example_a.programme_id)
    assert len(versions) == 2


def test_one_entry_holds_the_whole_version(desk: Desk) -> None:
    adopt_version(desk, raw={**NEW, "effective_month": "2026-07"})
    query = select(AuditEntry).where(AuditEntry.entity == "budget_version", AuditEntry.action == "adopt")
    (entry,) = desk.session.scalars(query)
    row = json.loads(entry.after or "")
    assert (entry.reference, entry.before, entry.actor) == ("version 2", None, desk.actor.name)
    assert (row["effective_month"], row["adopted_on"], row["basis"]) == ("2026-07", "2026-06-15", "shares")
    assert [line[1:] for line in row["lines"]] == [
        [165_000, 693_000],
        [505_000, 2_121_000],
        [200_000, 840_000],
        [130_000, 546_000],
    ]


def test_a_mistaken_version_is_superseded_and_stays_readable(example_a: Desk) -> None:
    before = book(example_a)
    adopt_version(example_a, raw=NEW, confirmed=True)
    undone = {**NEW, **PUBLISHED, "reason": "Version 2 was a mistake"}
    adopt_version(example_a, raw=undone, confirmed=True)
    after = book(example_a)
    assert (after.cells, after.total) == (before.cells, before.total)
    versions = load_versions(example_a.session, example_a.programme_id)
    third, second, first = budget_views(
        load_programme(example_a.session, example_a.programme_id), versions, TODAY
    )
    assert [len(view.runs) for view in (third, second, first)] == [1, 0, 1]
    assert (first.months_in_force, third.months_in_force) == (2, 64)
    assert [row.change for row in second.rows] == [44_009, 114_530, 90_020, 37_141]
    assert second.version.reason.startswith("Two workshops")


def test_the_preview_says_what_will_be_and_changes_nothing(example_a: Desk) -> None:
    seq = newest_known(example_a.session, example_a.programme_id, example_a.actor.at_utc).seq
    found, problems, questions = preview_revision(example_a.session, example_a.programme_id, TODAY, NEW)
    assert found is not None and not problems
    assert [question.code for question in questions] == ["budget_retroactive"]
    programme = load_programme(example_a.session, example_a.programme_id)
    view = revision_view(programme, found.earlier, found.version, TODAY)
    assert next((row.now, row.then) for row in view.rows) == (648_991, 693_000)
    assert (view.total("whole_now"), view.total("whole_then")) == (258_343_800, 276_628_600)
    assert (view.months, view.over, view.superseded) == (64, 3, ())
    assert (found.comparison.before.total.gap, found.comparison.after.total.gap) == (246_343_800, 264_628_600)
    assert newest_known(example_a.session, example_a.programme_id, example_a.actor.at_utc).seq == seq
    assert found.comparison.before.total == book(example_a).total
    adopt_version(example_a, raw=NEW, confirmed=True)
    assert found.comparison.after.total == book(example_a).total


def test_what_is_wrong_or_not_confirmed_is_not_adopted(desk: Desk) -> None:
    with pytest.raises(Questioned):
        adopt_version(desk, raw=NEW)
    close_month(desk, month="2026-05", raw={"note": "n", "unlisted": "yes"}, confirmed=True)
    for changed in ({"share_PS": "14"}, {"adopted_on": "2026-05-20"}, {"adopted_on": "2026-07-01"}):
        with pytest.raises(Refused):
            adopt_version(desk, raw={**NEW, **changed}, confirmed=True)
    assert len(load_versions(desk.session, desk.programme_id)) == 1
