"""IATI files in tests: made from a report or a database, validated, and read back as our own CSV rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import time_machine
from lxml import etree
from sqlalchemy.orm import Session

from tests.reporting.iati_rules import STANDARD, broken_rules
from tracker import create_app
from tracker.config import DEFAULT_PUBLISHER, Settings
from tracker.database import prepare
from tracker.domain.contributions import Facts
from tracker.domain.permissions import Actor
from tracker.domain.writing import COLUMNS, REQUIRED
from tracker.extensions import begin_write, db
from tracker.importing.plan import make_plan
from tracker.importing.tables import read_paths
from tracker.queries.iati import Later, ToPublish, later_than, load_to_publish
from tracker.queries.programmes import the_programme
from tracker.queries.register import load_register
from tracker.queries.report import Report
from tracker.reporting.iati import OWN, Publication, iati_bytes, publication
from tracker.services.imports import store

MDP = f"{{{OWN}}}"
NOTHING_LATER = Later(0, 0, 0, 0, 0, 0)


def of_report(
    report: Report, *, refs: Mapping[str, str] | None = None, facts: Facts | None = None
) -> Publication:
    """What is published of a report that no database holds; with `facts`, later ones are counted."""
    later = later_than(facts, report.position.as_of) if facts else NOTHING_LATER
    source = ToPublish(report, refs or {}, 331, "ab" * 32, report.taken_at_utc, later)
    return publication(source, DEFAULT_PUBLISHER)


@contextmanager
def office(folder: Path, moment: datetime) -> Iterator[tuple[Session, Actor, int]]:
    """A programme on SQLite, seeded at a moment, and somebody who writes at that moment."""
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder / 'tracker.sqlite3'}"
    with time_machine.travel(moment, tick=False):
        app = create_app(Settings(url, folder, "k" * 40, "development", 5.0), pages=False)
        prepare(app)
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:  # of no application context: several programmes may be open at once
        begin_write(session)
        yield session, Actor("officer@alliance.test", moment, "test"), the_programme(session).id
    engine.dispose()


def record(session: Session, actor: Actor, programme_id: int, files: Path) -> None:
    """Import files, as the command does."""
    register = load_register(session, programme_id, actor.at_utc.date())
    plan = make_plan(read_paths([files]), register)
    assert not plan.problems, plan.problems
    store(session, actor=actor, programme_id=programme_id, plan=plan)
    session.commit()


def published(session: Session, programme_id: int, moment: datetime) -> Publication:
    """What the database publishes at a moment."""
    found = load_to_publish(session, programme_id, moment.date(), moment)
    return publication(found, DEFAULT_PUBLISHER)


def noon(day: str) -> datetime:
    """Noon of a day, UTC."""
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


@cache
def schema() -> etree.XMLSchema:
    """The activity schema of IATI 2.03, read from beside the checkout."""
    if not STANDARD.is_dir():
        pytest.skip("the IATI standard is not beside the checkout (../shared/data/iati)")
    return etree.XMLSchema(etree.parse(str(STANDARD / "xsd-2.03" / "iati-activities-schema.xsd")))


def assert_valid(content: bytes, moment: datetime) -> None:
    """By the schema and by the standard ruleset, warnings included; and no DTD."""
    tree = etree.fromstring(content)
    assert schema().validate(tree), schema().error_log
    assert broken_rules(content, moment) == []
    assert b"<!" not in content


def read(found: Publication) -> etree._Element:
    """The activity of a file, read back."""
    activity = etree.fromstring(iati_bytes(found)).find("iati-activity")
    assert activity is not None
    return activity


def usd(activity: etree._Element, name: str, **attributes: str) -> int:
    """USD cents of our elements of a name, with these attributes, added up."""
    return sum(
        int(Decimal(one.get("usd-amount", "")) * 100)
        for one in activity.iter(f"{MDP}{name}")
        if all(one.get(key) == value for key, value in attributes.items())
    )


def as_csv(activity: etree._Element) -> dict[str, str]:
    """Our elements as the CSV files they came from, by the documented names alone."""
    rows: dict[str, list[dict[str, str]]] = {name: [] for name in COLUMNS}
    for table in ("donors", "rates", "pledges", "receipts", "refunds"):
        for one in activity.iter(f"{MDP}{table.removesuffix('s')}"):
            rows[table].append({key.replace("-", "_"): value for key, value in one.attrib.items()})
    for one in activity.iter(f"{MDP}instalment"):
        pledge = one.getparent()
        assert pledge is not None
        rows["instalments"].append(
            {
                "pledge": pledge.get("reference", ""),
                "due_on": one.get("due-on", ""),
                "amount": one.get("amount", ""),
            }
        )
    return {name: _csv(name, found) for name, found in rows.items()}


def _csv(name: str, rows: list[dict[str, str]]) -> str:
    columns = [
        column for column in COLUMNS[name] if column in REQUIRED[name] or any(column in r for r in rows)
    ]  # type: ignore[index]
    lines = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    return "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) + "\n" for line in lines)
