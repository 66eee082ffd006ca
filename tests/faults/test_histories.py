"""Random histories: five users, every action, clock jumps, stale edits, forms sent again, against a model.

After every step the answer is the one that the model foretells; every so many steps every proof holds, the
open amounts are the model's, and what was known at a moment is told as it was told then (I8).
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask

from tests.faults import model as says
from tests.faults.conftest import size
from tests.faults.model import Donor, Model, Pledge, Rate, Receipt, Refund, month
from tests.web import cast
from tests.web.cast import CAST, NOON, TODAY, Person
from tracker.extensions import db
from tracker.queries.kept import forget
from tracker.queries.known import Known, known_at, newest_known
from tracker.queries.position import position_of
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.reporting.figures import position_dict
from tracker.services import passwords

STEPS = 250
HISTORIES = size(8, 2_000)
PROVED_EVERY = 50
AS_OF = (TODAY, date(2031, 6, 30))
FIRST, LAST = datetime(2026, 5, 1, tzinfo=NOON.tzinfo), datetime(2027, 6, 1, tzinfo=NOON.tzinfo)
ZONE = ZoneInfo("Europe/Zurich")
Fields = dict[str, str]


def text_of(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def cents_of(text: str) -> int:
    return round(float(text) * 100)


@dataclass
class History:
    """One history: the application, its people, the clock, the model, and what was told on the way."""

    app: Flask
    clock: time_machine.Traveller
    chance: random.Random
    now: datetime = NOON
    number: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    told: list[tuple[date, Known, datetime | None, object]] = field(default_factory=list)
    sent: list[tuple[str, str, Fields, str]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    model: Model = field(default_factory=lambda: Model(TODAY))

    def __post_init__(self) -> None:
        """What the cast has on record."""
        model = self.model
        model.donors = {one["code"]: Donor() for one in cast.DONORS} | {"UNIDENTIFIED": Donor()}
        for one in (cast.FRANCE_PLEDGE, cast.NETHERLANDS_PLEDGE, cast.SECRET_PLEDGE):
            signed = date.fromisoformat(one["signed_on"]) if "signed_on" in one else None
            pledged = date.fromisoformat(one["pledged_on"])
            cents = cents_of(one["amount"])
            model.pledges[one["reference"]] = Pledge(one["donor"], one["currency"], cents, pledged, signed)
        for one in cast.RECEIPTS:
            day, cents = date.fromisoformat(one["received_on"]), cents_of(one["amount"])
            receipt = Receipt(one["donor"], one.get("pledge", ""), one["currency"], cents, day)
            model.receipts[one["reference"]] = receipt
        model.rates = {date.fromisoformat(day): Rate(value, base=True) for _, day, value in cast.RATES}

    # Acting

    def step(self) -> None:
        """The clock goes on, or jumps; somebody does something."""
        self.number += 1
        self.tick()
        action = self.chance.choice(ACTIONS)
        action(self)
        if self.sent and self.chance.random() < 0.08:
            self.again()

    def tick(self) -> None:
        """Seconds to hours on; now and then days, forward or back."""
        jump = timedelta(seconds=self.chance.randrange(1, 9_000))
        if self.chance.random() < 0.04:
            jump = timedelta(days=self.chance.randrange(-30, 45), seconds=self.chance.randrange(1, 999))
        self.now = min(max(self.now + jump, FIRST), LAST)
        if jump < timedelta(0):  # what is recorded from now on bears moments that were over already
            self.told = [
                (day, known, None if at and at >= self.now else at, was) for day, known, at, was in self.told
            ]
        self.clock.move_to(self.now, tick=False)
        self.model.today = self.now.astimezone(ZONE).date()

    def who(self, *roles: str) -> str:
        """Most often somebody who may; else anybody."""
        able = [one for one in CAST if one[1] in roles]
        return self.chance.choice(able if self.chance.random() < 0.9 else CAST)[0]

    def role(self, email: str) -> str:
        """The role of somebody."""
        return next(role for mail, role, *_ in CAST if mail == email)

    def send(self, email: str, path: str, fields: Fields) -> tuple[int, str]:
        """A form; who was signed out by the clock signs in again."""
        person = self.people.setdefault(email, Person(self.app.test_client()))
        for _ in range(2):
            answer = person.post(path, fields)
            where = answer.headers.get("Location", "")
            signed_out = answer.status_code == 302 and where.startswith("/login")
            if not signed_out and answer.status_code != 400:  # 400: the token was of a session that is over
                break
            assert person.sign_in(email).status_code == 302
        assert answer.status_code < 500, (path, fields, answer.status_code)
        return answer.status_code, where

    def do(self, roles: tuple[str, ...], path: str, fields: Fields, expected: int) -> bool:
        """Send a form, and hold its answer against what must come of it; whether it was recorded."""
        email = self.who(*roles)
        if self.role(email) not in roles:
            expected = says.FORBIDDEN
        key = f"{self.chance.getrandbits(128):032x}"
        body = {**fields, "form_key": key, "confirm": "y"}
        status, where = self.send(email, path, body)
        assert status == expected, (self.number, email, path, body, status, expected)
        self.answers[f"{path.split('/')[1]} {status}"] += 1
        if status == 302 and "seen" not in body:  # a budget is previewed anew each time
            self.sent.append((email, path, body, where))
        return status == says.RECORDED

    def again(self) -> None:
        """A form that was recorded is sent again; and its key with something else. Nothing is recorded."""
        email, path, body, where = self.chance.choice(self.sent[-40:])
        before = self.anchor()
        gone = {(says.ABSENT, "")} if self.gone(path) else set()
        assert self.send(email, path, body) in {(says.RECORDED, where), *gone}, (path, body)
        status, _ = self.send(email, path, {**body, "more": "x"})
        assert status in (says.STALE, says.ABSENT if gone else says.STALE), (path, body, status)
        assert self.anchor() == before
        self.answers["again"] += 1

    def gone(self, path: str) -> bool:
        """Whether what a form was of is voided by now, or its month has not begun."""
        kind, key = path.split("/")[1], path.split("/", 3)[-1]
        if kind == "closings":
            return key > month(self.model.today)
        records = getattr(self.model, kind)
        return key in records and bool(records[key].voided)

    def anchor(self) -> int:
        """The number of the newest audit entry."""
        with self.app.app_context():
            session = db.session()
            return newest_known(session, the_programme(session).id, self.now).seq

    # Choosing

    def day(self) -> date:
        """A day of the programme, most often before today."""
        return date(2026, 1, 1) + timedelta(days=self.chance.randrange(0, 200))

    def new(self, letter: str, taken: dict[str, object]) -> str:
        """A reference that is free; now and then one that is taken."""
        if taken and self.chance.random() < 0.05:
            return self.chance.choice(sorted(taken))
        return f"{letter}{self.number}"

    def version(self, record: object) -> int:
        """The version that a form was opened on: now and then an old one."""
        version = int(getattr(record, "version"))  # noqa: B009
        return version if self.chance.random() < 0.93 else version - 1 or 999

    def pick(self, records: dict[str, object]) -> str:
        """Something on record."""
        return self.chance.choice(sorted(records))

    # Proving

    def prove(self) -> None:
        """Every proof holds; open amounts are the model's; what was known is told as it was."""
        forget()
        with self.app.app_context():
            session = db.session()
            here = the_programme(session).id
            broken = [f"{p.name}: {p.detail}" for p in prove(session, here, self.model.today) if not p.holds]
            assert broken == []
            book = position_of(session, here, AS_OF[1])
            for reference, pledge in self.model.pledges.items():
                if pledge.voided:
                    assert reference not in book.pledges
                    continue
                state = book.pledges[reference]
                assert state.open_minor + state.unpaid_minor == self.model.open_of(reference), reference
                assert state.pledge.amount_minor == pledge.cents
            live = {key: one.cents for key, one in self.model.receipts.items() if not one.voided}
            assert {key: one.receipt.amount_minor for key, one in book.receipts.items()} == live
            for day, known, at, was in self.told:
                assert position_dict(position_of(session, here, day, known)) == was
                if at is not None:
                    assert known_at(session, here, at) == Known(known.seq, known.digest, at)
            known = newest_known(session, here, self.now)
            # Where the clock was set back, the newest entry may bear a moment that is still to come.
            at = self.now if known_at(session, here, self.now) == known else None
            day = self.chance.choice(AS_OF)
            self.told.append((day, known, at, position_dict(position_of(session, here, day, known))))


