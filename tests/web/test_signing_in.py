"""The door: who may come in, and what an outsider can learn from being refused."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from tests.web.cast import EMAILS, NOON, PASSWORD, Person, page_of, signed_in
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services import users


def reset(app: Flask, email: str) -> str:
    """A one-time link's token."""
    with app.app_context():
        begin_write(db.session())
        here = the_programme(db.session()).id
        token = users.reset_user(db.session(), actor=Actor("test", NOON), programme_id=here, email=email)
        db.session.commit()
    return token


def last_seen(app: Flask) -> list[str]:
    """When each open session was seen."""
    with app.app_context():
        rows = db.session.execute(text("SELECT seen_at_utc FROM login_session WHERE ended_at_utc IS NULL"))
        return [str(row[0]) for row in rows]


@pytest.mark.parametrize(
    ("role", "home"), [("officer", "/"), ("admin", "/"), ("gcg", "/"), ("donor", "/own")]
)
def test_everybody_begins_where_their_work_is(app: Flask, role: str, home: str) -> None:
    assert Person(app.test_client()).sign_in(EMAILS[role]).headers["Location"] == home


def test_a_wrong_password_an_unknown_address_and_a_disabled_login_look_the_same(app: Flask) -> None:
    reset(app, EMAILS["gcg"])
    pages = set()
    for email in (EMAILS["officer"], "unknown@alliance.test", EMAILS["gcg"], "nul\0@x", "", "ﬀ" * 3000):
        person = Person(app.test_client())
        answer = person.sign_in(email, "not the password at all")
        assert answer.status_code == 422
        page = page_of(answer).replace(person.token, "")
        pages.add(page[page.index('class="error-box"') :].split('value="')[0])
        assert "not the password" not in page
    assert len(pages) == 1


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/donors?q=a", "/donors?q=a"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        (" //evil.example", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_site(app: Flask, asked: str, led_to: str) -> None:
    person = Person(app.test_client())
    person.get("/login", query_string={"next": asked})
    answer = person.post("/login", {"email": EMAILS["officer"], "password": PASSWORD, "next": asked})
    assert answer.headers["Location"] == led_to
    again = person.get("/login", query_string={"next": asked})
    assert again.headers["Location"] == led_to


def test_a_page_behind_the_door_is_reached_after_it(app: Flask) -> None:
    person = Person(app.test_client())
    door = person.get("/pledges/FR-1").headers["Location"]
    assert door.startswith("/login?next=")
    assert 'value="/pledges/FR-1"' in page_of(person.get(door))


def test_a_session_planted_before_signing_in_is_not_kept(app: Flask) -> None:
    person = Person(app.test_client())
    with person.client.session_transaction() as planted:
        planted["planted"] = "yes"
    person.sign_in(EMAILS["officer"])
    with person.client.session_transaction() as kept:
        assert "planted" not in kept


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask) -> None:
    person = signed_in(app, EMAILS["officer"])
    cookie = person.client.get_cookie("session")
    assert cookie is not None
    assert person.post("/logout").headers["Location"] == "/login"
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    assert thief.get("/donors").status_code == 302


def test_signing_out_by_a_link_does_not_work(officer: Person) -> None:
    assert officer.get("/logout").status_code == 405
    assert officer.get("/donors").status_code == 200


def test_a_session_ends_after_two_hours_without_use(officer: Person, noon: time_machine.Traveller) -> None:
    noon.shift(timedelta(minutes=119))
    assert officer.get("/donors").status_code == 200
    noon.shift(timedelta(minutes=119))
    assert officer.get("/donors").status_code == 200
    noon.shift(timedelta(minutes=121))
    assert officer.get("/donors").status_code == 302


def test_a_session_is_touched_once_a_minute_at_most(
    app: Flask, officer: Person, noon: time_machine.Traveller
) -> None:
    first = last_seen(app)
    noon.shift(timedelta(seconds=59))
    officer.get("/donors")
    assert last_seen(app) == first
    noon.shift(timedelta(seconds=2))
    officer.get("/static/look.css")
    assert last_seen(app) == first
    officer.get("/donors")
    assert last_seen(app) != first
    second = last_seen(app)
    noon.shift(timedelta(seconds=90))
    officer.fill("/donors/new", {"code": "SE", "name": "Sweden"})
    assert last_seen(app) != second


def test_a_one_time_link_sets_a_password_once(app: Flask, nobody: Person) -> None:
    token = reset(app, EMAILS["gcg"])
    path = f"/password/{token}"
    assert nobody.get(path).status_code == 200
    short = nobody.post(path, {"password": "short"})
    assert short.status_code == 422
    assert 'id="password-msg"' in page_of(short)
    assert nobody.post(path, {"password": "four quite new words"}).headers["Location"] == "/login"
    assert nobody.get(path).status_code == 410
    nobody.get("/login")
    assert nobody.post(path, {"password": "four other new words"}).status_code == 410
    assert nobody.sign_in(EMAILS["gcg"], "four quite new words").status_code == 302


def test_a_link_is_too_old_after_a_day(app: Flask, nobody: Person, noon: time_machine.Traveller) -> None:
    token = reset(app, EMAILS["gcg"])
    nobody.get("/login")
    noon.shift(timedelta(hours=25))
    assert nobody.get(f"/password/{token}").status_code == 410


def test_a_new_password_ends_open_sessions(app: Flask, gcg: Person, nobody: Person) -> None:
    assert gcg.get("/").status_code == 200
    reset(app, EMAILS["gcg"])
    assert gcg.get("/").status_code == 302
