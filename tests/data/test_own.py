"""A donor's own records as the queries give them: filtered once, with what stands on record of them."""

from datetime import date
from decimal import Decimal

from tests.data.test_records import france
from tracker.domain.entries import RateEntry
from tracker.domain.exchange import Rate
from tracker.queries.own import OwnReceipt, OwnRecords, own_part, own_records, programme_beside
from tracker.services.receipts import record_refund
from tracker.services.records import Desk, record_donor, record_pledge, record_receipt

__all__ = ["france"]
DAY = date(2026, 6, 15)


def of(desk: Desk, donor: str, day: date = DAY) -> OwnRecords:
    return own_records(desk.session, desk.programme_id, own_part(desk.session, desk.programme_id, donor, day))


def receipt(desk: Desk, reference: str, donor: str = "FRA", **raw: str) -> OwnReceipt:
    row = {"donor": donor, "received_on": "2026-04-01", "currency": "EUR", "amount": "1000", **raw}
    record_receipt(desk, raw={"reference": reference, **row}, confirmed=True)
    return next(one for one in of(desk, donor).receipts if one.net.receipt.reference == reference)


def test_a_receipt_comes_with_the_rate_that_valued_it(france: Desk) -> None:
    (one,) = of(france, "FRA").receipts
    assert one.rate == Rate("EUR", date(2026, 3, 1), Decimal("0.9350"))
    assert not one.stated
    assert one.net.net_usd_minor == 4_278_075


def test_a_receipt_whose_dollars_were_credited_names_no_rate(france: Desk) -> None:
    one = receipt(france, "R2", usd_amount="1060.00")
    assert (one.stated, one.rate) == (True, None)


def test_a_receipt_valued_by_another_rate_than_the_one_in_force_now_names_none(france: Desk) -> None:
    receipt(france, "R2")
    france.store().add("rates", [RateEntry(Rate("EUR", date(2026, 3, 15), Decimal("0.9")))])
    assert [one.rate for one in of(france, "FRA").receipts] == [None, None]


def test_ledger_references_of_receipts_and_refunds_are_at_hand(france: Desk) -> None:
    receipt(france, "R2", ledger_ref="GL 77")
    refund = {"reference": "B1", "receipt": "R2", "refunded_on": "2026-05-01", "amount": "100"}
    record_refund(france, raw={**refund, "ledger_ref": "GL 78"})
    one = of(france, "FRA").receipts[-1]
    assert (one.ledger_ref, one.refund_refs) == ("GL 77", {"B1": "GL 78"})


def test_a_pledge_comes_with_its_base_day_and_rates(france: Desk) -> None:
    (one,) = of(france, "FRA").pledges
    assert (one.base_day, one.base) == (date(2026, 2, 20), Rate("EUR", date(2026, 1, 1), Decimal("0.9200")))
    assert one.now == Rate("EUR", date(2026, 6, 1), Decimal("0.9100"))
    assert (one.pledged_usd_minor, one.settled_usd_minor) == (10_869_565, 4_347_826)
    assert (one.state.realised_usd_minor, one.state.unrealised_usd_minor) == (-69_751, 71_668)
    assert one.exchanged


def test_nothing_of_another_donor_is_in_it(france: Desk) -> None:
    before = of(france, "FRA")
    record_donor(france, raw={"code": "NOR", "name": "Norway"})
    pledge = {"donor": "NOR", "currency": "USD", "amount": "900", "pledged_on": "2026-05-01"}
    record_pledge(france, raw={**pledge, "reference": "FRA-10", "agreement_ref": "theirs"})
    receipt(france, "R10", donor="NOR", ledger_ref="theirs")
    assert of(france, "FRA") == before
    assert "theirs" not in repr(of(france, "FRA"))
    assert [one.ledger_ref for one in of(france, "NOR").receipts] == ["theirs"]


def test_what_happened_after_the_day_is_not_in_it(france: Desk) -> None:
    assert of(france, "FRA", date(2026, 3, 19)).receipts == ()
    assert of(france, "FRA", date(2026, 1, 31)).pledges == ()


def test_a_donor_without_records_has_an_empty_part(france: Desk) -> None:
    record_donor(france, raw={"code": "NEW", "name": "Newcomer"})
    records = of(france, "NEW")
    assert records == OwnRecords((), ())
    assert (records.received_usd_minor, records.open_usd_minor) == (0, 0)


def test_the_programme_beside_one_donor_holds_no_figure_of_the_only_other(france: Desk) -> None:
    record_donor(france, raw={"code": "NOR", "name": "Norway"})
    seen = programme_beside(france.session, france.programme_id, "NOR", DAY, latest=True)
    assert (seen.published, seen.received, seen.total.others, seen.total.gap) == ("nothing", None, None, None)
    assert "NOR" not in repr(seen) and "FRA" not in repr(seen)
