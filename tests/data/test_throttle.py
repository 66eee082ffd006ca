"""Attempts are counted in the database, by hash; what is full stays full for everybody, and waiting helps."""

import threading
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services import throttle
from tracker.services.throttle import LIMITS, Entry, Gate, network_of

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
ANNA, BEN = Gate("account", "anna@x.test"), Gate("account", "ben@x.test")
HERE = Gate("address", "192.0.2.7")


def enter(*gates: Gate, at: datetime = NOW) -> Entry:
    """One attempt, in a transaction of its own as pages count them."""
    with Session(db.engine) as session:
        begin_write(session)
        entry = throttle.enter(session, programme_id=the_programme(session).id, gates=gates, now=at)
        session.commit()
    return entry


def counted() -> int:
    """How many attempts are kept."""
    with db.engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM attempt")) or 0


def test_the_sixth_attempt_within_a_quarter_of_an_hour_waits_for_the_first_to_grow_old(app: Flask) -> None:
    for minute in range(5):
        assert enter(ANNA, HERE, at=NOW + timedelta(minutes=minute)).wait is None
    assert enter(ANNA, HERE, at=NOW + timedelta(minutes=5)).wait == timedelta(minutes=10)
    assert enter(BEN, HERE, at=NOW + timedelta(minutes=5)).wait is None, "another account"
    assert enter(ANNA, HERE, at=NOW + timedelta(minutes=15)).wait is None
    assert enter(ANNA, HERE, at=NOW + timedelta(minutes=15)).wait == timedelta(minutes=1)


def test_what_is_refused_is_not_counted_so_that_waiting_always_helps(app: Flask) -> None:
    for _ in range(5):
        enter(ANNA, HERE)
    before = counted()
    for _ in range(20):
        assert enter(ANNA, HERE).wait is not None
    assert counted() == before
    assert enter(ANNA, HERE, at=NOW + timedelta(minutes=15)).wait is None


def test_an_address_is_full_whatever_the_accounts(app: Flask) -> None:
    most, _within = LIMITS["address"]
    assert [enter(Gate("account", f"{n}@x.test"), HERE).wait for n in range(most)] == [None] * most
    assert enter(Gate("account", "new@x.test"), HERE).wait is not None
    assert enter(Gate("account", "new@x.test"), Gate("address", "192.0.2.8")).wait is None


def test_a_success_takes_back_itself_and_what_the_account_counted(app: Flask) -> None:
    for _ in range(4):
        enter(ANNA, HERE)
    entry = enter(ANNA, HERE)
    with Session(db.engine) as session:
        begin_write(session)
        throttle.forgive(session, entry=entry, gates=[ANNA])
        session.commit()
    assert counted() == 4, "the address keeps its four failures"
    assert enter(ANNA, HERE).wait is None


def test_old_rows_go_as_new_ones_come(app: Flask) -> None:
    for n in range(20):
        enter(Gate("account", str(n)), HERE)
    enter(BEN, at=NOW + throttle.LONGEST)
    assert counted() == 1


def test_no_address_and_no_account_can_be_read_from_what_is_kept(app: Flask) -> None:
    enter(ANNA, HERE)
    with db.engine.connect() as connection:
        kept = repr(connection.execute(text("SELECT * FROM attempt")).all())
    assert "anna" not in kept
    assert "192.0.2" not in kept


def test_many_at_once_pass_no_more_than_the_limit(app: Flask) -> None:
    waits: list[timedelta | None] = []

    def one() -> None:
        with app.app_context():
            waits.append(enter(ANNA).wait)

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == 12
    assert waits.count(None) == 5


def test_one_subscriber_of_ipv6_is_one_client() -> None:
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7")
    assert network_of("no address") == "no address"
