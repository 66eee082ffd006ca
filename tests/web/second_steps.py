"""People with a second factor, for tests of the doors."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from pyotp import TOTP

from tests.web.cast import EMAILS, NOON, Person, settings
from tracker import create_app
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services import second_factor, users

OFFICER = EMAILS["officer"]


def give_factor(app: Flask, email: str = OFFICER) -> tuple[str, tuple[str, ...]]:
    """A confirmed second factor: its secret and its recovery codes. The code of a minute ago is used up."""
    early = NOON - timedelta(minutes=1)
    with app.app_context():
        begin_write(db.session())
        here = the_programme(db.session()).id
        user_id = users.id_of(db.session(), programme_id=here, email=email)
        who = Actor(email, early)
        secret = second_factor.begin(db.session(), actor=who, user_id=user_id)
        said = TOTP(secret).at(early)
        codes = second_factor.confirm(db.session(), actor=who, user_id=user_id, code=said)
        assert codes is not None
        db.session.commit()
    return secret, codes


def code_now(secret: str) -> str:
    """What the app on the telephone shows now."""
    return TOTP(secret).at(datetime.now(UTC))


def another(folder: Path, **changes: object) -> Flask:
    """Another worker of the same installation: an application of its own on the same database."""
    return create_app(replace(settings(folder), **changes))  # type: ignore[arg-type]


def behind_proxy(app: Flask, forwarded: str, remote: str = "10.0.0.1") -> Person:
    """Somebody whose requests come through a proxy with this X-Forwarded-For."""
    person = Person(app.test_client())
    person.client.environ_base |= {"HTTP_X_FORWARDED_FOR": forwarded, "REMOTE_ADDR": remote}
    return person
