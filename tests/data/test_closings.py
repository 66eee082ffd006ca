"""Closed months (R13, I9): both walls, what stays allowed, and a proof that bites."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.data.conftest import TODAY
from tracker.domain.matching import Line
from tracker.domain.months import parse_month
from tracker.domain.problems import Refused
from tracker.extensions import begin_write, db
from tracker.importing.month_rates import read_lines
from tracker.models import AuditEntry, MonthClosing
from tracker.queries.closings import closed_months, month_state
from tracker.queries.proofs import CLOSED, prove
from tracker.services import bank
from tracker.services.closings import close_month, reopen_month
from tracker.services.pledges import close_pledge, schedule_pledge, sign_pledge
from tracker.services.rates import amend_rate, record_rate, record_rates
from tracker.services.receipts import amend_receipt, amend_refund, assign_hold, record_refund
from tracker.services.records import (
    Desk,
    Questioned,
    amend_donor,
    amend_pledge,
    record_donor,
    record_pledge,
    record_receipt,
    void,
)

PLEDGE = {
    "reference": "P1",
    "donor": "FRA",
    "currency": "EUR",
    "amount": "100000",
    "pledged_on": "2026-03-01",
}
OLD_PLEDGE = {
    "reference": "P0",
    "donor": "FRA",
    "currency": "USD",
    "amount": "9000",
    "pledged_on": "2026-01-20",
}
RECEIPT = {
    "reference": "R1",
    "donor": "FRA",
    "received_on": "2026-03-20",
    "currency": "EUR",
    "amount": "40000",
}
OPEN_RECEIPT = {**RECEIPT, "reference": "R2", "received_on": "2026-04-02", "amount": "500"}
HELD = {
    **{"reference": "H1", "donor": "UNIDENTIFIED", "received_on": "2026-03-09", "currency": "USD"},
    **{"amount": "700", "earmark": "hold"},
}
REFUND = {"reference": "F1", "receipt": "R1", "refunded_on": "2026-03-25", "amount": "100"}
OPEN_REFUND = {**REFUND, "reference": "F2", "refunded_on": "2026-04-25"}
RATE = {"currency": "EUR", "effective_on": "2026-03-01", "rate": "0.9350"}
CREDIT = Line(2, date(2026, 3, 28), "USD", 80_000, "GOBIERNO DE CHILE")
UNLISTED = {"note": "Held against the ledger", "unlisted": "yes"}


@pytest.fixture
def march(desk: Desk) -> Desk:
    """A small book with something of every kind in March 2026, and in the months beside it."""
    record_donor(desk, raw={"code": "FRA", "name": "France"})
    for day, rate in (("2026-01-01", "0.9200"), ("2026-04-01", "0.9300")):
        record_rate(desk, raw={"currency": "EUR", "effective_on": day, "rate": rate})
    record_rate(desk, raw=RATE)
    for pledge in (PLEDGE, OLD_PLEDGE):
        record_pledge(desk, raw=pledge)
    for receipt in (RECEIPT, OPEN_RECEIPT, HELD):
        record_receipt(desk, raw=receipt)
    for refund in (REFUND, OPEN_REFUND):
        record_refund(desk, raw=refund)
    return desk


def closed(desk: Desk, month: str = "2026-03") -> Desk:
    close_month(desk, month=month, raw=UNLISTED, confirmed=True)
    return desk


def version(desk: Desk, kind: str, key: str) -> int:
    return desk.store().find(kind, key).version  # type: ignore[arg-type]


def entries(desk: Desk) -> int:
    return desk.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str]]:
    return [(problem.column, problem.code) for problem in refused.value.problems]


def breaks(desk: Desk) -> list[str]:
    return [f"{p.name}: {p.detail}" for p in prove(desk.session, desk.programme_id, TODAY) if not p.holds]


# Closing and reopening


def test_a_month_is_closed_with_a_note_and_the_trail_says_so(march: Desk) -> None:
    with pytest.raises(Questioned) as asked:
        close_month(march, month="2026-03", raw=UNLISTED)
    assert asked.value.questions[0].facts["names"] == "2026-01, 2026-02"
    closed(march)
    assert closed_months(march.session, march.programme_id) == {parse_month("2026-03")}
    entry = march.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry is not None
    assert (entry.action, entry.entity, entry.reference) == ("close", "month_closing", "2026-03")
    assert '"note":"Held against the ledger"' in (entry.after or "")
    assert not breaks(march)


@pytest.mark.parametrize(
    ("month", "raw", "code"),
    [
        ("2026-06", UNLISTED, "month_not_over"),
        ("2026-07", UNLISTED, "month_not_over"),
        ("2025-12", UNLISTED, "outside_programme"),
        ("2026-13", UNLISTED, "not_a_month"),
        ("2026-03", {"note": "", "unlisted": "yes"}, "missing"),
        ("2026-03", {"note": "checked"}, "no_bank_list"),
        ("2026-01", UNLISTED, "month_closed_already"),
    ],
)
def test_what_is_not_ready_is_not_closed(march: Desk, month: str, raw: dict[str, str], code: str) -> None:
    closed(march, "2026-01")
    before = entries(march)
    with pytest.raises(Refused) as refused:
        close_month(march, month=month, raw=raw, confirmed=True)
    assert code in [problem.code for problem in refused.value.problems]
    assert entries(march) == before


def test_a_month_whose_bank_list_has_an_unexplained_rest_stays_open(march: Desk) -> None:
    id_ = bank.record_list(march, name="March", fingerprint="a" * 64, lines=[CREDIT])
    line = bank._list(march, id_).lines[0]
    with pytest.raises(Refused) as refused:
        close_month(march, month="2026-03", raw=UNLISTED, confirmed=True)
    assert codes(refused) == [("", "bank_lines_open")]
    state = month_state(march.session, march.programme_id, TODAY, parse_month("2026-03"))
    assert state is not None
    assert [(name, one.id) for name, one in state.open_lines] == [("March", line.id)]
    bank.set_aside(march, line_id=line.id, version=line.version, reason="a transfer of our own")
    close_month(march, month="2026-03", raw={"note": "as the list says"}, confirmed=True)
    assert not breaks(march)


def test_a_line_whose_receipt_was_voided_keeps_its_month_open(march: Desk) -> None:
    id_ = bank.record_list(march, name="March", fingerprint="a" * 64, lines=[CREDIT])
    line = bank._list(march, id_).lines[0]
    entry = bank.hold_line(march, line_id=line.id, version=line.version)
    void(march, "receipts", key=entry.key, version=1, reason="twice")
    with pytest.raises(Refused) as refused:
        close_month(march, month="2026-03", raw=UNLISTED, confirmed=True)
    assert codes(refused) == [("", "bank_lines_open")]


def test_a_month_is_reopened_with_a_reason_and_closed_anew_by_a_new_row(march: Desk) -> None:
    closed(march)
    for wrong in ({"version": 1, "reason": " "}, {"version": 9, "reason": "why"}):
        with pytest.raises(Refused):
            reopen_month(march, month="2026-03", **wrong)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        reopen_month(march, month="2026-02", version=1, reason="it is open")
    reopen_month(march, month="2026-03", version=1, reason="a receipt was forgotten")
    record_receipt(march, raw={**RECEIPT, "reference": "R9", "amount": "77"})
    assert not breaks(march)
    closed(march)
    rows = list(march.session.scalars(select(MonthClosing).order_by(MonthClosing.id)))
    assert [(row.month, row.reopen_reason) for row in rows] == [
        ("2026-03", "a receipt was forgotten"),
        ("2026-03", ""),
    ]
    assert not breaks(march)


# The first wall: every verb that writes what is dated


def _raw(base: dict[str, str], **changed: str) -> dict[str, str]:
    return {**base, **changed}


def _amend(verb: Callable[..., object], desk: Desk, kind: str, key: str, raw: dict[str, str]) -> object:
    name = "key" if kind == "rates" else "reference"
    return verb(desk, **{name: key}, version=version(desk, kind, key), raw=raw, confirmed=True)


def _void(desk: Desk, kind: str, key: str) -> None:
    void(desk, kind, key=key, version=version(desk, kind, key), reason="an error")  # type: ignore[arg-type]


def _bank(desk: Desk) -> None:
    id_ = bank.record_list(desk, name="March", fingerprint="b" * 64, lines=[CREDIT])
    line = bank._list(desk, id_).lines[0]
    bank.record_line(desk, line_id=line.id, version=line.version, donor="FRA", confirmed=True)


IN, OUT = "2026-03-31", "2026-04-30"
REFUSED: dict[str, tuple[str, Callable[[Desk], object]]] = {
    "pledge": ("pledged_on", lambda d: record_pledge(d, raw=_raw(PLEDGE, reference="P9"), confirmed=True)),
    "pledge signed": (
        "signed_on",
        lambda d: record_pledge(d, raw=_raw(OLD_PLEDGE, reference="P9", signed_on=IN), confirmed=True),
    ),
    "receipt": (
        "received_on",
        lambda d: record_receipt(d, raw=_raw(RECEIPT, reference="R9"), confirmed=True),
    ),
    "refund": ("refunded_on", lambda d: record_refund(d, raw=_raw(REFUND, reference="F9"), confirmed=True)),
    "rate": ("effective_on", lambda d: record_rate(d, raw=_raw(RATE, effective_on=IN), confirmed=True)),
    "rates": ("text", lambda d: record_rates(d, tables=read_lines("CHF 0.88", IN), confirmed=True)),
    "amend pledge": (
        "currency",
        lambda d: _amend(amend_pledge, d, "pledges", "P1", _raw(PLEDGE, currency="USD")),
    ),
    "move pledge in": (
        "pledged_on",
        lambda d: _amend(amend_pledge, d, "pledges", "P0", _raw(OLD_PLEDGE, pledged_on=IN)),
    ),
    "move pledge out": (
        "pledged_on",
        lambda d: _amend(amend_pledge, d, "pledges", "P1", _raw(PLEDGE, pledged_on=OUT)),
    ),
    "sign": ("signed_on", lambda d: _amend(sign_pledge, d, "pledges", "P0", {"signed_on": IN})),
    "close": (
        "closed_on",
        lambda d: _amend(close_pledge, d, "pledges", "P0", {"closed_on": IN, "reason": "withdrawn"}),
    ),
    "amend receipt": (
        "amount",
        lambda d: _amend(amend_receipt, d, "receipts", "R1", _raw(RECEIPT, amount="40001")),
    ),
    "move receipt in": (
        "received_on",
        lambda d: _amend(amend_receipt, d, "receipts", "R2", _raw(OPEN_RECEIPT, received_on=IN)),
    ),
    "amend refund": (
        "amount",
        lambda d: _amend(amend_refund, d, "refunds", "F1", _raw(REFUND, amount="101")),
    ),
    "move refund in": (
        "refunded_on",
        lambda d: _amend(amend_refund, d, "refunds", "F2", _raw(OPEN_REFUND, refunded_on=IN)),
    ),
    "amend rate": (
        "rate",
        lambda d: _amend(amend_rate, d, "rates", "EUR 2026-03-01", _raw(RATE, rate="0.94")),
    ),
    "void pledge": ("reason", lambda d: _void(d, "pledges", "P1")),
    "void receipt": ("reason", lambda d: _void(d, "receipts", "H1")),
    "void refund": ("reason", lambda d: _void(d, "refunds", "F1")),
    "void rate": ("reason", lambda d: _void(d, "rates", "EUR 2026-03-01")),
    "bank line": ("received_on", _bank),
}


@pytest.mark.parametrize("verb", REFUSED)
def test_nothing_dated_inside_is_written_by_any_verb(march: Desk, verb: str) -> None:
    column, write = REFUSED[verb]
    closed(march)
    before = entries(march) + (2 if verb == "bank line" else 0)  # the list and its line are no entry of money
    with pytest.raises(Refused) as refused:
        write(march)
    assert (column, "month_closed") in codes(refused)
    assert entries(march) == before
    assert not breaks(march)


@pytest.mark.parametrize("verb", REFUSED)
def test_the_same_is_written_while_the_month_is_open(march: Desk, verb: str) -> None:
    before = entries(march)
    REFUSED[verb][1](march)
    assert entries(march) > before


ALLOWED: dict[str, Callable[[Desk], object]] = {
    "receipt in an open month": lambda d: record_receipt(
        d, raw=_raw(OPEN_RECEIPT, reference="R9", amount="3")
    ),
    "top-up": lambda d: _amend(amend_pledge, d, "pledges", "P1", _raw(PLEDGE, amount="110000")),
    "schedule": lambda d: schedule_pledge(
        d,
        reference="P1",
        version=version(d, "pledges", "P1"),
        schedule=[{"due_on": "2026-03-30", "amount": "100000"}],
    ),
    "sign in an open month": lambda d: _amend(sign_pledge, d, "pledges", "P1", {"signed_on": OUT}),
    "window": lambda d: _amend(amend_receipt, d, "receipts", "R1", _raw(RECEIPT, covers_until="2026-12")),
    "assign": lambda d: _amend(assign_hold, d, "receipts", "H1", {"donor": "FRA", "earmark": "core"}),
    "refund in an open month": lambda d: record_refund(
        d, raw=_raw(REFUND, reference="F9", refunded_on=OUT, amount="5")
    ),
    "donor": lambda d: amend_donor(
        d, code="FRA", version=version(d, "donors", "FRA"), raw={"name": "La France"}
    ),
    "ledger reference": lambda d: _amend(amend_receipt, d, "receipts", "R1", _raw(RECEIPT, ledger_ref="L-1")),
}


@pytest.mark.parametrize("verb", ALLOWED)
def test_terms_holds_and_open_months_stay_free(march: Desk, verb: str) -> None:
    closed(march)
    before = entries(march)
    ALLOWED[verb](march)
    assert entries(march) > before
    assert not breaks(march)


# The second wall, and the proof


def test_the_store_refuses_whatever_the_caller_checked(march: Desk) -> None:
    register = march.register()
    closed(march)
    before = entries(march)
    receipt, refund, rate = register.receipts["R1"], register.refunds["F1"], register.rates["EUR 2026-03-01"]
    pledge = register.pledges["P1"]
    other = [
        ("receipts", replace(receipt, receipt=replace(receipt.receipt, reference="X", amount_minor=1))),
        ("refunds", replace(refund, refund=replace(refund.refund, reference="X", amount_minor=1))),
        ("rates", replace(rate, rate=replace(rate.rate, currency="CHF"))),
        ("pledges", replace(pledge, pledge=replace(pledge.pledge, reference="X"))),
    ]
    changed = [
        ("receipts", replace(receipt, receipt=replace(receipt.receipt, amount_minor=1))),
        ("refunds", replace(refund, refund=replace(refund.refund, amount_minor=1))),
        ("rates", replace(rate, rate=replace(rate.rate, value=rate.rate.value + 1))),
        ("pledges", replace(pledge, pledge=replace(pledge.pledge, pledged_on=date(2026, 4, 1)))),
    ]
    for kind, entry in other:
        with pytest.raises(Refused):
            march.store().add(kind, [entry])  # type: ignore[arg-type, list-item]
    for kind, entry in changed:
        with pytest.raises(Refused):
            march.store().change(kind, entry)  # type: ignore[arg-type]
        with pytest.raises(Refused):
            march.store().void(kind, entry.key, reason="an error")  # type: ignore[arg-type]
    assert entries(march) == before
    assert not breaks(march)


def test_the_proof_names_what_went_round_both_walls(march: Desk) -> None:
    receipt = march.register().receipts["R1"]
    closed(march)
    store = march.store()
    store._closed = frozenset()  # as if nothing were closed
    store.add("receipts", [replace(receipt, receipt=replace(receipt.receipt, reference="X1"))])
    store.change("receipts", replace(receipt, receipt=replace(receipt.receipt, usd_minor=1)))
    store.void("refunds", "F1", reason="quietly")
    found = [p for p in prove(march.session, march.programme_id, TODAY) if not p.holds and p.name == CLOSED]
    assert len(found) == 1
    seq = entries(march)
    assert found[0].detail.split("; ") == [
        f"receipt X1 of audit entry {seq - 2}: 2026-03 was closed",
        f"receipt R1 of audit entry {seq - 1}: 2026-03 was closed",
        f"refund F1 of audit entry {seq}: 2026-03 was closed",
    ]


def test_reopening_afterwards_does_not_make_it_good(march: Desk) -> None:
    closed(march)
    store = march.store()
    store._closed = frozenset()
    store.void("refunds", "F1", reason="quietly")
    reopen_month(march, month="2026-03", version=1, reason="to hide it")
    assert [line.partition(":")[0] for line in breaks(march)] == [CLOSED]


def test_who_records_while_the_month_is_being_closed_waits_and_is_refused(app: Flask, march: Desk) -> None:
    march.session.commit()
    begin_write(march.session)
    closed(march)  # not committed yet
    said: list[str] = []

    def record_meanwhile() -> None:
        with app.app_context():
            begin_write(db.session())
            desk = replace(march, session=db.session())
            try:
                record_receipt(desk, raw=_raw(RECEIPT, reference="R9"), confirmed=True)
                db.session.commit()
                said.append("recorded")
            except Refused as refused:
                said.extend(problem.code for problem in refused.problems)
            db.session.remove()

    other = threading.Thread(target=record_meanwhile)
    other.start()
    other.join(0.5)
    assert said == []
    march.session.commit()
    other.join(10)
    assert said == ["month_closed"]
    assert not breaks(march)
