"""The nth call to the database fails, for every n of every money action: all is recorded, or nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.web.cast import EMAILS, TODAY, business_rows, signed_in
from tracker.extensions import db
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove

RECEIPT = {"reference": "R9", "donor": "FR", "pledge": "FR-1", "received_on": "2026-05-20", "currency": "EUR"}
ACTIONS = {
    "a donor": ("/donors/new", {"code": "BE", "name": "Belgium", "kind": "government"}),
    "a pledge with its schedule": (
        "/pledges/new",
        {
            **{
                "reference": "P9",
                "donor": "NL",
                "currency": "USD",
                "amount": "900",
                "pledged_on": "2026-05-01",
            },
            **{"instalments-0-due_on": "2026-07-01", "instalments-0-amount": "400"},
            **{"instalments-1-due_on": "2026-09-01", "instalments-1-amount": "500"},
        },
    ),
    "a receipt": ("/receipts/new", {**RECEIPT, "amount": "60000", "confirm": "y"}),
    "a refund": ("/receipts/refund/R1", {"reference": "B9", "refunded_on": "2026-06-01", "amount": "100"}),
    "a signature": ("/pledges/sign/NL/2026@1", {"signed_on": "2026-06-01"}),
    "a closing": ("/pledges/close/FR-1", {"closed_on": "2026-06-15", "reason": "the rest was withdrawn"}),
    "a void": ("/receipts/void/R2", {"reason": "of another programme"}),
    "a rate": ("/rates/new", {"currency": "EUR", "effective_on": "2026-06-10", "rate": "0.9000"}),
    "a closed month": ("/closings/close/2026-01", {"note": "checked", "unlisted": "y", "confirm": "y"}),
}


class Breaks:
    """Breaks the nth statement or commit from now on, once."""

    def __init__(self, nth: int) -> None:
        self.left, self.broke = nth, False

    def __call__(self, *_args: object) -> None:
        self.left -= 1
        if self.left == 0:
            self.broke = True
            raise OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))


@contextmanager
def breaking(engine: Engine, nth: int) -> Iterator[Breaks]:
    """An engine whose nth call fails."""
    breaks = Breaks(nth)
    event.listen(engine, "before_cursor_execute", breaks)
    event.listen(engine, "commit", breaks)
    try:
        yield breaks
    finally:
        event.remove(engine, "before_cursor_execute", breaks)
        event.remove(engine, "commit", breaks)


def holds(app: Flask) -> list[str]:
    """What `tracker check` would call broken."""
    with app.app_context(), Session(db.engine) as session:
        return [p.name for p in prove(session, the_programme(session).id, TODAY) if not p.holds]


@pytest.mark.parametrize("action", ACTIONS)
def test_whatever_call_fails_nothing_is_half_recorded(app: Flask, action: str, tmp_path: Path) -> None:
    path, fields = ACTIONS[action]
    officer = signed_in(app, EMAILS["officer"])
    before = business_rows(app)
    with app.app_context():
        engine = db.engine
    failures = 0
    for nth in range(1, 400):
        officer.get(path)
        body = {**officer.hidden, **fields}
        with breaking(engine, nth) as breaks:
            answer = officer.post(path, body)
        if not breaks.broke:
            break
        failures += 1
        assert answer.status_code in (302, 503), (
            nth,
            answer.status_code,
            answer.get_data(as_text=True)[-800:],
        )
        if answer.status_code == 302:
            break
        assert business_rows(app) == before, nth
    assert answer.status_code == 302
    assert business_rows(app) != before
    assert failures > 5
    assert holds(app) == []
    print(f"\n{action}: {failures} calls failed one by one, nothing was half recorded")


def test_a_connection_that_ends_after_the_answer_costs_nobody_the_answer(app: Flask) -> None:
    officer = signed_in(app, EMAILS["officer"])
    with app.app_context():
        engine = db.engine
    ended = Breaks(1)
    event.listen(engine, "rollback", ended)
    try:
        answer = officer.get("/receipts")
    finally:
        event.remove(engine, "rollback", ended)
    assert ended.broke
    assert answer.status_code == 200
    assert officer.get("/receipts").status_code == 200
