"""R13: in a closed month nothing dated inside is added, edited or voided; terms may change."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.domain.book import CODES
from tracker.domain.closing import check_closed
from tracker.domain.contributions import Instalment, Pledge, Receipt, Refund
from tracker.domain.earmark import parse_earmark
from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import Rate
from tracker.domain.months import parse_month

MARCH = frozenset({parse_month("2026-03")})
IN, OUT = date(2026, 3, 31), date(2026, 4, 1)
PLEDGE = Pledge("P", "FRA", "EUR", 100_00, date(2026, 3, 5))
RECEIPT = Receipt("R", "FRA", IN, "EUR", 100_00, 107_00)
REFUND = Refund("F", "R", IN, 10_00)
CORE, HOLD = parse_earmark("core", CODES), parse_earmark("hold", CODES)


def columns(old: Entry | None, new: Entry | None) -> list[str]:
    found = check_closed(old, new, MARCH)
    assert {problem.code for problem in found} <= {"month_closed"}
    assert all(problem.facts == {"month": "2026-03"} for problem in found)
    return [problem.column or "" for problem in found]


@pytest.mark.parametrize(
    ("entry", "column"),
    [
        (PledgeEntry(PLEDGE), "pledged_on"),
        (ReceiptEntry(RECEIPT), "received_on"),
        (RefundEntry(REFUND), "refunded_on"),
        (RateEntry(Rate("EUR", date(2026, 3, 1), Decimal("0.9"))), "effective_on"),
    ],
)
def test_nothing_dated_inside_is_added_or_voided(entry: Entry, column: str) -> None:
    assert columns(None, entry) == columns(entry, None) == [column]


def test_what_is_dated_in_an_open_month_is_free() -> None:
    later = ReceiptEntry(replace(RECEIPT, received_on=OUT))
    assert columns(None, later) == columns(later, None) == []
    assert columns(later, ReceiptEntry(replace(RECEIPT, received_on=OUT, amount_minor=5))) == []
    assert check_closed(None, ReceiptEntry(RECEIPT), frozenset()) == ()
    assert columns(None, DonorEntry("FRA", "France")) == []


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"amount_minor": 99_00}, "amount"),
        ({"usd_minor": 99_00}, "usd_amount"),
        ({"currency": "USD"}, "currency"),
        ({"donor": "DEU"}, "donor"),
        ({"received_on": OUT}, "received_on"),
    ],
)
def test_the_money_of_a_receipt_inside_stays(change: dict[str, object], column: str) -> None:
    assert columns(ReceiptEntry(RECEIPT), ReceiptEntry(replace(RECEIPT, **change))) == [column]  # type: ignore[arg-type]


def test_a_receipt_is_not_moved_into_a_closed_month() -> None:
    outside = ReceiptEntry(replace(RECEIPT, received_on=OUT))
    assert columns(outside, ReceiptEntry(RECEIPT)) == ["received_on"]


def test_terms_and_papers_of_older_rows_may_change() -> None:
    window = {"covers_until": parse_month("2027-06"), "earmark": CORE, "pledge": "P"}
    changed = ReceiptEntry(replace(RECEIPT, **window), ledger_ref="L-1", notes="found")  # type: ignore[arg-type]
    assert columns(ReceiptEntry(RECEIPT), changed) == []
    topped_up = replace(PLEDGE, amount_minor=200_00, instalments=(Instalment(OUT, 200_00),))
    assert columns(PledgeEntry(PLEDGE), PledgeEntry(topped_up, agreement_ref="A-1")) == []


def test_held_money_may_be_assigned_to_its_donor() -> None:
    unknown = ReceiptEntry(replace(RECEIPT, donor="UNIDENTIFIED"))
    held = ReceiptEntry(replace(RECEIPT, earmark=HOLD))
    assert columns(unknown, ReceiptEntry(RECEIPT)) == columns(held, ReceiptEntry(RECEIPT)) == []


def test_signing_and_closing_are_dated_by_their_own_days() -> None:
    old = PledgeEntry(replace(PLEDGE, pledged_on=date(2026, 1, 5)))

    def with_days(**days: date | None) -> PledgeEntry:
        return PledgeEntry(replace(old.pledge, **days))  # type: ignore[arg-type]

    assert columns(old, with_days(signed_on=IN)) == ["signed_on"]
    assert columns(old, with_days(signed_on=OUT, closed_on=OUT)) == []
    assert columns(with_days(closed_on=IN), old) == ["closed_on"]
    assert columns(PledgeEntry(PLEDGE), PledgeEntry(replace(PLEDGE, signed_on=OUT))) == []
    assert columns(PledgeEntry(PLEDGE), PledgeEntry(replace(PLEDGE, currency="USD"))) == ["currency"]
    assert columns(with_days(signed_on=IN), None) == ["signed_on"]
