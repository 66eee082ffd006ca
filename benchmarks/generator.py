"""Made-up contributions from a fixed seed: N receipts and N/3 pledges with 1 to 6 instalments.

They go in through the import's own store path, so that what is measured is what is used.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flask import Flask

from tracker import create_app
from tracker.config import Settings
from tracker.database import prepare
from tracker.domain.contributions import Instalment, Pledge, Receipt
from tracker.domain.earmark import CORE, Earmark, parse_earmark
from tracker.domain.entries import DonorEntry, PledgeEntry, ReceiptEntry
from tracker.domain.months import month
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.importing.plan import Plan
from tracker.queries.programmes import the_programme
from tracker.services.imports import store

SEED = 87
TODAY = date(2028, 6, 30)
CODES = ("O1", "O2", "O3", "PS")
EARMARKS = [CORE, parse_earmark("O2", CODES), parse_earmark("O1 O3", CODES), Earmark("support")]
PLANNED_USD = 1_900_000
"""What all receipts come to, whatever their number: a programme's worth."""


def application(folder: Path, receipts: int, records: Plan | None = None) -> Flask:
    """An application on a database with that many receipts, or these records, made once a folder."""
    settings = Settings(f"sqlite:///{folder / 'tracker.sqlite3'}", folder, "b" * 40, "development", 5)
    app = create_app(settings)
    fresh = not (folder / "tracker.sqlite3").exists()
    prepare(app)
    if fresh:
        with app.app_context():
            begin_write(db.session())
            actor = Actor("benchmark", datetime(2028, 6, 30, 12, tzinfo=UTC))
            programme_id = the_programme(db.session()).id
            store(db.session(), actor=actor, programme_id=programme_id, plan=records or plan(receipts))
            db.session.commit()
    return app


def plan(receipts: int) -> Plan:
    """What an import of that many receipts would record."""
    rng = random.Random(SEED)
    made = Plan()
    donors = [f"D{number:04d}" for number in range(max(10, min(400, receipts // 20)))]
    made.new["donors"] = [DonorEntry(code, f"Donor {code}") for code in donors]
    pledges = list(_pledges(rng, donors, max(1, receipts // 3), receipts))
    made.new["pledges"] = list(pledges)
    made.new["receipts"] = list(_receipts(rng, donors, [p.pledge for p in pledges], receipts))
    return made


def _pledges(rng: random.Random, donors: list[str], number: int, receipts: int) -> Iterator[PledgeEntry]:
    unit = max(6, PLANNED_USD * 100 // receipts)
    for at in range(number):
        pledged = date(2026, 1, 1) + timedelta(days=rng.randrange(880))
        parts = rng.randint(1, 6)
        amounts = [rng.randint(max(1, unit // 2), unit * 2) for _ in range(parts)]
        dues = [pledged + timedelta(days=60 + 90 * n) for n in range(parts)]
        signed = pledged + timedelta(days=30) if rng.random() < 0.7 else None
        yield PledgeEntry(
            Pledge(
                f"P{at:07d}",
                rng.choice(donors),
                "USD",
                sum(amounts),
                pledged,
                signed,
                earmark=rng.choice(EARMARKS),
                covers_until=rng.choice((None, None, month(2029, 12), month(2030, 12))),
                instalments=tuple(Instalment(d, a) for d, a in zip(dues, amounts, strict=True)),
            )
        )


def _receipts(
    rng: random.Random, donors: list[str], pledges: list[Pledge], number: int
) -> Iterator[ReceiptEntry]:
    unit = max(2, PLANNED_USD * 100 // number)
    for at in range(number):
        pledge = rng.choice(pledges) if rng.random() < 0.6 else None
        amount = rng.randint(max(1, unit // 2), unit + unit // 2)
        received = date(2026, 1, 1) + timedelta(days=rng.randrange(900))
        yield ReceiptEntry(
            Receipt(
                f"R{at:07d}",
                pledge.donor if pledge else rng.choice(donors),
                received,
                "USD",
                amount,
                amount,
                pledge=pledge.reference if pledge else None,
                earmark=None if pledge else rng.choice(EARMARKS),
            )
        )