def add_donor(h: History) -> None:
    code = h.new("D", h.model.donors)
    ok = code not in h.model.donors
    fields = {"code": code, "name": f"Donor {h.number}", "kind": "government", "anonymous": "no"}
    if h.do(("admin", "officer"), "/donors/new", fields, says.RECORDED if ok else says.REFUSED):
        h.model.donors[code] = Donor()


def void_donor(h: History) -> None:
    code = h.pick({k: v for k, v in h.model.donors.items() if k not in ("FR", "FTV", "UNIDENTIFIED")})
    donor = h.model.donors[code]
    version = h.version(donor)
    expected = h.model.stands(donor, version, not h.model.names_donor(code))
    fields = {"version": str(version), "reason": "entered twice"}
    if h.do(("admin", "officer"), f"/donors/void/{code}", fields, expected):
        donor.voided, donor.version = True, donor.version + 1


def add_pledge(h: History) -> None:
    reference, donor = h.new("P", h.model.pledges), h.pick(h.model.donors)
    pledge = Pledge(donor, h.chance.choice(("USD", "EUR")), h.chance.randrange(10_000, 9_000_000), h.day())
    ok = (
        reference not in h.model.pledges
        and not h.model.donors[donor].voided
        and not h.model.shut(pledge.pledged)
    )
    fields = {"reference": reference, "donor": donor, "currency": pledge.currency, "psc": "yes"}
    fields |= {"amount": text_of(pledge.cents), "pledged_on": pledge.pledged.isoformat()}
    if h.chance.random() < 0.5:
        part = h.chance.randrange(1, pledge.cents)
        wrong = h.chance.random() < 0.1
        parts = (part, pledge.cents - part + wrong)
        for at, cents in enumerate(parts):
            fields[f"instalments-{at}-due_on"] = (pledge.pledged + timedelta(days=60 + at)).isoformat()
            fields[f"instalments-{at}-amount"] = text_of(cents)
        ok = ok and not wrong
    if h.do(("admin", "officer"), "/pledges/new", fields, says.RECORDED if ok else says.REFUSED):
        h.model.pledges[reference] = pledge


