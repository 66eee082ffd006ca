"""A few contributors on record, and their statements: receipts, refunds, second thoughts, rates."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Flask

from tracker import create_app
from tracker.config import Settings
from tracker.database import prepare
from tracker.domain.entries import RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import parse_decimal
from tracker.domain.permissions import Actor
from tracker.domain.statement import Period
from tracker.extensions import begin_write, db
from tracker.queries.known import newest_known
from tracker.queries.programmes import the_programme
from tracker.queries.statements import StatementReport, load_statement
from tracker.services.receipts import record_refund
from tracker.services.records import Desk, amend_pledge, record_donor, record_pledge, record_receipt, void
from tracker.services.statements import issue

FIRST_HALF = Period(date(2026, 1, 1), date(2026, 6, 30))
SECOND_HALF = Period(date(2026, 7, 1), date(2026, 12, 31))
NEXT_YEAR = Period(date(2027, 1, 1), date(2027, 12, 31))

RATES = (
    "EUR 2026-01-01 0.9200", "EUR 2026-03-01 0.9350", "EUR 2026-06-01 0.9100", "EUR 2026-10-01 0.8800",
    "JPY 2026-01-01 151.37", "KWD 2026-01-01 0.307150",
)  # fmt: skip
DONORS = (
    {"code": "FRA", "name": "France", "kind": "government"},
    {"code": "NLD", "name": "Netherlands", "kind": "government"},
    {"code": "NOR", "name": "Norway", "kind": "government"},
    {"code": "NIL", "name": "Nobody yet", "kind": "other"},
)
PLEDGES: tuple[tuple[dict[str, str], list[dict[str, str]]], ...] = (
    (
        {"reference": "FRA-1", "donor": "FRA", "currency": "EUR", "amount": "100000",
         "pledged_on": "2026-02-01", "signed_on": "2026-02-20", "earmark": "O2", "covers_until": "2026-12",
         "agreement_ref": "Convention 2026/17"},
        [{"due_on": "2026-03-15", "amount": "40000"}, {"due_on": "2026-05-15", "amount": "60000"}],
    ),
    (
        {"reference": "NLD-1", "donor": "NLD", "currency": "USD", "amount": "260000",
         "pledged_on": "2026-01-05", "signed_on": "2026-01-10", "covers_until": "2027-03"},
        [{"due_on": "2026-01-20", "amount": "120000"}, {"due_on": "2026-09-01", "amount": "140000"}],
    ),
    ({"reference": "NLD-2", "donor": "NLD", "currency": "JPY", "amount": "9000001",
      "pledged_on": "2026-02-01", "signed_on": "2026-02-02", "earmark": "O1"}, []),
    ({"reference": "NLD-3", "donor": "NLD", "currency": "KWD", "amount": "5000.125",
      "pledged_on": "2026-04-10"}, []),
    ({"reference": "NLD-4", "donor": "NLD", "currency": "EUR", "amount": "10000",
      "pledged_on": "2026-03-10", "signed_on": "2026-03-12", "closed_on": "2026-08-01"}, []),
)  # fmt: skip
RECEIPTS = (
    "R1 FRA FRA-1 2026-03-20 EUR 40000",
    "N1 NLD NLD-1 2026-01-25 USD 120000 ledger_ref=L-2026-17",
    "N2 NLD - 2026-02-10 USD 7000 earmark=targeted:Youth_forum",
    "N3 NLD - 2026-03-11 EUR 5000.55 earmark=hold",
    "N4 NLD NLD-2 2026-04-02 JPY 3000000",
    "N5 NLD - 2026-05-05 USD 2500 usd_amount=2471.18 earmark=O3",
    "N6 NLD - 2026-06-03 USD 30000 earmark=PS covers_until=2026-07",
    "N7 NLD NLD-4 2026-06-05 EUR 8000",
    "N11 NLD - 2026-06-08 EUR 1000 usd_amount=1090.17 earmark=O1",
    "N10 NLD - 2026-05-20 USD 40000 earmark=O3 covers_from=2026-06 covers_until=2026-06",
    "ZZ-1 NOR - 2026-01-15 USD 60000",
)
AFTER = (
    "N8 NLD NLD-1 2026-09-10 USD 140000 covers_from=2026-05",
    "N9 NLD NLD-2 2026-10-20 JPY 1234567",
    "ZZ-2 NOR - 2026-07-15 USD 45000 covers_from=2026-04",
    "R2 FRA FRA-1 2026-08-20 EUR 60000",
)
REFUNDS_BEFORE = (("B1", "N1", "2026-06-20", "1500.05"), ("B2", "N2", "2026-06-21", "1000"))
REFUNDS_AFTER = (
    ("B3", "N1", "2026-08-02", "2500"),
    ("B4", "N3", "2026-11-03", "500.55"),
    ("B5", "N5", "2026-06-28", "2500"),
)


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:30:00").replace(tzinfo=UTC)


def desk_on(day: str) -> Desk:
    """Where an officer records on a day."""
    session = db.session()
    actor = Actor("a.moreau@ilo.example", at(day), "request-1")
    return Desk(session, actor, the_programme(session).id, date.fromisoformat(day))


@contextmanager
def installation(folder: Path) -> Iterator[Flask]:
    """An application on a seeded database in a folder."""
    app = create_app(Settings(f"sqlite:///{folder / 'tracker.sqlite3'}", folder, "x" * 40, "development", 2))
    prepare(app)
    with app.app_context():
        begin_write(db.session())
        yield app
        db.session.remove()
        db.engine.dispose()


def receive(desk: Desk, line: str) -> None:
    """`REFERENCE DONOR PLEDGE DAY CURRENCY AMOUNT name=value …`"""
    reference, donor, pledge, day, currency, amount, *rest = line.split()
    raw = {"reference": reference, "donor": donor, "received_on": day, "currency": currency, "amount": amount}
    if pledge != "-":
        raw["pledge"] = pledge
    raw |= {
        name: value.replace("_", " ")
        for name, value in (one.split("=") for one in rest if "ledger" not in one)
    }
    raw |= dict(one.split("=") for one in rest if "ledger" in one)
    record_receipt(desk, raw=raw, confirmed=True)


def give_back(desk: Desk, reference: str, receipt: str, day: str, amount: str) -> None:
    raw = {"reference": reference, "receipt": receipt, "refunded_on": day, "amount": amount}
    record_refund(desk, raw={**raw, "ledger_ref": f"L-{reference}"}, confirmed=True)


def record_first_half() -> None:
    """What is on record in July 2026."""
    desk = desk_on("2026-06-30")
    rates = [line.split() for line in RATES]
    desk.store().add(
        "rates", [RateEntry(Rate(c, date.fromisoformat(d), parse_decimal(v))) for c, d, v in rates]
    )
    for donor in DONORS:
        record_donor(desk, raw=donor)
    for pledge, schedule in PLEDGES:
        raw = {k: v for k, v in pledge.items() if k != "closed_on"}
        record_pledge(desk, raw=raw, schedule=schedule, confirmed=True)
    for line in RECEIPTS:
        receive(desk, line)
    for refund in REFUNDS_BEFORE:
        give_back(desk, *refund)


def record_second_half() -> None:
    """Issue the first half's statements; then money, refunds and second thoughts until the year ends."""
    desk = desk_on("2026-07-15")
    for donor in ("FRA", "NLD"):
        issue(desk, donor=donor, period=FIRST_HALF, dress=lambda report: {})
    desk = desk_on("2027-01-10")
    for line in AFTER:
        receive(desk, line)
    for refund in REFUNDS_AFTER:
        give_back(desk, *refund)
    void(desk, "receipts", key="N6", version=1, reason="Entered twice")
    amend(desk, 1, covers_until="2027-12")
    amend(desk, 4, closed_on="2026-08-01")


def amend(desk: Desk, place: int, **changed: str) -> None:
    raw, schedule = PLEDGES[place]
    said = {k: v for k, v in raw.items() if k != "closed_on"} | changed
    amend_pledge(desk, reference=raw["reference"], version=1, raw=said, schedule=schedule, confirmed=True)


def statement(donor: str, period: Period, as_of: date | None = None) -> StatementReport:
    """A draft, as known now."""
    desk = desk_on("2027-01-11")
    known = newest_known(desk.session, desk.programme_id, desk.actor.at_utc)
    return load_statement(
        desk.session, desk.programme_id, donor=donor, period=period, as_of=as_of or period.last, known=known
    )


def hostile(report: StatementReport) -> StatementReport:
    """Names and references that look like something else."""
    name = "=1+1\x07 & <b>" + "Ü" * 287
    return replace(
        report,
        donor=replace(report.donor, name=name),
        number="=2+2",
        corrects="NLD-1",
        reason="@SUM(A1) " * 33,
    )
