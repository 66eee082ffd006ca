"""Two donors that look alike, and one that nobody but the Secretariat may know, each full of canaries.

The twins share the beginning of their names, a kind, a day and an amount; their references contain each
other. What is one's alone carries a word or an amount that stands nowhere else.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import time_machine
from flask import Flask

from tests.web.cast import NOON, PASSWORD, TODAY, settings
from tracker import create_app
from tracker.domain.money import amount_text
from tracker.domain.permissions import Actor
from tracker.domain.statement import Period
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.queries.statements import number_text
from tracker.services import users
from tracker.services.files import record_file
from tracker.services.people import record_caretaker, record_contact, record_note
from tracker.services.receipts import record_refund
from tracker.services.records import Desk, record_donor, record_pledge, record_receipt
from tracker.services.statements import MadeFile, issue

SAME_EUR, SAME_USD = "50000.00", "25000.00"
OFFICER = "officer@alliance.test"


@dataclass(frozen=True)
class Canary:
    """What nobody else may read: a pattern, and small letters of which one is wherever the pattern fits."""

    needles: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, *needles: str, pattern: str) -> "Canary":
        """A canary that is found in capitals and small letters alike."""
        return cls(tuple(needle.lower() for needle in needles), re.compile(pattern, re.IGNORECASE))

    def is_in(self, text: str, lower: str | None = None) -> bool:
        """Whether it can be read in a text; `lower` is the same in small letters, where it is at hand."""
        lower = text.lower() if lower is None else lower
        return any(needle in lower for needle in self.needles) and self.pattern.search(text) is not None


def alone(text: str) -> Canary:
    """Not inside a longer word or number."""
    return Canary.of(text, pattern=rf"(?<![^\W_]){re.escape(text)}(?![^\W_])")


def amount(minor: int) -> Canary:
    """An amount to the cent, in whole units or in minor units, without thousands' separators."""
    whole = minor // 100
    forms = (amount_text(minor).replace(",", "").replace(".", "[.,]"), str(minor), str(whole), str(whole + 1))
    return Canary.of(str(whole), str(whole + 1), pattern=rf"(?<!\d)(?:{'|'.join(forms)})(?!\d)")


@dataclass(frozen=True)
class Twin:
    """A donor of the tests. `word` is in all its texts, `number` ends its references, amounts are cents."""

    code: str
    name: str
    country: str
    word: str
    number: str
    pledged_minor: int
    received_minor: int
    refunded_minor: int
    rest_of_name: str = ""
    anonymous: bool = False

    @property
    def login(self) -> str:
        """Its own login."""
        return f"login@{self.word.lower()}.test"

    @property
    def references(self) -> tuple[str, ...]:
        """Of its pledges, receipts and refund."""
        n = self.number
        return f"LP-{n}", f"LP-{n}/B", f"LR-{n}", f"LR-{n}/T", f"LB-{n}"

    @property
    def keys(self) -> tuple[str, ...]:
        """What addresses and queries may name it by."""
        return (self.code, *self.references, self.statement, self.login, self.name)

    @property
    def statement(self) -> str:
        """The number of the statement that was issued to it."""
        return number_text(self.code, 1)

    @property
    def canaries(self) -> dict[str, "Canary"]:
        """What nobody else may read, by what it is."""
        name = r"[\s_-]+".join(re.escape(part) for part in self.name.split())
        found = {
            "code": alone(self.code),
            "name": Canary.of(self.name.split()[0], pattern=rf"{name}{self.rest_of_name}"),
            "word": Canary.of(self.word, pattern=self.word),
        }
        found |= {reference: alone(reference) for reference in self.references}
        minors = (self.pledged_minor, self.received_minor, self.refunded_minor)
        return found if self.anonymous else found | {f"amount {minor}": amount(minor) for minor in minors}

    @property
    def kinds_of_text(self) -> dict[str, str]:
        """Every text that carries its word, by what it is."""
        w = self.word
        return {
            "alias": f"{w} Alias",
            "IATI reference": f"XI-{w}-IATI",
            "e-mail": f"office@{w.lower()}.test",
            "agreement reference": f"AGR-{w}-9",
            "notes of a pledge": f"{w} promised it by hand",
            "ledger reference of a receipt": f"LEDGER-{w}-R",
            "notes of a receipt": f"{w} paid by cheque",
            "target": f"{w} village school",
            "ledger reference of a refund": f"LEDGER-{w}-B",
            "contact": f"{w} Person",
            "contact's e-mail": f"person@{w.lower()}.test",
            "note": f"{w} wants a letter",
            "file name": f"{w}-agreement.pdf",
            "login": self.login,
        }


