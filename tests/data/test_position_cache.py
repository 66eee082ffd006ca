"""What is kept of a position never outlives the records it was worked out from."""

from datetime import date

from tracker.extensions import begin_write, db
from tracker.queries.position import forget, position_of
from tracker.services.records import Desk, record_donor, record_receipt

DAY = date(2026, 6, 15)
RECEIPT = {"donor": "FRA", "received_on": "2026-01-15", "currency": "USD"}


def test_the_same_records_are_worked_out_once(desk: Desk) -> None:
    first = position_of(desk.session, desk.programme_id, DAY)
    assert position_of(desk.session, desk.programme_id, DAY) is first
    forget()
    again = position_of(desk.session, desk.programme_id, DAY)
    assert again is not first
    assert again == first


def test_a_new_record_is_seen_at_once(desk: Desk) -> None:
    record_donor(desk, raw={"code": "FRA", "name": "France"})
    assert position_of(desk.session, desk.programme_id, DAY).total.received == 0
    record_receipt(desk, raw={**RECEIPT, "reference": "R1", "amount": "100"})
    assert position_of(desk.session, desk.programme_id, DAY).total.received == 10_000


def test_what_was_rolled_back_is_never_taken_for_what_came_instead(desk: Desk) -> None:
    record_donor(desk, raw={"code": "FRA", "name": "France"})
    desk.session.commit()
    begin_write(db.session())
    record_receipt(desk, raw={**RECEIPT, "reference": "R1", "amount": "100"})
    assert position_of(desk.session, desk.programme_id, DAY).total.received == 10_000
    desk.session.rollback()
    assert position_of(desk.session, desk.programme_id, DAY).total.received == 0
    desk.session.rollback()
    begin_write(db.session())
    record_receipt(desk, raw={**RECEIPT, "reference": "R1", "amount": "250"})
    assert position_of(desk.session, desk.programme_id, DAY).total.received == 25_000
