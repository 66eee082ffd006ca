"""Known at: what had been recorded by a moment, as it stood then, whatever was recorded later (I8)."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.data.conftest import TODAY
from tests.data.test_records import FRANCE, PLEDGE, RECEIPT, SCHEDULE
from tracker.domain.contributions import Facts
from tracker.domain.entries import RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import parse_decimal
from tracker.domain.permissions import Actor
from tracker.queries import records
from tracker.queries.facts import load_facts
from tracker.queries.known import known_at, newest_known
from tracker.queries.position import position_of
from tracker.queries.report import load_report
from tracker.reporting.figures import position_dict, trace_rows
from tracker.services.pledges import close_pledge
from tracker.services.receipts import record_refund
from tracker.services.records import (
    Desk,
    amend_donor,
    amend_pledge,
    record_donor,
    record_pledge,
    record_receipt,
)

START = datetime(2026, 6, 15, 8, tzinfo=UTC)
DAYS = (TODAY, date(2027, 3, 31))


def at(desk: Desk, minutes: int) -> Desk:
    """The same desk, so many minutes later."""
    return replace(desk, actor=Actor(desk.actor.name, START + timedelta(minutes=minutes)))


def facts_told(facts: Facts) -> dict[str, Any]:
    told = {f.name: getattr(facts, f.name) for f in fields(facts) if f.name != "rates"}
    return {**told, "rates": facts.rates.all()}


def figures(desk: Desk, minutes: int) -> list[Any]:
    """Every figure as of two days, as known at a moment."""
    known = known_at(desk.session, desk.programme_id, START + timedelta(minutes=minutes))
    assert known is not None
    books = [position_of(desk.session, desk.programme_id, day, known) for day in DAYS]
    report = load_report(desk.session, desk.programme_id, DAYS[0], START, known)
    told = [position_dict(book) for book in books], [trace_rows(book, "all") for book in books]
    return [*told, report.donors, report.ledger_refs, report.agreement_refs, report.refunds, report.anchor]


def open_books(desk: Desk) -> None:
    desk = at(desk, 0)
    rates = [("2026-01-01", "0.9200"), ("2026-03-01", "0.9350"), ("2026-06-01", "0.9100")]
    desk.store().add(
        "rates", [RateEntry(Rate("EUR", date.fromisoformat(d), parse_decimal(v))) for d, v in rates]
    )
    record_donor(desk, raw=FRANCE)
    record_donor(desk, raw={"code": "CHL", "name": "Chile", "kind": "government"})
    record_pledge(desk, raw=PLEDGE, schedule=SCHEDULE)
    record_receipt(desk, raw=RECEIPT)


def one_change(desk: Desk, chance: Random, number: int) -> None:
    """Something an officer may do, corrections of the past among them."""
    live = list(records.receipts(desk.session, desk.programme_id))
    match chance.randrange(8):
        case 0:
            pledge = {"reference": f"CHL-{number}", "donor": "CHL", "currency": "EUR", "earmark": "O1 O3"}
            amount, day = str(chance.randrange(1_000, 90_000)), f"2026-0{chance.randrange(1, 7)}-11"
            record_pledge(desk, raw={**pledge, "amount": amount, "pledged_on": day}, schedule=[])
        case 1:
            version = desk.store().find("pledges", "FRA-1").version
            until = chance.choice(("2026-12", "2027-06", "2028-02", ""))
            raw = {**PLEDGE, "covers_until": until, "earmark": chance.choice(("O2", "core", "O1 O2"))}
            amend_pledge(desk, reference="FRA-1", version=version, raw=raw, schedule=SCHEDULE)
        case 2 if live:
            desk.store().void("receipts", chance.choice(live).key, reason="entered twice")
        case 3:
            version = desk.store().find("donors", "FRA").version
            raw = {**FRANCE, "name": f"France {number}", "aliases": f"Francia;FR {number}"}
            amend_donor(desk, code="FRA", version=version, raw=raw)
        case 4 if live:
            receipt = chance.choice(live).receipt
            left = receipt.amount_minor // 10
            raw = {"reference": f"F{number}", "receipt": receipt.reference, "refunded_on": "2026-06-14"}
            already = {entry.refund.receipt for entry in records.refunds(desk.session, desk.programme_id)}
            if receipt.reference not in already:
                record_refund(desk, raw={**raw, "amount": f"{left // 100}.{left % 100:02d}"})
        case 5:
            rate = Rate("EUR", date(2026, 5, 1) - timedelta(days=number), parse_decimal("0.9050"))
            desk.store().add("rates", [RateEntry(rate)])
        case _:
            donor, currency = chance.choice((("FRA", "EUR"), ("CHL", "USD")))
            raw = {"reference": f"R-{number}", "donor": donor, "currency": currency}
            day = f"2026-0{chance.randrange(1, 7)}-0{chance.randrange(1, 10)}"
            amount = str(chance.randrange(500, 40_000))
            covers = {"covers_from": chance.choice(("", "2026-01", "2026-02"))}
            record_receipt(desk, raw={**raw, "received_on": day, "amount": amount, **covers}, confirmed=True)


def test_the_newest_knowledge_out_of_the_trail_is_what_the_tables_hold(desk: Desk) -> None:
    open_books(desk)
    chance = Random(3)
    for number in range(25):
        one_change(at(desk, 1 + number), chance, number)
        seq = newest_known(desk.session, desk.programme_id, START).seq
        known = load_facts(desk.session, desk.programme_id, seq)
        assert facts_told(known) == facts_told(load_facts(desk.session, desk.programme_id))
    for read in (records.donors, records.pledges, records.receipts, records.refunds, records.rates):
        assert list(read(desk.session, desk.programme_id, seq)) == list(read(desk.session, desk.programme_id))


def test_the_same_day_and_knowledge_give_the_same_figures_after_fifty_changes(desk: Desk) -> None:
    open_books(desk)
    chance = Random(8)
    told = {}
    for number in range(50):
        told[number] = figures(desk, number)
        one_change(at(desk, 1 + number), chance, number)
    close_pledge(
        at(desk, 60), reference="FRA-1", version=desk.store().find("pledges", "FRA-1").version,
        raw={"closed_on": "2026-06-15", "reason": "withdrawn"},
    )  # fmt: skip
    assert len({str(one) for one in told.values()}) > 20, "the changes changed nothing"
    for number, before in told.items():
        assert figures(desk, number) == before


def test_nothing_is_known_before_the_first_entry(desk: Desk) -> None:
    assert known_at(desk.session, desk.programme_id, datetime(2020, 1, 1, tzinfo=UTC)) is None