def sign(h: History) -> None:
    reference, day = h.pick(h.model.pledges), h.day()
    pledge, version = h.model.pledges[reference], h.version(h.model.pledges[reference])
    expected = h.model.stands(pledge, version, h.model.may_sign(reference, day))
    fields = {"version": str(version), "signed_on": day.isoformat()}
    if h.do(("admin", "officer"), f"/pledges/sign/{reference}", fields, expected):
        pledge.signed, pledge.version = day, pledge.version + 1


def close_pledge(h: History) -> None:
    reference, day = h.pick(h.model.pledges), h.day()
    pledge, version = h.model.pledges[reference], h.version(h.model.pledges[reference])
    expected = h.model.stands(pledge, version, h.model.may_close(reference, day))
    fields = {"version": str(version), "closed_on": day.isoformat(), "reason": "withdrawn"}
    if h.do(("admin", "officer"), f"/pledges/close/{reference}", fields, expected):
        pledge.closed, pledge.version = day, pledge.version + 1


def amend_pledge(h: History) -> None:
    reference, cents = h.pick(h.model.pledges), h.chance.randrange(10_000, 9_000_000)
    pledge, version = h.model.pledges[reference], h.version(h.model.pledges[reference])
    gone = h.model.donors[pledge.donor].voided
    expected = h.model.stands(pledge, version, not gone)
    fields = {"version": str(version), "donor": pledge.donor, "currency": pledge.currency, "psc": "yes"}
    fields |= {"amount": text_of(cents), "pledged_on": pledge.pledged.isoformat()}
    fields["signed_on"] = pledge.signed.isoformat() if pledge.signed else ""
    fields["closed_on"] = pledge.closed.isoformat() if pledge.closed else ""
    if h.do(("admin", "officer"), f"/pledges/edit/{reference}", fields, expected):
        pledge.cents, pledge.version = cents, pledge.version + 1


def void_pledge(h: History) -> None:
    reference = h.pick(h.model.pledges)
    pledge, version = h.model.pledges[reference], h.version(h.model.pledges[reference])
    named = any(r.pledge == reference and not r.voided for r in h.model.receipts.values())
    fits = not named and not h.model.shut(pledge.pledged, pledge.signed, pledge.closed)
    fields = {"version": str(version), "reason": "entered twice"}
    expected = h.model.stands(pledge, version, fits)
    if h.do(("admin", "officer"), f"/pledges/void/{reference}", fields, expected):
        pledge.voided, pledge.version = True, pledge.version + 1


