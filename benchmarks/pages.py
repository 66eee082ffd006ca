"""Pages of a full register: 200 donors with long and accented names, 2,000 receipts, in process."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from benchmarks.generator import application, plan
from benchmarks.measure import Row, interleaved, milliseconds
from tracker.domain.contributions import Pledge, Receipt
from tracker.domain.entries import DonorEntry, PledgeEntry, ReceiptEntry
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.importing.plan import Plan
from tracker.queries.position import forget
from tracker.queries.programmes import the_programme
from tracker.services.users import add_user

RECEIPTS, DONORS = 2_000, 200
NAMES = (
    "Ministère de l'Europe et des Affaires étrangères, Direction générale de la mondialisation",
    "Bundesministerium für wirtschaftliche Zusammenarbeit und Entwicklung, Referat Beschäftigungsförderung",
    "Organização Internacional para a Erradicação do Trabalho Infantil e do Trabalho Forçado",
    "Łódzka Fundacja na rzecz Dzieci Wolnych od Pracy Przymusowej imienia Świętej Jadwigi",
    "İnsan Ticaretiyle Mücadele ve Çocuk İşçiliğinin Önlenmesi Vakfı",
)
PAGES = (
    "/",
    "/donors",
    "/pledges",
    "/instalments",
    "/receipts",
    "/pledges/P0000001",
    "/donors/D0001",
    "/handover",
)
PASSWORD = "a password for the benchmark"  # noqa: S105 - of a made-up officer


def full_register() -> Plan:
    """The generator's contributions, spread over 200 donors with long names."""
    made = plan(RECEIPTS)
    codes = [f"D{number:04d}" for number in range(DONORS)]
    made.new["donors"] = [
        DonorEntry(code, f"{NAMES[at % len(NAMES)]} {at + 1}") for at, code in enumerate(codes)
    ]
    owner: dict[str, str] = {}
    for at, entry in enumerate(made.new["pledges"]):
        assert isinstance(entry, PledgeEntry)
        owner[entry.key] = codes[at % DONORS]
    made.new["pledges"] = [_to(entry, owner[entry.key]) for entry in made.new["pledges"]]
    made.new["receipts"] = [
        _paid(entry, owner, codes[at % DONORS]) for at, entry in enumerate(made.new["receipts"])
    ]
    return made


def _to(entry: Any, donor: str) -> PledgeEntry:
    pledge: Pledge = entry.pledge
    return replace(entry, pledge=replace(pledge, donor=donor))  # type: ignore[no-any-return]


def _paid(entry: Any, owner: dict[str, str], donor: str) -> ReceiptEntry:
    receipt: Receipt = entry.receipt
    return replace(entry, receipt=replace(receipt, donor=owner.get(receipt.pledge or "", donor)))  # type: ignore[no-any-return]


def rows(folder: Path) -> Iterator[Row]:
    """One row a page: asked again, and the first one after a write."""
    app = application(folder, RECEIPTS, full_register())
    client = _signed_in(app)
    for address in PAGES:
        again = interleaved({"again": partial(_get, client, address)}, rounds=5)["again"]
        first = interleaved({"first": partial(_first, client, address)}, rounds=5)["first"]
        name = re.sub(r"/[PD]\d+$", "/…", address)
        yield Row(
            f"Page `{name}`",
            "2,000",
            milliseconds(again),
            f"first after a write {milliseconds(first)}",
            "",
            "400 ms",
        )


def _signed_in(app: Flask) -> Any:
    with app.app_context():
        begin_write(db.session())
        actor = Actor("benchmark", datetime(2028, 6, 30, 12, tzinfo=UTC))
        here = the_programme(db.session()).id
        add_user(
            db.session(),
            actor=actor,
            programme_id=here,
            email="o@b.example",
            role="officer",
            password=PASSWORD,
        )
        db.session.commit()
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").get_data(as_text=True))
    assert token is not None
    client.post("/login", data={"csrf_token": token[1], "email": "o@b.example", "password": PASSWORD})
    return client


def _get(client: Any, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)


def _first(client: Any, address: str) -> None:
    forget()
    _get(client, address)