ONE = Twin("LUM", "Lumen Aurora", "EE", "Quokka", "1", 41_357_91, 17_713_39, 3_031_73, r"(?![\s_-]+Nord)")
TWO = Twin("LUMA", "Lumen Aurora Nord", "LV", "Numbat", "11", 43_853_67, 19_919_57, 2_657_83)
VEIL = Twin("VEIL", "Velvet Lantern", "LI", "Axolotl", "7", 37_123_77, 13_579_31, 1_237_91, anonymous=True)
ALL = (ONE, TWO, VEIL)


@contextmanager
def twins_app(seeded: Path, folder: Path) -> Iterator[Flask]:
    """The cast's application with the twins and the veiled donor on record, at the programme's noon."""
    shutil.copy(seeded, folder / "tracker.sqlite3")
    with time_machine.travel(NOON, tick=False):
        app = create_app(settings(folder))
        with app.app_context():
            session = db.session()
            begin_write(session)
            desk = Desk(session, Actor(OFFICER, NOON, "test"), the_programme(session).id, TODAY)
            for twin in ALL:
                record_twin(desk, twin)
            session.commit()
        yield app
        with app.app_context():
            db.engine.dispose()


def record_twin(desk: Desk, twin: Twin) -> None:
    """All that can be kept of a donor, through the services."""
    said = twin.kinds_of_text
    donor = {
        "code": twin.code,
        "name": twin.name,
        "kind": "foundation",
        "country": twin.country,
        "iati_ref": said["IATI reference"],
        "email": said["e-mail"],
        "aliases": said["alias"],
        "anonymous": "yes" if twin.anonymous else "no",
    }
    record_donor(desk, raw=donor, confirmed=True)
    _money(desk, twin)
    _people(desk, twin)
    paper = MadeFile(f"{twin.word}.pdf", b"%PDF-1.4\n% " + twin.word.encode() + b"\n%%EOF\n")
    period = Period(date(2026, 1, 1), date(2026, 5, 31))
    number = issue(desk, donor=twin.code, period=period, dress=lambda _report: {"pdf": paper})
    assert number == twin.statement


def _money(desk: Desk, twin: Twin) -> None:
    said = twin.kinds_of_text
    pledge, other, receipt, targeted, refund = twin.references
    agreed = {
        "reference": pledge,
        "donor": twin.code,
        "currency": "EUR",
        "amount": SAME_EUR,
        "pledged_on": "2026-02-03",
        "signed_on": "2026-02-10",
        "agreement_ref": said["agreement reference"],
        "notes": said["notes of a pledge"],
    }
    halves = [{"due_on": day, "amount": SAME_USD} for day in ("2026-04-01", "2026-11-01")]
    record_pledge(desk, raw=agreed, schedule=halves, confirmed=True)
    promised = {"reference": other, "donor": twin.code, "currency": "USD", "pledged_on": "2026-03-03"}
    record_pledge(desk, raw={**promised, "amount": amount_text(twin.pledged_minor)}, confirmed=True)
    arrived = {"donor": twin.code, "received_on": "2026-04-02"}
    of_pledge = {"pledge": pledge, "currency": "EUR", "amount": SAME_USD}
    words = {"ledger_ref": said["ledger reference of a receipt"], "notes": said["notes of a receipt"]}
    record_receipt(desk, raw={**arrived, **of_pledge, **words, "reference": receipt}, confirmed=True)
    own = {"currency": "USD", "amount": amount_text(twin.received_minor)}
    school = {"reference": targeted, "earmark": f"targeted:{said['target']}"}
    record_receipt(desk, raw={**arrived, **own, **school}, confirmed=True)
    back = {"reference": refund, "receipt": receipt, "refunded_on": "2026-05-05"}
    spoken = {"amount": amount_text(twin.refunded_minor), "ledger_ref": said["ledger reference of a refund"]}
    record_refund(desk, raw={**back, **spoken}, confirmed=True)


def _people(desk: Desk, twin: Twin) -> None:
    said, pledge = twin.kinds_of_text, twin.references[0]
    contact = {"name": said["contact"], "email": said["contact's e-mail"], "role": "Treasurer"}
    record_contact(desk, donor=twin.code, raw=contact)
    note = {"dated_on": "2026-06-01", "text": said["note"], "pledge": pledge}
    record_note(desk, donor=twin.code, raw=note)
    record_caretaker(desk, donor=twin.code, raw={"user": OFFICER, "pledge": ""})
    about = {"kind": "agreement", "pledge": pledge, "receipt": ""}
    content = b"%PDF-1.4\n% " + twin.word.encode() + b"\n%%EOF\n"
    record_file(desk, donor=twin.code, raw=about, name=said["file name"], content=content)
    options = {"role": "donor", "donor": twin.code, "name": f"{twin.word} Reader", "password": PASSWORD}
    here = {"actor": desk.actor, "programme_id": desk.programme_id}
    users.add_user(desk.session, email=twin.login, **here, **options)
