"""Statements on either database: what was issued stays, and what comes after is explained cause by cause.

All money here is for `PS` alone, which needs 5,088.59 a month, so that every figure can be worked out by
hand. Amounts are USD cents.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tracker.domain.problems import Refused
from tracker.domain.statement import Cause, Period
from tracker.queries.known import newest_known
from tracker.queries.proofs import prove
from tracker.queries.statements import (
    Issued,
    StatementReport,
    file_bytes,
    issued,
    issued_one,
    load_statement,
)
from tracker.services.receipts import assign_hold, record_refund
from tracker.services.records import (
    Desk,
    amend_pledge,
    record_donor,
    record_pledge,
    record_receipt,
    void,
)
from tracker.services.statements import MadeFile, issue

MARCH = Period(date(2026, 1, 1), date(2026, 3, 31))
JUNE = Period(date(2026, 4, 1), date(2026, 6, 30))
NEED = 508_859
"""What `PS` needs in one month."""
PLEDGE = {
    "reference": "P1",
    "donor": "FRA",
    "currency": "USD",
    "amount": "6000",
    "pledged_on": "2026-01-05",
    "earmark": "PS",
    "covers_from": "2026-03",
    "covers_until": "2026-03",
}


def receipt(reference: str, donor: str, day: str, amount: str, month: str, **more: str) -> dict[str, str]:
    """A receipt for `PS` in one month alone, unless more is said."""
    told = {"reference": reference, "donor": donor, "received_on": day, "amount": amount, "currency": "USD"}
    return {**told, "earmark": "PS", "covers_from": month, "covers_until": month, **more}


def at(desk: Desk, day: date) -> Desk:
    """The same desk on another day."""
    moment = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    return replace(desk, actor=replace(desk.actor, at_utc=moment), today=day)


def dress(report: StatementReport) -> dict[str, MadeFile]:
    """Two small files that say what they are of."""
    words = f"{report.number} closes with {sum(report.movement.closing)}".encode()
    return {form: MadeFile(f"{report.number}.{form}", form.encode() + words) for form in ("pdf", "xlsx")}


def give(desk: Desk, *receipts: dict[str, str]) -> None:
    for raw in receipts:
        record_receipt(desk, raw=raw, confirmed=True)


def bytes_of(desk: Desk, number: str) -> dict[str, bytes | None]:
    donor = number.rpartition("-")[0]
    return {f: file_bytes(desk.session, desk.programme_id, donor, number, f) for f in ("pdf", "xlsx")}


def draft(desk: Desk, donor: str, period: Period) -> StatementReport:
    known = newest_known(desk.session, desk.programme_id, desk.actor.at_utc)
    return load_statement(
        desk.session, desk.programme_id, donor=donor, period=period, as_of=period.last, known=known
    )


def one(desk: Desk, number: str) -> Issued:
    found = issued_one(desk.session, desk.programme_id, number.rpartition("-")[0], number)
    assert found is not None
    return found


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str]]:
    return [(problem.column, problem.code) for problem in refused.value.problems]


def ps(minor: int) -> tuple[int, ...]:
    """An amount in the column of `PS`, beside nothing else."""
    return (0, 0, 0, minor, 0, 0)


@pytest.fixture
def april(desk: Desk) -> Desk:
    """France and the Netherlands have paid, and it is the second of April.

    France: R1 1,000.00 covers January, R2 500.00 February, R3 6,000.00 March as far as it needs (5,088.59;
    911.41 are unused), R4 250.00 June. The Netherlands: N1 3,000.00, which may cover March or April; March is
    full of R3, whose window ends first, so it covers April. H1 200.00 is held.
    """
    now = at(desk, date(2026, 4, 2))
    record_donor(now, raw={"code": "FRA", "name": "France", "kind": "government"})
    record_donor(now, raw={"code": "NLD", "name": "Netherlands", "kind": "government"})
    record_pledge(now, raw=PLEDGE, confirmed=True)
    terms = {"earmark": "", "covers_from": "", "covers_until": "", "pledge": "P1"}
    give(
        now,
        receipt("R1", "FRA", "2026-01-10", "1000", "2026-01"),
        receipt("R2", "FRA", "2026-01-15", "500", "2026-02"),
        {**receipt("R3", "FRA", "2026-02-01", "6000", ""), **terms},
        receipt("R4", "FRA", "2026-03-05", "250", "2026-06"),
        receipt("N1", "NLD", "2026-02-01", "3000", "2026-03", covers_until="2026-04"),
        receipt("H1", "UNIDENTIFIED", "2026-03-10", "200", "2026-05", earmark="hold"),
    )
    return now


def change_what_was_stated(now: Desk) -> None:
    """A term, a void, a late record, an assignment and a refund, all of a time that was stated already."""
    amend_pledge(now, reference="P1", version=1, raw={**PLEDGE, "covers_until": "2026-06"}, confirmed=True)
    void(now, "receipts", key="R4", version=1, reason="It was another fund's.")
    give(now, receipt("R7", "FRA", "2026-02-20", "400", "2026-05"))
    assign_hold(
        now, reference="H1", version=1, raw={"donor": "FRA", "pledge": "", "earmark": "PS"}, confirmed=True
    )
    refund = {"reference": "B1", "receipt": "R3", "refunded_on": "2026-03-20", "amount": "100"}
    record_refund(now, raw=refund, confirmed=True)


def test_what_is_issued_is_numbered_and_kept_by_the_byte(april: Desk) -> None:
    assert issue(april, donor="FRA", period=MARCH, dress=dress) == "FRA-1"
    kept = one(april, "FRA-1")
    assert (kept.period, kept.as_of, kept.issued_by) == (MARCH, MARCH.last, april.actor.name)
    assert bytes_of(april, "FRA-1") == {
        "pdf": b"pdfFRA-1 closes with 116141",
        "xlsx": b"xlsxFRA-1 closes with 116141",
    }
    for file in kept.files:
        content = bytes_of(april, "FRA-1")[file.form] or b""
        assert (file.size_bytes, file.sha256) == (len(content), sha256(content).hexdigest())
    assert issue(april, donor="NLD", period=MARCH, dress=dress) == "NLD-1"
    assert [found.number for found in issued(april.session, april.programme_id)] == ["NLD-1", "FRA-1"]
    assert [p.name for p in prove(april.session, april.programme_id, april.today) if not p.holds] == []


def test_the_lines_are_what_a_calculator_says(april: Desk) -> None:
    moved = draft(april, "FRA", MARCH).movement
    assert moved.opening == ps(0)
    assert moved.receipts == ps(100_000 + 50_000 + 600_000 + 25_000)
    assert moved.allocated == ps(100_000 + 50_000 + NEED)
    assert moved.closing == ps(116_141)
    assert (moved.later, moved.unused) == (ps(25_000), ps(91_141))


@pytest.mark.parametrize("table", ["statement", "statement_file"])
@pytest.mark.parametrize("change", ["UPDATE {} SET programme_id = programme_id", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_was_issued(april: Desk, table: str, change: str) -> None:
    issue(april, donor="FRA", period=MARCH, dress=dress)
    before = bytes_of(april, "FRA-1")
    with pytest.raises(DBAPIError), april.session.begin_nested():
        april.session.execute(text(change.format(table)))
    assert bytes_of(april, "FRA-1") == before


def test_the_same_period_again_is_refused_and_so_is_one_that_is_not_over(april: Desk) -> None:
    issue(april, donor="FRA", period=MARCH, dress=dress)
    for period, problem in (
        (MARCH, ("to", "statement_issued")),
        (JUNE, ("to", "period_not_over")),
        (Period(MARCH.last, MARCH.first), ("to", "period_backwards")),
    ):
        with pytest.raises(Refused) as refused:
            issue(april, donor="FRA", period=period, dress=dress)
        assert problem in codes(refused)
    assert [found.number for found in issued(april.session, april.programme_id)] == ["FRA-1"]


def test_a_correction_names_the_newest_one_and_says_why(april: Desk) -> None:
    issue(april, donor="FRA", period=MARCH, dress=dress)
    with pytest.raises(Refused) as silent:
        issue(april, donor="FRA", period=MARCH, dress=dress, corrects="FRA-1")
    assert codes(silent) == [("reason", "missing")]
    said = {"corrects": "FRA-1", "reason": "R4 was not ours."}
    assert issue(april, donor="FRA", period=MARCH, dress=dress, **said) == "FRA-2"
    assert (one(april, "FRA-2").corrects, one(april, "FRA-2").reason) == ("FRA-1", "R4 was not ours.")
    assert one(april, "FRA-1").corrected_by == "FRA-2"
    with pytest.raises(Refused) as old:
        issue(april, donor="FRA", period=MARCH, dress=dress, **said)
    assert codes(old) == [("corrects", "not_to_correct")]


def test_what_moved_the_opening_is_right_to_the_cent_and_the_issued_bytes_stay(april: Desk) -> None:
    issue(april, donor="FRA", period=MARCH, dress=dress)
    issue(april, donor="NLD", period=MARCH, dress=dress)
    before = {number: bytes_of(april, number) for number in ("FRA-1", "NLD-1")}
    july = at(april, date(2026, 7, 1))
    change_what_was_stated(july)
    report = draft(july, "FRA", JUNE)
    # P1's window now ends in June, so N1, whose window ends in April, pays 3,000.00 of March, and R3 only
    # 2,088.59: it keeps 3,000.00 more. R4's 250.00 are gone. R7's 400.00 were there all the time. H1's 200.00
    # are France's. 100.00 of R3 were given back.
    assert [(cause.kind, cause.reference, cause.how, cause.amounts) for cause in report.causes] == [
        ("pledge", "P1", "changed", ps(300_000)),
        ("receipt", "R4", "removed", ps(-25_000)),
        ("receipt", "R7", "added", ps(40_000)),
        ("receipt", "H1", "changed", ps(20_000)),
        ("refund", "B1", "added", ps(-10_000)),
    ]
    moved = report.movement
    assert report.opening_of == "FRA-1"
    assert moved.opening == ps(116_141)
    assert moved.adjustments == ps(300_000 - 25_000 + 40_000 + 20_000 - 10_000)
    assert (moved.receipts, moved.refunds) == (ps(0), ps(0))
    # April takes R3's 3,811.41, May R7 and H1: all of it is set against months that ended.
    assert moved.allocated == ps(381_141 + 40_000 + 20_000)
    assert moved.closing == ps(0)
    assert issue(july, donor="FRA", period=JUNE, dress=dress) == "FRA-2"
    assert {number: bytes_of(july, number) for number in before} == before
    assert [p.name for p in prove(july.session, july.programme_id, july.today) if not p.holds] == []


def test_another_donors_records_move_an_opening_without_being_named(april: Desk) -> None:
    issue(april, donor="NLD", period=MARCH, dress=dress)
    july = at(april, date(2026, 7, 1))
    change_what_was_stated(july)
    report = draft(july, "NLD", JUNE)
    assert report.movement.opening == ps(300_000)
    assert report.causes == (Cause("others", "", "changed", ps(-300_000)),)
    assert report.movement.closing == ps(0)


def test_an_issued_statement_is_reckoned_the_same_again_whatever_came_after(april: Desk) -> None:
    issue(april, donor="FRA", period=MARCH, dress=dress)
    kept, before = one(april, "FRA-1"), draft(april, "FRA", MARCH)
    july = at(april, date(2026, 7, 1))
    change_what_was_stated(july)
    again = load_statement(
        july.session, july.programme_id, donor="FRA", period=MARCH, as_of=kept.as_of, known=kept.known
    )
    assert again.movement == before.movement
    assert again.months == before.months
    assert sum(again.movement.closing) == kept.closing_total == 116_141


def test_the_next_opening_is_the_corrections_closing_where_there_is_one(april: Desk) -> None:
    issue(april, donor="FRA", period=MARCH, dress=dress)
    july = at(april, date(2026, 7, 1))
    change_what_was_stated(july)
    said = {"corrects": "FRA-1", "reason": "The agreement was extended in June."}
    issue(july, donor="FRA", period=MARCH, dress=dress, **said)
    assert one(july, "FRA-2").closing_total == 381_141 + 40_000 + 20_000
    report = draft(july, "FRA", JUNE)
    assert (report.opening_of, report.movement.opening) == ("FRA-2", ps(441_141))
    assert (report.movement.adjustments, report.causes) == (ps(0), ())


def test_what_was_credited_on_the_fourth_of_january_is_not_last_years(april: Desk) -> None:
    january = at(april, date(2027, 2, 1))
    give(january, receipt("R8", "NLD", "2027-01-04", "700", "2027-01"))
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    last = draft(january, "NLD", year)
    assert last.movement.receipts == ps(300_000)
    assert [own.net.receipt.reference for own in last.records.receipts] == ["N1"]
    this = draft(january, "NLD", Period(date(2027, 1, 1), date(2027, 1, 31)))
    assert this.movement.receipts == ps(70_000)


def test_held_money_stands_in_the_period_in_which_it_was_assigned(april: Desk) -> None:
    """H1 came before France had a statement: without one, it is simply its receipt."""
    june = at(april, date(2026, 6, 1))
    raw = {"donor": "FRA", "pledge": "", "earmark": "PS"}
    held = draft(april, "UNIDENTIFIED", MARCH).movement
    assert held.receipts == (0, 0, 0, 0, 0, 20_000)
    assign_hold(june, reference="H1", version=1, raw=raw, confirmed=True)
    assert draft(june, "FRA", MARCH).movement.receipts == ps(795_000)
    assert draft(june, "UNIDENTIFIED", MARCH).movement.receipts == ps(0)


def test_an_unknown_donor_has_no_statement(april: Desk) -> None:
    with pytest.raises(LookupError):
        issue(april, donor="NOBODY", period=MARCH, dress=dress)
