"""A living application on a database of its own, with the cast in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask

from tests.web.cast import EMAILS, NOON, Person, record_the_cast, settings, signed_in
from tracker import create_app, database
from tracker.extensions import db
from tracker.queries.kept import forget
from tracker.services import passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""The cast signs in a thousand times: hashes that cost next to nothing."""


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Cheap hashes for this ring, and for no other that runs after it."""
    with patch.object(passwords, "_hasher", QUICK):
        passwords._nobody.cache_clear()
        yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the cast in it, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("cast")
    with time_machine.travel(NOON, tick=False), patch.object(passwords, "_hasher", QUICK):
        app = create_app(settings(folder))
        database.prepare(app)
        record_the_cast(app)
        with app.app_context():
            db.engine.dispose()
    return folder / "tracker.sqlite3"


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """The programme's noon of 15 June 2026; it stands still unless a test moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(seeded: Path, tmp_path: Path, noon: time_machine.Traveller) -> Iterator[Flask]:
    """The application on its own copy of the cast's database."""
    shutil.copy(seeded, tmp_path / "tracker.sqlite3")
    made = create_app(settings(tmp_path))
    forget()  # another test may have changed rows behind the trail's back, under the same audit hash
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def nobody(app: Flask) -> Person:
    """Somebody who has not signed in."""
    return Person(app.test_client())


@pytest.fixture
def officer(app: Flask) -> Person:
    """A. Moreau, who records."""
    return signed_in(app, EMAILS["officer"])


@pytest.fixture
def gcg(app: Flask) -> Person:
    """C. Rojas of the Global Coordinating Group."""
    return signed_in(app, EMAILS["gcg"])


@pytest.fixture
def france(app: Flask) -> Person:
    """France's own login."""
    return signed_in(app, EMAILS["donor"])