def add_receipt(h: History) -> None:
    reference, cents = h.new("R", h.model.receipts), h.chance.randrange(100, 4_000_000)
    named = h.pick(h.model.pledges) if h.chance.random() < 0.6 else ""
    if named:
        pledge = h.model.pledges[named]
        donor = pledge.donor if h.chance.random() < 0.95 else h.pick(h.model.donors)
        receipt = Receipt(donor, named, pledge.currency, cents, h.day())
    elif h.chance.random() < 0.3:
        receipt = Receipt("UNIDENTIFIED", "", "USD", cents, h.day(), held=True)
    else:
        receipt = Receipt(h.pick(h.model.donors), "", h.chance.choice(("USD", "EUR")), cents, h.day())
    ok = h.model.may_record_receipt(reference, receipt)
    fields = {"reference": reference, "donor": receipt.donor, "pledge": named, "currency": receipt.currency}
    fields |= {"amount": text_of(cents), "received_on": receipt.day.isoformat()}
    fields["earmark"] = "hold" if receipt.held else ""
    if h.do(("admin", "officer"), "/receipts/new", fields, says.RECORDED if ok else says.REFUSED):
        receipt.held = receipt.held or receipt.donor == "UNIDENTIFIED"
        h.model.receipts[reference] = receipt


def amend_receipt(h: History) -> None:
    reference, cents = h.pick(h.model.receipts), h.chance.randrange(100, 4_000_000)
    receipt, version = h.model.receipts[reference], h.version(h.model.receipts[reference])
    expected = h.model.stands(receipt, version, h.model.may_amend_receipt(reference, cents))
    fields = {"version": str(version), "donor": receipt.donor, "pledge": receipt.pledge}
    fields |= {"currency": receipt.currency, "amount": text_of(cents), "received_on": receipt.day.isoformat()}
    fields["earmark"] = "hold" if receipt.held else ""
    if h.do(("admin", "officer"), f"/receipts/edit/{reference}", fields, expected):
        receipt.cents, receipt.version = cents, receipt.version + 1


def assign(h: History) -> None:
    held = {key: one for key, one in h.model.receipts.items() if one.held}
    reference = h.pick(held if held and h.chance.random() < 0.8 else h.model.receipts)
    receipt, version = h.model.receipts[reference], h.version(h.model.receipts[reference])
    donor = h.pick({k: v for k, v in h.model.donors.items() if k != "UNIDENTIFIED"})
    expected = h.model.stands(receipt, version, receipt.held and not h.model.donors[donor].voided)
    fields = {"version": str(version), "donor": donor, "pledge": "", "earmark": "core"}
    if h.do(("admin", "officer"), f"/receipts/assign/{reference}", fields, expected):
        receipt.donor, receipt.held, receipt.version = donor, False, receipt.version + 1


def refund(h: History) -> None:
    of, reference = h.pick(h.model.receipts), h.new("B", h.model.refunds)
    receipt = h.model.receipts[of]
    one = Refund(
        of,
        h.chance.randrange(1, max(2, receipt.cents)),
        receipt.day + timedelta(days=h.chance.randrange(-3, 60)),
    )
    if receipt.voided:
        expected = says.ABSENT
    else:
        expected = says.RECORDED if h.model.may_refund(reference, one) else says.REFUSED
    fields = {"reference": reference, "refunded_on": one.day.isoformat(), "amount": text_of(one.cents)}
    if h.do(("admin", "officer"), f"/receipts/refund/{of}", fields, expected):
        h.model.refunds[reference] = one


def void_receipt(h: History) -> None:
    reference = h.pick(h.model.receipts)
    receipt, version = h.model.receipts[reference], h.version(h.model.receipts[reference])
    fits = not h.model.refunds_of(reference) and not h.model.shut(receipt.day)
    fields = {"version": str(version), "reason": "of another programme"}
    expected = h.model.stands(receipt, version, fits)
    if h.do(("admin", "officer"), f"/receipts/void/{reference}", fields, expected):
        receipt.voided, receipt.version = True, receipt.version + 1


def void_refund(h: History) -> None:
    if not h.model.refunds:
        return refund(h)
    reference = h.pick(h.model.refunds)
    one, version = h.model.refunds[reference], h.version(h.model.refunds[reference])
    expected = h.model.stands(one, version, not h.model.shut(one.day))
    fields = {"version": str(version), "reason": "entered twice"}
    if h.do(("admin", "officer"), f"/refunds/void/{reference}", fields, expected):
        one.voided, one.version = True, one.version + 1


