"""Bank lists in the database: audited, proved whole, and left whole where a write is refused."""

from datetime import date

import pytest
from sqlalchemy import func, select

from tracker.domain.matching import Line
from tracker.domain.problems import Refused
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.models import AuditEntry, BankLine
from tracker.queries.bank import StoredList, bank_list, layouts, suggestions
from tracker.queries.proofs import prove
from tracker.services import bank
from tracker.services.records import Desk, record_donor, record_pledge, void

DAY = date(2026, 6, 10)
CHILE = Line(2, DAY, "USD", 100_000, "GOBIERNO DE CHILE", "first", "L-1")
NOBODY = Line(3, DAY, "USD", 5_000, "N.N.")


def listed(desk: Desk, *lines: Line, mark: str = "a") -> StoredList:
    """A list on record."""
    id_ = bank.record_list(
        desk,
        name="June",
        fingerprint=mark * 64,
        lines=lines,
        layout_name="UBS",
        layout='{"amount": "Credit"}',
    )
    return again(desk, id_)


def again(desk: Desk, id_: int) -> StoredList:
    """The list as it stands now."""
    found = bank_list(desk.session, desk.programme_id, id_)
    assert found is not None
    return found


def chile(desk: Desk) -> None:
    """A donor with an open pledge of 1,000.00 USD."""
    record_donor(desk, raw={"code": "CL", "name": "Chile"})
    pledge = {"reference": "CL-1", "donor": "CL", "currency": "USD", "amount": "1000"}
    record_pledge(desk, raw={**pledge, "pledged_on": "2026-02-01"})


def proved(desk: Desk) -> None:
    """Every proof of `tracker check` holds."""
    desk.session.flush()
    assert [p for p in prove(desk.session, desk.programme_id, desk.today) if not p.holds] == []


def test_a_list_its_lines_and_its_choice_of_columns_are_audited(desk: Desk) -> None:
    found = listed(desk, CHILE, NOBODY)
    assert found.unexplained() == {"USD": 105_000}
    assert layouts(desk.session, desk.programme_id) == {"UBS": {"amount": "Credit"}}
    entity = AuditEntry.entity
    counted = select(entity, func.count()).where(entity.like("bank%")).group_by(entity)
    assert dict(desk.session.execute(counted).all()) == {
        "bank_layout": 1,
        "bank_line": 2,
        "bank_list": 1,
    }
    proved(desk)


def test_the_same_content_is_recorded_once(desk: Desk) -> None:
    first = listed(desk, CHILE)
    with pytest.raises(bank.SameList) as same:
        listed(desk, CHILE)
    assert same.value.list_id == first.id


def test_all_at_once_records_what_is_suggested_and_leaves_the_rest(desk: Desk) -> None:
    chile(desk)
    found = listed(desk, CHILE, NOBODY)
    sure = bank.sure_of(suggestions(desk.session, desk.programme_id, desk.today, found))
    with pytest.raises(Refused, match="suggestions_changed"):
        bank.confirm_all(desk, list_id=found.id, seen="")
    done = bank.confirm_all(desk, list_id=found.id, seen=bank.digest_of(sure))
    (entry,) = done.recorded
    assert (entry.receipt.pledge, entry.receipt.received_on, entry.ledger_ref) == ("CL-1", DAY, "L-1")
    assert again(desk, found.id).unexplained() == {"USD": 5_000}
    proved(desk)


def test_an_unknown_payers_money_is_held(desk: Desk) -> None:
    found = listed(desk, NOBODY)
    entry = bank.hold_line(desk, line_id=found.lines[0].id, version=1)
    assert (entry.receipt.donor, str(entry.receipt.earmark)) == (UNIDENTIFIED_DONOR, "hold")
    assert again(desk, found.id).unexplained() == {}
    proved(desk)


def test_a_line_whose_receipt_is_voided_is_open_again(desk: Desk) -> None:
    found = listed(desk, NOBODY)
    entry = bank.hold_line(desk, line_id=found.lines[0].id, version=1)
    void(desk, "receipts", key=entry.key, version=1, reason="typed wrong")
    (line,) = again(desk, found.id).lines
    assert (line.state, line.receipt_voided) == ("open", True)
    fresh = bank.hold_line(desk, line_id=line.id, version=line.version)
    assert again(desk, found.id).lines[0].receipt == fresh.key
    proved(desk)


def test_a_stale_or_settled_line_is_refused_and_stays(desk: Desk) -> None:
    found = listed(desk, NOBODY)
    line = found.lines[0].id
    bank.set_aside(desk, line_id=line, version=1, reason="interest")
    for version in (1, 2):
        with pytest.raises(Refused, match="line_changed"):
            bank.hold_line(desk, line_id=line, version=version)
    bank.reopen_line(desk, line_id=line, version=2)
    assert desk.session.get_one(BankLine, line).reason == ""
    proved(desk)


def test_a_list_with_settled_lines_is_not_voided(desk: Desk) -> None:
    found = listed(desk, NOBODY)
    bank.hold_line(desk, line_id=found.lines[0].id, version=1)
    with pytest.raises(Refused, match="list_has_settled"):
        bank.void_list(desk, list_id=found.id, version=1, reason="wrong month")
