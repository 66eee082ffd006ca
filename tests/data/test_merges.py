"""Merging two donors on either database: what goes over, what comes back, and that no figure moves."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.data.conftest import TODAY
from tests.data.test_statements import JUNE, MARCH, april, at, bytes_of, draft, dress, give, ps, receipt
from tests.importing.desk import fresh
from tracker.domain.naming import DonorNames
from tracker.domain.problems import Refused
from tracker.importing.flows import Flow, Foreign, Party, bring
from tracker.importing.plan import make_plan
from tracker.importing.rows import Table, Tables, TextRow
from tracker.importing.tables import read_paths
from tracker.models import AuditEntry, Caretaker, Contact, Donor, Note, Pledge, Receipt
from tracker.queries import records
from tracker.queries.directory import donor_entries
from tracker.queries.known import known_at
from tracker.queries.merges import holding, merge_of, merges
from tracker.queries.position import position_of
from tracker.queries.proofs import CLOSED, prove
from tracker.reporting.export import write_folder
from tracker.services import people, users
from tracker.services.closings import close_month
from tracker.services.merges import merge_donors, undo_merge
from tracker.services.receipts import amend_receipt
from tracker.services.records import (
    Desk,
    amend_donor,
    record_donor,
    record_pledge,
    record_receipt,
    void,
)
from tracker.services.statements import issue

__all__ = ["april"]

NORWAY = {"code": "NOR", "name": "Norway", "kind": "government", "country": "NO"}
SECOND = {
    **{"code": "NO-GOV", "name": "Norway, Government of", "kind": "government"},
    "aliases": "Norvège; Norwegian MFA",
}
PLEDGE = {"currency": "USD", "amount": "9000", "pledged_on": "2026-01-20", "donor": "NO-GOV"}
RECEIPT = {"currency": "USD", "amount": "4000", "received_on": "2026-02-20", "donor": "NO-GOV"}
WHY = "One donor: NMFA wrote so."


@pytest.fixture
def norway(desk: Desk) -> Desk:
    """Norway twice on record, with something of everything, and February closed.

    NOR: P1, R1 of it, R0 of none. NO-GOV: P2, R2 and R3 of it; R9 voided; two contacts, notes, caretakers.
    """
    record_donor(desk, raw=NORWAY)
    record_donor(desk, raw=SECOND)
    record_donor(desk, raw={"code": "HUSH", "name": "Secret", "anonymous": "yes"})
    record_donor(desk, raw={"code": "SWE", "name": "Sweden"})
    record_pledge(desk, raw={**PLEDGE, "reference": "P1", "donor": "NOR"})
    record_pledge(desk, raw={**PLEDGE, "reference": "P2", "amount": "20000"}, confirmed=True)
    for reference, donor, pledge in (
        ("R0", "NOR", ""),
        ("R1", "NOR", "P1"),
        ("R2", "NO-GOV", "P2"),
        ("R3", "NO-GOV", "P2"),
        ("R9", "NO-GOV", ""),
    ):
        told = {**RECEIPT, "reference": reference, "donor": donor, "pledge": pledge}
        record_receipt(desk, raw=told, confirmed=True)
    void(desk, "receipts", key="R9", version=1, reason="Twice")
    people.record_contact(desk, donor="NO-GOV", raw={"name": "K. Berg"})
    people.record_note(desk, donor="NO-GOV", raw={"dated_on": "2026-03-01", "text": "a", "pledge": "P2"})
    people.record_note(desk, donor="NO-GOV", raw={"dated_on": "2026-03-02", "text": "b"})
    who = {"actor": desk.actor, "programme_id": desk.programme_id}
    users.add_user(desk.session, email="o@ilo.test", role="officer", name="O", **who)  # type: ignore[arg-type]
    for donor in ("NOR", "NO-GOV"):
        people.record_caretaker(desk, donor=donor, raw={"user": "o@ilo.test"})
    close_month(desk, month="2026-02", raw={"note": "checked", "unlisted": "yes"}, confirmed=True)
    return desk


def version(desk: Desk, code: str) -> int:
    found = holding(desk.session, desk.programme_id, code)
    assert found is not None
    return found.version


def merge(desk: Desk, donor: str = "NO-GOV", into: str = "NOR", **more: object) -> int:
    said = {"version": version(desk, donor), "into_version": version(desk, into), "reason": WHY, **more}
    return merge_donors(desk, donor=donor, into=into, **said)  # type: ignore[arg-type]


def undo(desk: Desk, merge_id: int, **more: object) -> str:
    return undo_merge(desk, merge_id=merge_id, **{"version": 1, "reason": "Two after all.", **more})  # type: ignore[arg-type]


def later(desk: Desk, minute: int = 45) -> Desk:
    moment = datetime(2026, 6, 15, 9, minute, tzinfo=UTC)
    return replace(desk, actor=replace(desk.actor, at_utc=moment))


def owners(desk: Desk) -> dict[str, str]:
    """Whose each pledge and receipt is."""
    found = {e.key: e.pledge.donor for e in records.pledges(desk.session, desk.programme_id)}
    return found | {e.key: e.receipt.donor for e in records.receipts(desk.session, desk.programme_id)}


def whose(desk: Desk, table: type[Contact | Note | Caretaker | Receipt | Pledge]) -> list[str]:
    query = select(Donor.code).join(table, table.donor_id == Donor.id).order_by(table.id)
    return list(desk.session.scalars(query))


def rows(desk: Desk) -> list[tuple[object, ...]]:
    """All that may move, without the versions, which count up."""
    tables = (Donor, Pledge, Receipt, Contact, Note, Caretaker)
    found = []
    for table in tables:
        columns = [column for column in table.__table__.columns if column.name != "version"]
        found += [tuple(row) for row in desk.session.execute(select(*columns).order_by(table.id))]
    return found


def entries(desk: Desk) -> int:
    return desk.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def breaks(desk: Desk) -> list[str]:
    return [f"{p.name}: {p.detail}" for p in prove(desk.session, desk.programme_id, TODAY) if not p.holds]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


# Merging


def test_all_that_belongs_to_a_donor_goes_over_closed_months_or_not(norway: Desk) -> None:
    before = position_of(norway.session, norway.programme_id, TODAY)
    merge(later(norway))
    assert set(owners(norway).values()) == {"NOR"}
    assert set(whose(norway, Receipt)) == set(whose(norway, Pledge)) == {"NOR"}, "voided R9 too"
    assert whose(norway, Contact) == ["NOR"]
    assert whose(norway, Note) == ["NOR", "NOR"]
    assert whose(norway, Caretaker) == ["NOR", "NO-GOV"], "Norway is looked after already"
    after = position_of(norway.session, norway.programme_id, TODAY)
    assert (after.total, after.unused, after.held) == (before.total, before.unused, before.held)
    assert after.cells == before.cells
    assert not breaks(norway)


def test_the_donor_is_no_longer_one_and_all_its_names_are_the_others(norway: Desk) -> None:
    merge(norway)
    found = donor_entries(norway.session, norway.programme_id)
    assert "NO-GOV" not in found
    assert found["NOR"].aliases == ("Norway, Government of", "Norvège", "Norwegian MFA", "NO-GOV")
    names = DonorNames(found.values())
    for said in ("NORWAY; GOVERNMENT OF", "Norvege", "NO-GOV", "norway"):
        known = names.find(said)
        assert known is not None, said
        assert known.code == "NOR", said
    one = merge_of(norway.session, norway.programme_id, "NO-GOV")
    assert one is not None
    assert (one.into, one.reason, one.merged_by) == ("NOR", WHY, norway.actor.name)
    assert (len(one.moved["receipt"]), len(one.moved["pledge"]), len(one.moved["note"])) == (3, 1, 2)


def test_each_row_has_its_entry_and_nothing_but_whose_it_is_changed(norway: Desk) -> None:
    seq = entries(norway)
    merge(norway)
    query = select(AuditEntry).where(AuditEntry.seq > seq).order_by(AuditEntry.seq)
    found = list(norway.session.scalars(query))
    assert [(e.entity, e.reference) for e in found] == [
        ("donor_merge", "NO-GOV"),
        ("donor", "NO-GOV"),
        ("donor", "NOR"),
        ("pledge", "P2"),
        ("receipt", "R2"),
        ("receipt", "R3"),
        ("receipt", "R9"),
        ("contact", "NOR"),
        ("note", "NOR"),
        ("note", "NOR"),
    ]
    assert {e.action for e in found} == {"merge"}
    for entry in found[3:]:
        before, after = json.loads(entry.before or "{}"), json.loads(entry.after or "{}")
        changed = {name for name in after if before[name] != after[name]}
        assert changed == {"donor_id", "version"}


REFUSALS = (
    ("NOR", "NOR", "merge_itself"),
    ("UNIDENTIFIED", "NOR", "merge_unidentified"),
    ("NOR", "UNIDENTIFIED", "merge_unidentified"),
    ("HUSH", "NOR", "merge_anonymous"),
    ("NOR", "HUSH", "merge_anonymous"),
)


@pytest.mark.parametrize(("donor", "into", "code"), REFUSALS)
def test_what_must_not_become_one_is_refused(norway: Desk, donor: str, into: str, code: str) -> None:
    before = entries(norway)
    with pytest.raises(Refused) as refused:
        merge(norway, donor, into)
    assert codes(refused) == [code]
    assert entries(norway) == before


def test_a_merge_needs_a_reason_and_both_donors_as_they_were_looked_at(norway: Desk) -> None:
    old = version(norway, "NOR")
    amend_donor(norway, code="NOR", version=old, raw={**NORWAY, "aliases": "Norge"})
    with pytest.raises(Refused) as refused:
        merge(norway, reason=" ", into_version=old, version=9)
    assert codes(refused) == ["merge_changed", "merge_changed", "missing"]


def test_a_login_that_is_open_keeps_its_donor_until_it_is_disabled(norway: Desk) -> None:
    who = {"actor": norway.actor, "programme_id": norway.programme_id, "email": "k@mfa.test"}
    users.add_user(norway.session, role="donor", donor="NO-GOV", **who)  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        merge(norway)
    assert codes(refused) == ["merge_logins"]
    users.disable_user(norway.session, **who)  # type: ignore[arg-type]
    merge_id = merge(norway)
    with pytest.raises(Refused) as opened:
        users.enable_user(norway.session, **who)  # type: ignore[arg-type]
    assert codes(opened) == ["login_of_no_donor"]
    undo(norway, merge_id)
    users.enable_user(norway.session, **who)  # type: ignore[arg-type]
    assert not breaks(norway)


def test_a_merged_donor_is_merged_no_second_time_and_nothing_goes_into_it(norway: Desk) -> None:
    merge(norway)
    for donor, into in (("NO-GOV", "SWE"), ("SWE", "NO-GOV")):
        with pytest.raises(LookupError):
            merge_donors(norway, donor=donor, into=into, version=1, into_version=1, reason=WHY)


def test_the_donor_others_were_merged_into_is_not_voided(norway: Desk) -> None:
    record_donor(norway, raw={"code": "SWE-2", "name": "Sverige"})
    merge(norway, "SWE-2", "SWE")
    with pytest.raises(Refused) as refused:
        void(norway, "donors", key="SWE", version=version(norway, "SWE"), reason="x")
    assert codes(refused) == ["has_merged"]


# Files and forms that still name it


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("donors", {"code": "NO-GOV", "name": "Norway, Government of"}),
        ("pledges", {**PLEDGE, "reference": "P7"}),
        ("receipts", {**RECEIPT, "reference": "R7", "received_on": "2026-06-01"}),
    ],
)
def test_a_file_that_names_the_code_is_told_whose_it_is_now(
    norway: Desk, table: str, cells: dict[str, str]
) -> None:
    merge(norway)
    rows_ = [TextRow(2, cells)]
    file = Table(f"{table}.csv", table, lambda: iter(rows_), 1)  # type: ignore[arg-type]
    plan = make_plan(Tables([file]), norway.register())
    assert [one.problem.code for one in plan.problems] == ["donor_merged"]
    assert plan.problems[0].problem.facts["into"] == "NOR"


def test_its_code_stays_taken(norway: Desk) -> None:
    merge(norway)
    with pytest.raises(Refused) as refused:
        record_donor(norway, raw=SECOND)
    assert codes(refused) == ["donor_merged"]


# Undoing


def test_undone_everything_is_as_it_was_and_the_trail_holds(norway: Desk) -> None:
    before, held = rows(norway), owners(norway)
    merge_id = merge(later(norway))
    assert rows(norway) != before
    assert undo(later(norway, 50), merge_id) == "NO-GOV"
    assert rows(norway) == before
    assert owners(norway) == held
    found = donor_entries(norway.session, norway.programme_id)
    assert found["NOR"].aliases == ()
    assert found["NO-GOV"].aliases == ("Norvège", "Norwegian MFA")
    assert not breaks(norway)
    merge(later(norway, 55))
    assert not breaks(norway)
    assert [one.holds for one in merges(norway.session, norway.programme_id)] == [True, False]


def test_what_was_recorded_since_stays_and_what_hangs_on_a_pledge_follows_it(norway: Desk) -> None:
    merge_id = merge(norway)
    record_receipt(norway, raw={**RECEIPT, "reference": "R5", "donor": "NOR", "received_on": "2026-06-02"})
    people.record_note(norway, donor="NOR", raw={"dated_on": "2026-06-01", "text": "c", "pledge": "P2"})
    people.record_note(norway, donor="NOR", raw={"dated_on": "2026-06-01", "text": "d"})
    names = (*donor_entries(norway.session, norway.programme_id)["NOR"].aliases, "Kingdom of Norway")
    raw = {**NORWAY, "aliases": ";".join(names)}
    amend_donor(norway, code="NOR", version=version(norway, "NOR"), raw=raw)
    undo(norway, merge_id)
    assert {key for key, donor in owners(norway).items() if donor == "NO-GOV"} == {"P2", "R2", "R3"}
    assert whose(norway, Note) == ["NO-GOV", "NO-GOV", "NO-GOV", "NOR"]
    assert donor_entries(norway.session, norway.programme_id)["NOR"].aliases == ("Kingdom of Norway",)
    assert not breaks(norway)


@pytest.mark.parametrize(("key", "pledge"), [("R0", "P2"), ("R3", "P1")])
def test_a_receipt_would_not_settle_another_donors_pledge(norway: Desk, key: str, pledge: str) -> None:
    merge_id = merge(norway)
    raw = {**RECEIPT, "donor": "NOR", "pledge": pledge}
    at_ = norway.store().find("receipts", key).version
    amend_receipt(norway, reference=key, version=at_, raw=raw, confirmed=True)
    with pytest.raises(Refused) as refused:
        undo(norway, merge_id)
    assert codes(refused) == ["merge_receipt_crosses"]
    assert refused.value.problems[0].facts == {"receipt": key, "pledge": pledge}
    amend_receipt(norway, reference=key, version=at_ + 1, raw={**raw, "pledge": ""}, confirmed=True)
    undo(norway, merge_id)
    assert not breaks(norway)


def test_merges_are_undone_the_last_one_first_and_once(norway: Desk) -> None:
    first = merge(norway)
    second = merge(norway, "NOR", "SWE")
    assert norway.register().merged == {"NO-GOV": "SWE", "NOR": "SWE"}
    with pytest.raises(Refused) as refused:
        undo(norway, first)
    assert codes(refused) == ["merge_undo_first"]
    undo(norway, second)
    undo(norway, first)
    for again in (1, 2):
        with pytest.raises(Refused) as done:
            undo(norway, first, version=again)
        assert codes(done) == ["merge_undone"]
    with pytest.raises(Refused) as silent:
        undo(norway, merge(norway), reason="")
    assert codes(silent) == ["missing"]
    assert not breaks(norway)


# Known at


def test_known_before_it_there_are_two_donors_and_afterwards_one(norway: Desk) -> None:
    merge_id = merge(later(norway))
    undo(later(norway, 55), merge_id)
    said = {}
    for minute in (40, 50, 59):
        moment = datetime(2026, 6, 15, 9, minute, tzinfo=UTC)
        known = known_at(norway.session, norway.programme_id, moment)
        assert known is not None
        book = position_of(norway.session, norway.programme_id, TODAY, known)
        names = {one.code for one in records.donors(norway.session, norway.programme_id, known.seq)}
        said[minute] = ({row.donor for row in book.trace} & {"NOR", "NO-GOV"}, "NO-GOV" in names)
    assert said == {40: ({"NOR", "NO-GOV"}, True), 50: ({"NOR"}, False), 59: ({"NOR", "NO-GOV"}, True)}


# The proof of closed months


@pytest.mark.parametrize(
    "also",
    [{"amount_minor": 500_000}, {"earmark": "O2"}, {"voided_at_utc": datetime(2026, 6, 15, tzinfo=UTC)}],
    ids=str,
)
def test_the_proof_tells_of_a_merge_that_changed_more_than_whose_a_record_is(
    norway: Desk, monkeypatch: pytest.MonkeyPatch, also: dict[str, object]
) -> None:
    assert not breaks(norway)

    def flush() -> None:
        row = norway.session.scalars(select(Receipt).where(Receipt.reference == "R2")).one()
        for name, value in also.items():
            setattr(row, name, value)

    tampering(norway, monkeypatch, flush)
    assert [line.split(" of audit")[0] for line in breaks(norway) if CLOSED in line] == [
        f"{CLOSED}: receipt R2"
    ]


def tampering(norway: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]) -> None:
    """A merge in whose course something else is changed, as if the program did."""
    from tracker.services import merges as module

    whole = module.row_of
    seen: list[str] = []

    def row_of(record: object) -> dict[str, object]:
        if getattr(record, "reference", "") == "R2":
            seen.append("R2")
            if len(seen) == 2:
                change()
                norway.session.flush()
        return whole(record)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "row_of", row_of)
    merge(norway)


def test_the_proof_tells_of_an_entry_that_only_calls_itself_a_merge(norway: Desk) -> None:
    entry = norway.register().receipts["R2"]
    store = norway.store()
    store._closed = frozenset()  # as if nothing were closed
    moved = replace(entry, receipt=replace(entry.receipt, donor="SWE", pledge=None))
    store.change("receipts", moved, action="merge")
    assert [line for line in breaks(norway) if line.startswith(CLOSED)]


# Statements


def test_what_came_over_stands_line_by_line_in_the_next_statement(april: Desk) -> None:
    record_donor(april, raw={"code": "FR-2", "name": "France (MEAE)"})
    give(april, receipt("M1", "FR-2", "2026-02-10", "700", "2026-05"))
    issue(april, donor="FRA", period=MARCH, dress=dress)
    issue(april, donor="FR-2", period=MARCH, dress=dress)
    frozen = bytes_of(april, "FR-2-1")
    july = at(april, date(2026, 7, 1))
    merge_id = merge(july, "FR-2", "FRA")
    give(july, receipt("M2", "FRA", "2026-06-10", "50", "2026-06"))
    report = draft(july, "FRA", JUNE)
    assert [(c.kind, c.reference, c.how, c.amounts, c.fields) for c in report.causes] == [
        ("receipt", "M1", "changed", ps(70_000), ("donor",)),
    ]
    moved = report.movement
    assert (moved.opening, moved.adjustments, moved.receipts) == (ps(116_141), ps(70_000), ps(5_000))
    # May takes M1, June R4 and M2; of R3's 6,000.00 March left 911.41, which no month may use any more.
    assert moved.allocated == ps(70_000 + 25_000 + 5_000)
    assert moved.closing == ps(91_141)
    assert issue(july, donor="FRA", period=JUNE, dress=dress) == "FRA-2"
    with pytest.raises(LookupError):
        draft(july, "FR-2", JUNE)
    assert bytes_of(july, "FR-2-1") == frozen
    undo(at(april, date(2026, 7, 2)), merge_id)
    assert draft(at(april, date(2026, 7, 2)), "FR-2", JUNE).movement.adjustments == ps(0)
    assert not [p for p in prove(july.session, july.programme_id, july.today) if not p.holds]


# Files after a merge


def test_an_export_after_a_merge_goes_into_an_empty_programme(norway: Desk, tmp_path: Path) -> None:
    merge(norway)
    ours = norway.register()
    write_folder(ours, tmp_path / "out")
    empty = fresh()
    plan = make_plan(read_paths([tmp_path / "out"]), empty)
    assert not plan.problems
    assert (empty.donors, empty.pledges, empty.receipts) == (ours.donors, ours.pledges, ours.receipts)
    assert empty.donors["NOR"].aliases == ("Norway, Government of", "Norvège", "Norwegian MFA", "NO-GOV")


@pytest.mark.parametrize(
    ("party", "chosen"),
    [
        (Party("NORWAY; GOVERNMENT OF"), {}),
        (Party("", code="NO-GOV"), {}),
        (Party("NO-GOV"), {}),
        (Party("The North"), {"The North": "NO-GOV"}),
    ],
    ids=str,
)
def test_a_foreign_file_that_names_it_finds_the_donor_it_is(
    norway: Desk, party: Party, chosen: dict[str, str]
) -> None:
    merge(norway)
    cells = {"currency": "USD", "amount": "10.00", "received_on": "2026-06-01"}
    foreign = Foreign([Flow(2, "receipts", party, cells, "X1")])
    brought = bring(foreign, norway.register(), file="x.csv", prefix="X", chosen=chosen)
    assert [(one.code, one.new) for one in brought.names] == [("NOR", False)]
    assert not make_plan(brought.tables, norway.register()).problems
