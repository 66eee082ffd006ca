"""The whole life of a pledge and of a receipt through the services, on either database."""

import json
from datetime import date
from decimal import Decimal

import pytest

from tests.data.conftest import TODAY
from tests.data.test_records import FRANCE, PLEDGE, RECEIPT, SCHEDULE, failed, france
from tracker.domain.entries import RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.problems import Refused
from tracker.queries import records, trail
from tracker.queries.lives import close_reason, voided_receipts
from tracker.queries.position import position_of
from tracker.services.pledges import close_pledge, schedule_pledge, sign_pledge
from tracker.services.receipts import amend_receipt, amend_refund, assign_hold, record_refund
from tracker.services.records import (
    Desk,
    Questioned,
    Stale,
    amend_pledge,
    record_donor,
    record_pledge,
    record_receipt,
    void,
)

__all__ = ["france"]

ANNOUNCED = {
    "reference": "FRA-2",
    "donor": "FRA",
    "currency": "USD",
    "amount": "900",
    "pledged_on": "2026-05-01",
}
REFUND = {"reference": "B1", "receipt": "R1", "refunded_on": "2026-05-01", "amount": "1000"}
HELD = {
    "reference": "H1",
    "donor": "UNIDENTIFIED",
    "received_on": "2026-06-01",
    "currency": "EUR",
    "amount": "60000",
    "earmark": "hold",
}


def actions(desk: Desk, count: int) -> list[tuple[str, str]]:
    written = [entry for entry, _ in trail.entries(desk.session, desk.programme_id)][-count:]
    return [(entry.action, entry.reference) for entry in written]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str]]:
    return [(problem.column, problem.code) for problem in refused.value.problems]


def test_a_pledge_is_signed_with_its_paper(france: Desk) -> None:
    record_pledge(france, raw=ANNOUNCED)
    raw = {"signed_on": "2026-05-20", "agreement_ref": "A87/FRA/2"}
    entry = sign_pledge(france, reference="FRA-2", version=1, raw=raw)
    assert (str(entry.pledge.signed_on), entry.agreement_ref) == ("2026-05-20", "A87/FRA/2")
    assert actions(france, 1) == [("sign", "FRA-2")]
    with pytest.raises(Refused) as again:
        sign_pledge(france, reference="FRA-2", version=2, raw=raw)
    assert codes(again) == [("signed_on", "already_signed")]
    assert failed(france) == []


@pytest.mark.parametrize(
    ("day", "code"), [("", "missing"), ("2026-04-30", "before_pledged"), ("soon", "not_a_day")]
)
def test_a_signature_needs_a_day_that_can_be(france: Desk, day: str, code: str) -> None:
    record_pledge(france, raw=ANNOUNCED)
    with pytest.raises(Refused) as refused:
        sign_pledge(france, reference="FRA-2", version=1, raw={"signed_on": day})
    assert codes(refused) == [("signed_on", code)]


def test_closing_ends_the_unpaid_rest_with_a_reason_and_amending_opens_it_again(france: Desk) -> None:
    before = position_of(france.session, france.programme_id, TODAY)
    raw = {"closed_on": "2026-06-15", "reason": "Parliament voted less"}
    close_pledge(france, reference="FRA-1", version=1, raw=raw)
    after = position_of(france.session, france.programme_id, TODAY)
    assert (before.pledges["FRA-1"].open_minor, after.pledges["FRA-1"].open_minor) == (6_000_000, 0)
    assert after.pledges["FRA-1"].unpaid_minor == 6_000_000
    assert after.total.gap - before.total.gap == 6_593_407
    assert close_reason(france.session, france.programme_id, "FRA-1") == "Parliament voted less"
    with pytest.raises(Refused) as twice:
        close_pledge(france, reference="FRA-1", version=2, raw=raw)
    assert codes(twice) == [("closed_on", "already_closed")]
    amend_pledge(france, reference="FRA-1", version=2, raw=PLEDGE, schedule=SCHEDULE)
    assert position_of(france.session, france.programme_id, TODAY).total == before.total
    assert close_reason(france.session, france.programme_id, "FRA-1") == ""
    assert actions(france, 2) == [("close", "FRA-1"), ("reopen", "FRA-1")]
    assert failed(france) == []


def test_closing_needs_a_reason_and_something_unpaid(france: Desk) -> None:
    record_receipt(france, raw={**RECEIPT, "reference": "R2", "amount": "60000"})
    with pytest.raises(Refused) as refused:
        close_pledge(france, reference="FRA-1", version=1, raw={"closed_on": "2026-06-15", "reason": " "})
    assert codes(refused) == [("closed_on", "nothing_to_close"), ("reason", "missing")]


def test_a_changed_amount_builds_the_schedule_anew_and_paid_parts_stay(france: Desk) -> None:
    raw = {**PLEDGE, "amount": "130000"}
    entry = amend_pledge(france, reference="FRA-1", version=1, raw=raw, schedule=SCHEDULE)
    assert [i.amount_minor for i in entry.pledge.instalments] == [4_000_000, 9_000_000]
    entry = amend_pledge(
        france,
        reference="FRA-1",
        version=2,
        raw={**raw, "amount": "40000"},
        schedule=[
            {"due_on": "2026-03-15", "amount": "40000.00"},
            {"due_on": "2026-05-15", "amount": "90000.00"},
        ],
    )
    assert [i.amount_minor for i in entry.pledge.instalments] == [4_000_000]
    with pytest.raises(Refused):  # rows changed by hand have to re-add themselves
        amend_pledge(france, reference="FRA-1", version=3, raw=raw, schedule=SCHEDULE)
    assert failed(france) == []


