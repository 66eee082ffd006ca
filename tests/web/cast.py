"""The stable cast of the web ring, and how its people use a browser.

The day is 15 June 2026, the as-of day of the funding rules' worked example B, whose contributions these are.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tracker.config import Settings
from tracker.domain.entries import RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import parse_decimal
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services import users
from tracker.services.records import Desk, record_donor, record_pledge, record_receipt

TODAY = date(2026, 6, 15)
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
PASSWORD = "a long enough password"
SCRIPT = "<script>alert(1)</script>"

# who, role, donor, name
CAST = (
    ("admin@alliance.test", "admin", None, "L. Okafor"),
    ("officer@alliance.test", "officer", None, "A. Moreau"),
    ("gcg@alliance.test", "gcg", None, "C. Rojas"),
    ("donor@france.test", "donor", "FR", "France"),
    ("donor@ftv.test", "donor", "FTV", "France Télévisions"),
)
EMAILS = {"admin": CAST[0][0], "officer": CAST[1][0], "gcg": CAST[2][0], "donor": CAST[3][0]}

DONORS = (
    {"code": "FR", "name": "France", "kind": "government", "country": "FR", "aliases": "Francia"},
    {"code": "NL", "name": "Netherlands", "kind": "government", "country": "NL"},
    {"code": "FTV", "name": "France Télévisions", "kind": "media", "country": "FR"},
    {"code": "XSS", "name": f"Quiet & Sons {SCRIPT}", "kind": "private"},
    {"code": "HUSH", "name": "Secret Giver", "kind": "foundation", "anonymous": "yes"},
)
RATES = (("EUR", "2026-01-01", "0.9200"), ("EUR", "2026-03-01", "0.9350"), ("EUR", "2026-06-01", "0.9100"))
FRANCE_PLEDGE = {
    "reference": "FR-1",
    "donor": "FR",
    "currency": "EUR",
    "amount": "100000.00",
    "pledged_on": "2026-02-01",
    "signed_on": "2026-02-20",
    "earmark": "O2",
    "covers_until": "2026-12",
}
FRANCE_SCHEDULE = (
    {"due_on": "2026-03-15", "amount": "40000.00"},
    {"due_on": "2026-05-15", "amount": "60000.00"},
)
NETHERLANDS_PLEDGE = {
    "reference": "NL/2026@1",
    "donor": "NL",
    "currency": "USD",
    "amount": "60000.00",
    "pledged_on": "2026-04-10",
}
SECRET_PLEDGE = {
    "reference": "HUSH-7",
    "donor": "HUSH",
    "currency": "USD",
    "amount": "5000.00",
    "pledged_on": "2026-05-01",
}
RECEIPTS = (
    {
        "reference": "R1",
        "donor": "FR",
        "pledge": "FR-1",
        "received_on": "2026-03-20",
        "currency": "EUR",
        "amount": "40000.00",
    },
    {
        "reference": "R2",
        "donor": "NL",
        "received_on": "2026-01-10",
        "currency": "USD",
        "amount": "50000.00",
    },
    {
        "reference": "R-FTV",
        "donor": "FTV",
        "received_on": "2026-02-02",
        "currency": "USD",
        "amount": "777.00",
    },
)


def settings(folder: Path) -> Settings:
    """A development application whose only files are in a folder."""
    url = f"sqlite:///{folder / 'tracker.sqlite3'}"
    return Settings(url, folder, "k" * 40, "development", 5.0)


def record_the_cast(app: Flask) -> None:
    """Everybody's login, and the contributions of worked example B, through the services."""
    with app.app_context():
        session = db.session()
        begin_write(session)
        here = the_programme(session).id
        actor = Actor("officer@alliance.test", NOON, "test")
        desk = Desk(session, actor, here, TODAY)
        for donor in DONORS:
            record_donor(desk, raw=donor)
        for email, role, code, name in CAST:
            options = {"role": role, "donor": code, "name": name, "password": PASSWORD}
            users.add_user(session, actor=actor, programme_id=here, email=email, **options)
        rates = [RateEntry(Rate(c, date.fromisoformat(day), parse_decimal(r))) for c, day, r in RATES]
        desk.store().add("rates", rates)
        record_pledge(desk, raw=FRANCE_PLEDGE, schedule=FRANCE_SCHEDULE)
        record_pledge(desk, raw=NETHERLANDS_PLEDGE)
        record_pledge(desk, raw=SECRET_PLEDGE)
        for receipt in RECEIPTS:
            record_receipt(desk, raw=receipt)
        session.commit()


TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
HIDDEN = re.compile(r'<input[^>]*name="(form_key|version)"[^>]*value="([^"]*)"')


@dataclass
class Person:
    """Somebody with a browser: keeps cookies, and sends the token of the page they last saw."""

    client: FlaskClient
    token: str = ""
    hidden: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **options: object) -> TestResponse:
        """Open a page."""
        return self._seen(self.client.get(path, **options))

    def post(self, path: str, data: dict[str, str] | None = None, **options: object) -> TestResponse:
        """Send a form with this session's token."""
        body = {"csrf_token": self.token, **(data or {})}
        return self._seen(self.client.post(path, data=body, **options))

    def fill(self, path: str, data: dict[str, str]) -> TestResponse:
        """Open a form and send it, with the hidden fields it came with."""
        self.get(path)
        return self.post(path, {**self.hidden, **data})

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Through the door, by form."""
        self.get("/login")
        answer = self.post("/login", {"email": email, "password": password})
        if answer.status_code == 302:
            self.get(answer.headers["Location"])
        return answer

    def _seen(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            if found := TOKEN.search(page):
                self.token = unescape(found[1])
            self.hidden = {name: unescape(value) for name, value in HIDDEN.findall(page)}
        return answer


def signed_in(app: Flask, email: str) -> Person:
    """A person of the cast, signed in."""
    person = Person(app.test_client())
    assert person.sign_in(email).status_code == 302
    return person


TABLES = ("donor", "donor_alias", "pledge", "instalment", "receipt", "refund", "rate", "audit_entry")


PEOPLE_TABLES = ("contact", "note", "attachment", "attachment_content", "caretaker", "bank_list", "bank_line")


def business_rows(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every business row there is, to hold against itself later."""
    with app.app_context(), Session(db.engine) as session:
        rows = {
            name: [tuple(row) for row in session.execute(text(f"SELECT * FROM {name} ORDER BY id"))]  # noqa: S608
            for name in (*TABLES, *PEOPLE_TABLES, "user_account", "budget_version", "programme")
        }
    return rows


def page_of(answer: TestResponse) -> str:
    """The page's text."""
    return answer.get_data(as_text=True)
