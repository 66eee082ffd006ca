"""What is recorded stays: audited, versioned, voided instead of deleted, on either database."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.data.conftest import TODAY
from tracker.domain.entries import RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import parse_decimal
from tracker.domain.problems import Refused
from tracker.extensions import begin_write, db
from tracker.queries import records, trail
from tracker.queries.position import position_of
from tracker.queries.proofs import holds_anchor, prove
from tracker.services.records import (
    Desk,
    Questioned,
    Stale,
    amend_donor,
    amend_pledge,
    record_donor,
    record_pledge,
    record_receipt,
    void,
)

FRANCE = {"code": "FRA", "name": "France", "kind": "government", "aliases": "République française"}
PLEDGE = {
    "reference": "FRA-1",
    "donor": "FRA",
    "currency": "EUR",
    "amount": "100000",
    "pledged_on": "2026-02-01",
    "signed_on": "2026-02-20",
    "earmark": "O2",
    "covers_until": "2026-12",
}
SCHEDULE = [{"due_on": "2026-03-15", "amount": "40000"}, {"due_on": "2026-05-15", "amount": "60000"}]
RECEIPT = {
    "reference": "R1",
    "donor": "FRA",
    "pledge": "FRA-1",
    "received_on": "2026-03-20",
    "currency": "EUR",
    "amount": "40000",
}


@pytest.fixture
def france(desk: Desk) -> Desk:
    """France of the worked example B: its rates, its pledge with two instalments, its receipt."""
    rates = [("2026-01-01", "0.9200"), ("2026-03-01", "0.9350"), ("2026-06-01", "0.9100")]
    desk.store().add(
        "rates", [RateEntry(Rate("EUR", date.fromisoformat(d), parse_decimal(v))) for d, v in rates]
    )
    record_donor(desk, raw=FRANCE)
    record_pledge(desk, raw=PLEDGE, schedule=SCHEDULE)
    record_receipt(desk, raw=RECEIPT)
    return desk


def failed(desk: Desk) -> list[str]:
    return [f"{p.name}: {p.detail}" for p in prove(desk.session, desk.programme_id, TODAY) if not p.holds]


def test_an_empty_programme_is_seeded_as_published(desk: Desk) -> None:
    book = position_of(desk.session, desk.programme_id, TODAY)
    assert [o.code for o in book.programme.outcomes] == ["O1", "O2", "O3", "PS"]
    assert book.total.required == book.total.gap == 258_343_800
    assert all(o.activities for o in book.programme.outcomes)
    assert [d.code for d in records.donors(desk.session, desk.programme_id)] == ["UNIDENTIFIED"]
    assert failed(desk) == []


def test_what_is_recorded_gives_the_position_of_example_b(france: Desk) -> None:
    total = position_of(france.session, france.programme_id, TODAY).total
    assert (total.received, total.signed) == (4_278_075, 6_593_407)
    assert failed(france) == []


def test_every_write_leaves_one_audit_entry_with_the_whole_row(france: Desk) -> None:
    written = [entry for entry, _ in trail.entries(france.session, france.programme_id)][-3:]
    assert [(e.action, e.entity, e.reference) for e in written] == [
        ("record", "donor", "FRA"),
        ("record", "pledge", "FRA-1"),
        ("record", "receipt", "R1"),
    ]
    assert {e.actor for e in written} == {"a.moreau@ilo.example"}
    pledge = json.loads(written[1].after or "")
    assert pledge["instalments"] == [["2026-03-15", 4_000_000], ["2026-05-15", 6_000_000]]
    assert json.loads(written[2].after or "")["usd_minor"] == 4_278_075


def test_amending_a_schedule_supersedes_it_and_raises_the_version_once(france: Desk) -> None:
    changed = [{"due_on": "2026-03-15", "amount": "30000"}, {"due_on": "2026-05-15", "amount": "70000"}]
    amend_pledge(france, reference="FRA-1", version=1, raw=PLEDGE, schedule=changed)
    pledge = next(records.pledges(france.session, france.programme_id)).pledge
    assert [i.amount_minor for i in pledge.instalments] == [3_000_000, 7_000_000]
    kept = france.session.scalar(text("SELECT count(*) FROM instalment WHERE superseded_at_utc IS NOT NULL"))
    assert kept == 2
    assert france.store().find("pledges", "FRA-1").version == 2
    assert failed(france) == []


def test_amending_a_donor_keeps_the_row_before_and_after(france: Desk) -> None:
    amend_donor(france, code="FRA", version=1, raw={**FRANCE, "name": "French Republic", "aliases": "France"})
    newest = list(trail.entries(france.session, france.programme_id))[-1][0]
    before, after = json.loads(newest.before or ""), json.loads(newest.after or "")
    assert (before["name"], after["name"]) == ("France", "French Republic")
    assert (before["aliases"], after["aliases"]) == (["République française"], ["France"])
    assert (before["version"], after["version"]) == (1, 2)
    assert failed(france) == []


def test_a_stale_edit_is_refused_with_what_stands_now(france: Desk) -> None:
    amend_donor(france, code="FRA", version=1, raw={**FRANCE, "name": "French Republic"})
    with pytest.raises(Stale) as stale:
        amend_donor(france, code="FRA", version=1, raw={**FRANCE, "name": "Frankreich"})
    assert stale.value.entry.name == "French Republic"


def test_a_voided_receipt_counts_at_no_date_and_keeps_its_reference(france: Desk) -> None:
    france.store().void("receipts", "R1", reason="entered twice")
    assert position_of(france.session, france.programme_id, TODAY).total.received == 0
    with pytest.raises(Refused) as refusal:
        record_receipt(france, raw=RECEIPT)
    assert [(p.column, p.code) for p in refusal.value.problems] == [("reference", "reference_voided")]
    assert failed(france) == []


def test_voiding_says_why_and_is_refused_while_other_records_name_it(france: Desk) -> None:
    with pytest.raises(Refused) as refusal:
        void(france, "pledges", key="FRA-1", version=1, reason="")
    assert [p.code for p in refusal.value.problems] == ["still_named", "missing"]
    void(france, "receipts", key="R1", version=1, reason="entered twice")
    void(france, "pledges", key="FRA-1", version=1, reason="announced by mistake")
    total = position_of(france.session, france.programme_id, TODAY).total
    assert (total.received, total.signed, total.pledged) == (0, 0, 0)
    assert list(records.pledges(france.session, france.programme_id)) == []
    assert failed(france) == []


def test_a_likely_double_is_questioned_until_confirmed(france: Desk) -> None:
    again = {**RECEIPT, "reference": "R2"}
    with pytest.raises(Questioned) as questioned:
        record_receipt(france, raw=again)
    assert [q.code for q in questioned.value.questions] == ["likely_double"]
    assert record_receipt(france, raw=again, confirmed=True).key == "R2"


def test_a_pledge_cannot_move_to_another_donor_once_it_was_paid(france: Desk) -> None:
    record_donor(france, raw={"code": "DEU", "name": "Germany"})
    with pytest.raises(Refused) as refusal:
        amend_pledge(france, reference="FRA-1", version=1, raw={**PLEDGE, "donor": "DEU"}, schedule=SCHEDULE)
    assert [p.code for p in refusal.value.problems] == ["receipts_of_another_donor"]


@pytest.mark.parametrize(
    "table",
    [
        "donor",
        "pledge",
        "instalment",
        "receipt",
        "rate",
        "audit_entry",
        "budget_version",
        "user_account",
        "refund",
    ],
)
def test_the_database_itself_refuses_to_delete(france: Desk, table: str) -> None:
    if table == "user_account":
        france.session.execute(
            text(
                "INSERT INTO user_account (programme_id, email, name, role, password_hash, created_at_utc,"
                " version) VALUES (:p, 'a@b.example', '', 'officer', '', '2026-01-01', 1)"
            ),
            {"p": france.programme_id},
        )
    if table == "refund":
        france.session.execute(
            text(
                "INSERT INTO refund (programme_id, receipt_id, reference, refunded_on, amount_minor,"
                " ledger_ref, notes, version, created_at_utc, void_reason) SELECT programme_id, id, 'F',"
                " received_on, 1, '', '', 1, created_at_utc, '' FROM receipt"
            )
        )
    with pytest.raises(DBAPIError, match="never deleted"):
        france.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - a table of ours


def test_the_database_itself_refuses_to_change_the_audit_trail(france: Desk) -> None:
    with pytest.raises(DBAPIError, match="never changed"):
        france.session.execute(text("UPDATE audit_entry SET actor = 'somebody else'"))


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE receipt SET amount_minor = 0", "an amount of zero"),
        ("UPDATE pledge SET signed_on = '2025-01-01'", "a signature before the pledge"),
        ("UPDATE pledge SET covers_from = '2027-01'", "a window that ends before it starts"),
        ("UPDATE donor SET kind = 'martian'", "a kind nobody knows"),
        ("UPDATE rate SET value = '0'", "a rate of zero"),
        ("UPDATE receipt SET currency = 'USD', usd_minor = amount_minor + 1", "credited above what was sent"),
    ],
)
def test_the_database_itself_refuses(france: Desk, statement: str, what: str) -> None:
    with pytest.raises(DBAPIError):
        france.session.execute(text(statement))


# The trail, tampered with behind the program's back.


def tamper(session: Session, statement: str) -> None:
    """What somebody with the database file in hand could do: drop the trigger first."""
    if session.connection().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER tr_audit_entry_no_{verb}"))
    else:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
    session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit_entry SET actor = 'x' WHERE seq = 9", "entry 9"),
        ("DELETE FROM audit_entry WHERE seq = 9", "entry 9 is missing"),
        ("UPDATE audit_entry SET seq = 1000 WHERE seq = 9", "entry 9 is missing"),
    ],
)
def test_a_changed_audit_trail_is_named(france: Desk, statement: str, says: str) -> None:
    tamper(france.session, statement)
    assert any(says in line for line in failed(france))


def test_a_cut_off_tail_shows_against_a_printed_anchor(france: Desk) -> None:
    number, digest = trail.newest(france.session, france.programme_id)
    assert holds_anchor(france.session, france.programme_id, number, digest).holds
    tamper(france.session, f"DELETE FROM audit_entry WHERE seq = {number}")  # noqa: S608
    proof = holds_anchor(france.session, france.programme_id, number, digest)
    assert not proof.holds
    assert "cut off" in proof.detail


def test_a_row_changed_behind_the_programs_back_is_named(france: Desk) -> None:
    france.session.execute(text("UPDATE receipt SET usd_minor = usd_minor + 100"))
    assert any("receipt 1 differs from audit entry" in line for line in failed(france))


def test_nothing_is_kept_where_the_transaction_is_not_committed(france: Desk) -> None:
    france.session.rollback()
    begin_write(db.session())
    assert [d.code for d in records.donors(db.session(), france.programme_id)] == ["UNIDENTIFIED"]
    assert failed(replace(france, session=db.session())) == []


def test_a_trigger_taken_away_is_named(france: Desk) -> None:
    sqlite = france.session.connection().dialect.name == "sqlite"
    on = "" if sqlite else " ON receipt"
    france.session.execute(text(f"DROP TRIGGER tr_receipt_no_delete{on}"))
    assert failed(france) == ["The database is sound: trigger tr_receipt_no_delete is missing"]


def test_a_day_before_2000_is_named(france: Desk) -> None:
    france.session.execute(text("UPDATE receipt SET received_on = '1999-12-31'"))
    assert any(line.startswith("Every day is 2000 or later") for line in failed(france))
