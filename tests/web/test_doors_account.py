"""One's own account: the password, the open sessions; health; and what cookies look like behind TLS."""

import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from tests.web.cast import EMAILS, PASSWORD, Person, page_of, settings, signed_in
from tests.web.test_users import actions
from tracker import create_app
from tracker.extensions import db

OFFICER = EMAILS["officer"]
NEW = "four quite new words"
END = re.compile(r'action="(/account/sessions/\d+)"')
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_a_changed_password_ends_all_other_sessions_and_is_audited(app: Flask, officer: Person) -> None:
    other = signed_in(app, OFFICER)
    officer.get("/account")
    answer = officer.post("/account/password", {"old": PASSWORD, "password": NEW})
    assert answer.headers["Location"] == "/account"
    assert other.get("/donors").status_code == 302
    assert officer.get("/donors").status_code == 200
    assert Person(app.test_client()).sign_in(OFFICER).status_code == 422
    assert Person(app.test_client()).sign_in(OFFICER, NEW).status_code == 302
    assert actions(app)[-1] == (OFFICER, "change_password", OFFICER)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("wrong", NEW, "This is not your password"),
        ("", NEW, "This is not your password"),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, "passwordpassword", "one of the first that others would try"),
        (PASSWORD, "officer alliance", "made of your name"),
        (PASSWORD, PASSWORD, "This is the old password"),
        (PASSWORD, "x" * 201, "at most 200"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_what_would(
    app: Flask, officer: Person, old: str, new: str, says: str
) -> None:
    officer.get("/account")
    answer = officer.post("/account/password", {"old": old, "password": new})
    assert answer.status_code == 422
    assert says in page_of(answer)
    assert not new or f'value="{new}"' not in page_of(answer)
    assert Person(app.test_client()).sign_in(OFFICER).status_code == 302


def test_everybody_sees_their_own_sessions_and_ends_them(app: Flask, france: Person) -> None:
    other = Person(app.test_client())
    other.client.environ_base |= {"HTTP_USER_AGENT": FIREFOX, "REMOTE_ADDR": "192.0.2.44"}
    other.sign_in(EMAILS["donor"])
    page = page_of(france.get("/account"))
    for said in ("Firefox on Linux", "192.0.2.44", "15 Jun 2026, 14:00", "This session"):
        assert said in page
    (end,) = END.findall(page)
    assert france.post(end).headers["Location"] == "/account"
    assert other.get("/own").status_code == 302
    assert france.get("/own").status_code == 200
    assert france.post(end).status_code == 404, "it has ended"


def test_all_others_end_at_once(app: Flask, officer: Person) -> None:
    others = [signed_in(app, OFFICER) for _ in range(3)]
    officer.get("/account")
    assert officer.post("/account/sessions").status_code == 302
    assert [other.get("/donors").status_code for other in others] == [302] * 3
    assert officer.get("/donors").status_code == 200


def test_nobody_ends_the_session_of_another(app: Flask, officer: Person, france: Person) -> None:
    signed_in(app, OFFICER)
    (end,) = END.findall(page_of(officer.get("/account")))
    france.get("/account")
    for path in (end, *(f"/account/sessions/{n}" for n in range(1, 9))):
        assert france.post(path).status_code == 404
    assert officer.get("/donors").status_code == 200


def test_a_session_ends_after_twelve_hours_however_busy(
    officer: Person, noon: time_machine.Traveller
) -> None:
    for _ in range(7):
        noon.shift(timedelta(minutes=100))
        assert officer.get("/donors").status_code == 200
    noon.shift(timedelta(minutes=20, seconds=1))
    assert officer.get("/donors").headers["Location"].startswith("/login")


def test_signing_in_anew_ends_the_session_that_the_browser_held(app: Flask, officer: Person) -> None:
    cookie = officer.client.get_cookie("session")
    assert cookie is not None
    officer.post("/login", {"email": EMAILS["gcg"], "password": PASSWORD})
    other = app.test_client()
    other.set_cookie("session", cookie.value)
    assert other.get("/donors").status_code == 302


def test_nobody_is_signed_in_by_a_form_of_another_site(app: Flask) -> None:
    """Login CSRF: without a token of this browser's own session the door takes nothing."""
    said = {"email": OFFICER, "password": PASSWORD}
    attacker = Person(app.test_client())
    attacker.get("/login")
    for token in (None, "", "nonsense", attacker.token):
        victim = app.test_client()
        body = said if token is None else {**said, "csrf_token": token}
        assert victim.post("/login", data=body).status_code == 400
        assert victim.get("/donors").status_code == 302


def test_behind_tls_the_cookie_is_bound_to_this_host_and_to_tls(app: Flask, tmp_path: Path) -> None:
    live = replace(settings(tmp_path), environment="production", base_url="https://funding.example.org")
    client = create_app(live).test_client()
    answer = client.get("/login", base_url="https://funding.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"]


def test_the_account_is_ones_own_also_while_viewing_as_a_donor(app: Flask, officer: Person) -> None:
    officer.fill("/donors/FR", {})
    officer.get("/donors/FR")
    assert officer.post("/donors/view/FR", officer.hidden).status_code == 302
    page = page_of(officer.get("/account"))
    assert OFFICER in page
    assert EMAILS["donor"] not in page
    assert officer.get("/account/second-factor").status_code == 200
    for path in ("/account/password", "/account/second-factor", "/account/sessions"):
        assert officer.post(path, {"old": PASSWORD, "password": NEW}).status_code == 403
    assert Person(app.test_client()).sign_in(OFFICER).status_code == 302


def test_health_is_one_plain_word(app: Flask, nobody: Person, tmp_path: Path) -> None:
    answer = nobody.client.get("/healthz")
    assert (answer.status_code, page_of(answer), answer.mimetype) == (200, "ok\n", "text/plain")
    assert "Set-Cookie" not in answer.headers
    database = sqlite3.connect(tmp_path / "tracker.sqlite3")
    database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.commit()
    database.close()
    answer = nobody.client.get("/healthz")
    assert (answer.status_code, page_of(answer)) == (503, "revision\n")
    with app.app_context():
        db.engine.dispose()
    (tmp_path / "tracker.sqlite3").unlink()
    (tmp_path / "tracker.sqlite3").mkdir()
    answer = nobody.client.get("/healthz")
    assert (answer.status_code, page_of(answer)) == (503, "database\n")


def test_a_form_of_too_many_parts_or_too_much_text_is_refused(app: Flask, officer: Person) -> None:
    parts = {f"field{n}": "x" for n in range(1_001)}
    said = {"data": parts, "content_type": "multipart/form-data"}
    assert officer.client.post("/donors/new", **said).status_code == 413
    long = {"csrf_token": officer.token, "name": "x" * 500_001}
    assert (
        officer.client.post("/donors/new", data=long, content_type="multipart/form-data").status_code == 413
    )
