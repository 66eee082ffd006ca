"""Rates recorded, corrected, voided, and a month of them at once: all or nothing, and audited."""

import pytest
from sqlalchemy.orm import Session

from tracker.domain.problems import Refused
from tracker.importing.month_rates import read_lines
from tracker.queries import records
from tracker.queries.proofs import prove
from tracker.queries.rates import preview_rates, rate_lines
from tracker.services.rates import amend_rate, plan_rates, record_rate, record_rates
from tracker.services.records import (
    Desk,
    Questioned,
    Stale,
    record_donor,
    record_pledge,
    record_receipt,
    void,
)

JANUARY = {"currency": "EUR", "effective_on": "2026-01-01", "rate": "0.9200"}
MARCH = {"currency": "EUR", "effective_on": "2026-03-01", "rate": "0.9350"}
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
    """France, its pledge in EUR and a receipt; two rates."""
    record_donor(desk, raw={"code": "FRA", "name": "France"})
    record_rate(desk, raw=JANUARY)
    record_rate(desk, raw=MARCH)
    record_pledge(desk, raw=PLEDGE)
    record_receipt(desk, raw=RECEIPT)
    return desk


def values(desk: Desk) -> list[str]:
    """Live rates, as text."""
    return [f"{e.key} {e.rate.value:f}" for e in records.rates(desk.session, desk.programme_id)]


def proven(desk: Desk) -> bool:
    """Whether the proofs hold after what was written."""
    return all(proof.holds for proof in prove(desk.session, desk.programme_id, desk.today))


@pytest.mark.parametrize(
    ("rate", "question"),
    [
        ("1.0870", "rate_inverted"),  # the same rate, the wrong way round
        ("1", "rate_is_one"),
        ("0.7000", "rate_far"),
        ("1.1200", "rate_inverted"),
    ],
)
def test_an_odd_rate_is_asked_and_a_tick_answers(france: Desk, rate: str, question: str) -> None:
    raw = {"currency": "EUR", "effective_on": "2026-06-01", "rate": rate}
    with pytest.raises(Questioned) as asked:
        record_rate(france, raw=raw)
    assert question in [one.code for one in asked.value.questions]
    assert len(values(france)) == 2
    record_rate(france, raw=raw, confirmed=True)
    assert len(values(france)) == 3


def test_a_rate_of_the_same_day_is_refused(france: Desk) -> None:
    with pytest.raises(Refused, match="rate_taken"):
        record_rate(france, raw={**MARCH, "rate": "0.9400"})


def test_a_correction_changes_the_value_and_no_receipt(france: Desk) -> None:
    session, here = france.session, france.programme_id
    receipts = list(records.receipts(session, here))
    amend_rate(france, key="EUR 2026-03-01", version=1, raw={"rate": "0.9400"})
    assert values(france) == ["EUR 2026-01-01 0.9200", "EUR 2026-03-01 0.9400"]
    assert list(records.receipts(session, here)) == receipts
    newest = rate_lines(session, here)[0]
    assert (newest.stamp.version, newest.changed_by) == (2, france.actor.name)
    assert proven(france)


def test_a_correction_is_held_against_the_rate_before_it_or_against_what_it_was(france: Desk) -> None:
    for key in ("EUR 2026-03-01", "EUR 2026-01-01"):
        with pytest.raises(Questioned):
            amend_rate(france, key=key, version=1, raw={"rate": "1.0870"})


def test_a_stale_correction_is_refused(france: Desk) -> None:
    amend_rate(france, key="EUR 2026-03-01", version=1, raw={"rate": "0.9400"})
    with pytest.raises(Stale):
        amend_rate(france, key="EUR 2026-03-01", version=1, raw={"rate": "0.9500"})


def test_a_rate_that_nothing_else_can_replace_cannot_be_voided(france: Desk) -> None:
    with pytest.raises(Refused, match="needs_this_rate"):
        void(france, "rates", key="EUR 2026-01-01", version=1, reason="a slip")
    void(france, "rates", key="EUR 2026-03-01", version=1, reason="a slip")
    assert values(france) == ["EUR 2026-01-01 0.9200"]
    voided = rate_lines(france.session, france.programme_id)[0]
    assert (voided.voided, voided.void_reason) == (True, "a slip")
    with pytest.raises(Refused, match="reference_voided"):
        record_rate(france, raw=MARCH)
    assert proven(france)


def test_what_a_rate_moves_is_the_open_rest_alone(france: Desk) -> None:
    from tracker.domain.reading import read_rate

    entry = read_rate({**MARCH, "effective_on": "2026-06-01", "rate": "0.9100"}, france.register()).entry
    assert entry is not None
    preview = preview_rates(france.session, france.programme_id, france.today, [entry])
    moved = [(m.pledge.reference, m.usd_before_minor, m.usd_after_minor) for m in preview.moves]
    assert moved == [("FRA-1", 6_417_112, 6_593_407)]  # 60,000 / 0.9350 and / 0.9100
    assert preview.before.total.received == preview.after.total.received
    assert preview.before.total.gap - preview.after.total.gap == 176_295


def test_a_month_is_recorded_all_or_nothing(france: Desk) -> None:
    bad = read_lines("EUR 0.9180\nGBP 0,75\n", "2026-06-01")
    with pytest.raises(Refused, match="not_a_decimal"):
        record_rates(france, tables=bad)
    assert len(values(france)) == 2
    good = read_lines("EUR 0.9180\n\n GBP\t0.7510 \n", "2026-06-01")
    plan = record_rates(france, tables=good)
    assert len(plan.new["rates"]) == 2
    again = plan_rates(france, tables=good)
    assert (again.writes, again.unchanged["rates"], again.problems) == (0, 2, [])
    assert proven(france)


def test_a_month_with_an_odd_rate_asks_and_one_on_record_with_another_value_is_refused(france: Desk) -> None:
    odd = read_lines("EUR 1.0870", "2026-06-01")
    with pytest.raises(Questioned):
        record_rates(france, tables=odd)
    assert len(record_rates(france, tables=odd, confirmed=True).new["rates"]) == 1
    other = plan_rates(france, tables=read_lines("EUR 0.9000", "2026-03-01"))
    assert [one.problem.code for one in other.problems] == ["rate_taken"]


@pytest.mark.parametrize(
    ("text", "day", "found"),
    [
        ("", "2026-06-01", [(0, "missing")]),
        ("EUR 0.91", "", [(0, "missing")]),
        ("EUR 0.91", "1.6.2026", [(0, "not_a_day")]),
        ("EUR", "2026-06-01", [(1, "not_a_rate_line")]),
        ("EUR 0.91\nEUR 0.92", "2026-06-01", [(2, "twice_in_files")]),
        ("\nUSD 1.1", "2026-06-01", [(2, "rate_of_usd")]),
        ("currency,effective_on,rate\nEUR,2026-06-01,0", "", [(2, "rate_not_above_zero")]),
        ("currency\teffective_on\trate\nEUR\t2026-06-01\t0.9180", "", []),
        ("currency,rate\nEUR,0.9", "2026-06-01", [(1, "missing_column")]),
        ("EUR 0.9\n" * 1_001, "2026-06-01", [(0, "too_many_lines")]),
    ],
)
def test_pasted_lines_are_read_strictly(
    desk: Desk, session: Session, text: str, day: str, found: list[tuple[int, str]]
) -> None:
    plan = plan_rates(desk, tables=read_lines(text, day))
    assert [(one.row, one.problem.code) for one in plan.problems] == found