def add_rate(h: History) -> None:
    day, value = h.day(), f"0.{h.chance.randrange(8500, 9900)}"
    ok = day not in h.model.rates and not h.model.shut(day)
    fields = {"currency": "EUR", "effective_on": day.isoformat(), "rate": value}
    if h.do(("admin", "officer"), "/rates/new", fields, says.RECORDED if ok else says.REFUSED):
        h.model.rates[day] = Rate(value)


def correct_rate(h: History) -> None:
    day = h.chance.choice(sorted(h.model.rates))
    rate, value = h.model.rates[day], f"0.{h.chance.randrange(8500, 9900)}"
    version = h.version(rate)
    expected = h.model.stands(rate, version, value == rate.value or not h.model.shut(day))
    fields = {"version": str(version), "rate": value}
    if h.do(("admin", "officer"), f"/rates/EUR/{day}/correct", fields, expected):
        rate.value, rate.version = value, rate.version + 1


def close_month(h: History) -> None:
    asked = month(h.day())
    over, begun = asked < month(h.model.today), asked <= month(h.model.today)
    expected = (
        says.RECORDED if over and asked not in h.model.closed else says.REFUSED if begun else says.ABSENT
    )
    if h.chance.random() < 0.5 and len(h.model.closed) > 2:
        return reopen_month(h)
    fields = {"note": "held against the bank", "unlisted": "y"}
    if h.do(("admin", "officer"), f"/closings/close/{asked}", fields, expected):
        h.model.closed[asked] = 1


def reopen_month(h: History) -> None:
    asked = h.chance.choice(sorted(h.model.closed) or [month(h.day())])
    version = h.model.closed.get(asked, 0) if h.chance.random() < 0.95 else 77
    begun = asked <= month(h.model.today)
    fits = asked in h.model.closed and version == h.model.closed[asked]
    expected = (says.RECORDED if fits else says.REFUSED) if begun else says.ABSENT
    fields = {"version": str(version), "reason": "a receipt was forgotten"}
    if h.do(("admin",), f"/closings/reopen/{asked}", fields, expected):
        del h.model.closed[asked]


def adopt_budget(h: History) -> None:
    if h.chance.random() < 0.6:
        return add_receipt(h)
    fields = {
        "effective_month": f"2027-{h.chance.randrange(1, 13):02d}",
        "basis": "shares",
        "reason": "decided",
    }
    fields |= {
        "adopted_on": h.model.today.isoformat(),
        "monthly_total": str(h.chance.randrange(30_000, 60_000)),
    }
    fields |= {"share_O1": "16.5", "share_O2": "50.5", "share_O3": "20", "share_PS": "13"}
    admin = CAST[0][0]
    status, _ = h.send(admin, "/budget/adopt", {**fields, "check": "yes"})
    ok = not h.model.shut(h.model.today)
    assert status == (200 if ok else says.REFUSED), status
    fields["seen"] = seen(fields) if ok else ""
    if h.do(("admin",), "/budget/adopt", fields, says.RECORDED if ok else says.REFUSED):
        h.model.budgets += 1


def seen(fields: Fields) -> str:
    """The digest of what was previewed, as the form sends it along."""
    from tracker.forms.budgets import said_digest

    return said_digest(
        {**fields, **dict.fromkeys((f"amount_{code}" for code in ("O1", "O2", "O3", "PS")), "")}
    )


ACTIONS = (
    *(add_donor, void_donor, add_pledge, add_pledge, sign, close_pledge, amend_pledge, void_pledge),
    *(add_receipt, add_receipt, add_receipt, amend_receipt, assign, refund, void_receipt, void_refund),
    *(add_rate, correct_rate, close_month, adopt_budget),
)


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_random_history_is_what_the_plain_model_says(
    app: Flask, noon: time_machine.Traveller, seed: int
) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with patch.object(passwords, "_hasher", quick):
        history = History(app, noon, random.Random(seed))
        for number in range(1, STEPS + 1):
            history.step()
            if number % PROVED_EVERY == 0:
                history.prove()
    kinds = Counter[int]()
    for name, count in history.answers.items():
        if name != "again":
            kinds[int(name.rpartition(" ")[2])] += count
    print(f"\nhistory {seed}: {STEPS} steps, answers {dict(kinds)}, sent again {history.answers['again']}")
    assert kinds[302] > STEPS // 4
    assert kinds[403] > 0
    assert kinds[422] > STEPS // 50
    assert len(history.told) == STEPS // PROVED_EVERY