def test_another_schedule_is_recorded_under_its_own_word(france: Desk) -> None:
    rows = [{"due_on": "2026-03-15", "amount": "40000"}, {"due_on": "2026-12-15", "amount": "60000"}]
    schedule_pledge(france, reference="FRA-1", version=1, schedule=rows)
    assert actions(france, 1) == [("schedule", "FRA-1")]
    with pytest.raises(Refused):
        schedule_pledge(france, reference="FRA-1", version=2, schedule=rows[:1])
    with pytest.raises(Stale):
        schedule_pledge(france, reference="FRA-1", version=1, schedule=[])
    schedule_pledge(france, reference="FRA-1", version=2, schedule=[])
    assert next(records.pledges(france.session, france.programme_id)).pledge.instalments == ()
    assert failed(france) == []


def test_a_zero_too_many_is_questioned_and_recorded_once_confirmed(france: Desk) -> None:
    many = {**PLEDGE, "amount": "1000000"}
    with pytest.raises(Questioned) as asked:
        amend_pledge(france, reference="FRA-1", version=1, raw=many, schedule=SCHEDULE)
    assert [q.code for q in asked.value.questions] == ["ten_times_signed"]
    large = {**ANNOUNCED, "amount": "1086956.50"}
    with pytest.raises(Questioned) as asked:
        record_pledge(france, raw=large)
    assert [q.code for q in asked.value.questions] == ["ten_times_largest"]
    record_pledge(france, raw={**large, "amount": "1086956.49"})
    assert amend_pledge(france, reference="FRA-1", version=1, raw=many, schedule=SCHEDULE, confirmed=True)


def test_a_receipt_is_amended_and_keeps_its_dollars_while_its_money_stands(france: Desk) -> None:
    france.store().change("rates", RateEntry(Rate("EUR", date(2026, 3, 1), Decimal("0.5"))))
    entry = amend_receipt(
        france, reference="R1", version=1, raw={**RECEIPT, "ledger_ref": "100", "pledge": ""}
    )
    assert (entry.receipt.usd_minor, entry.receipt.pledge, entry.ledger_ref) == (4_278_075, None, "100")
    entry = amend_receipt(france, reference="R1", version=2, raw={**RECEIPT, "amount": "30000"})
    assert entry.receipt.usd_minor == 6_000_000
    with pytest.raises(Stale):
        amend_receipt(france, reference="R1", version=1, raw=RECEIPT)


def test_a_hold_is_assigned_to_its_payer_and_pays_the_open_instalment(france: Desk) -> None:
    record_receipt(france, raw=HELD)
    assert position_of(france.session, france.programme_id, TODAY).held.received == 6_593_407
    with pytest.raises(Refused) as unknown:
        assign_hold(france, reference="H1", version=1, raw={"donor": "UNIDENTIFIED"})
    assert codes(unknown) == [("donor", "still_unidentified")]
    assign_hold(france, reference="H1", version=1, raw={"donor": "FRA", "pledge": "FRA-1", "earmark": ""})
    book = position_of(france.session, france.programme_id, TODAY)
    assert (book.held.received, book.pledges["FRA-1"].open_minor) == (0, 0)
    assert actions(france, 1) == [("assign", "H1")]
    with pytest.raises(Refused) as again:
        assign_hold(france, reference="H1", version=2, raw={"donor": "FRA"})
    assert codes(again) == [("donor", "not_on_hold")]
    assert failed(france) == []


def test_a_refund_is_recorded_amended_and_voided_and_holds_its_receipt(france: Desk) -> None:
    record_refund(france, raw=REFUND)
    with pytest.raises(Refused) as below:
        amend_receipt(france, reference="R1", version=1, raw={**RECEIPT, "amount": "999"})
    assert codes(below) == [("amount", "below_its_refunds")]
    with pytest.raises(Refused) as named:
        void(france, "receipts", key="R1", version=1, reason="double")
    assert codes(named) == [("reason", "still_named")]
    entry = amend_refund(france, reference="B1", version=1, raw={**REFUND, "amount": "2000"})
    assert entry.refund.amount_minor == 200_000
    with pytest.raises(Refused) as above:
        amend_refund(france, reference="B1", version=2, raw={**REFUND, "amount": "40000.01"})
    assert codes(above) == [("amount", "above_what_is_left")]
    void(france, "refunds", key="B1", version=2, reason="not paid out")
    void(france, "receipts", key="R1", version=1, reason="recorded twice")
    found = voided_receipts(france.session, france.programme_id, "FRA-1")
    assert [(one.reference, one.reason) for one in found] == [("R1", "recorded twice")]
    assert position_of(france.session, france.programme_id, TODAY).total.received == 0
    assert failed(france) == []


def test_the_donor_of_unknown_payers_and_one_with_money_are_not_voided(france: Desk) -> None:
    for code, problem in (("UNIDENTIFIED", "unidentified_stays"), ("FRA", "still_named")):
        with pytest.raises(Refused) as refused:
            void(france, "donors", key=code, version=1, reason="error")
        assert codes(refused) == [("reason", problem)]
    record_donor(france, raw={**FRANCE, "code": "FR2"})
    void(france, "donors", key="FR2", version=1, reason="twice on the list")
    newest = list(trail.entries(france.session, france.programme_id))[-1][0]
    assert json.loads(newest.after or "")["void_reason"] == "twice on the list"


def test_what_is_paid_over_is_shown_and_fills_no_other_pledge(france: Desk) -> None:
    record_pledge(france, raw=ANNOUNCED)
    record_receipt(france, raw={**RECEIPT, "reference": "R2", "amount": "70000"})
    states = position_of(france.session, france.programme_id, TODAY).pledges
    assert (states["FRA-1"].open_minor, states["FRA-1"].overpaid_minor) == (0, 1_000_000)
    assert states["FRA-2"].open_minor == 90_000
