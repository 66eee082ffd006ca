"""The second step: half done opens nothing, codes work once, and where it is required none goes without."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.web.cast import EMAILS, NOON, PASSWORD, Person, page_of, signed_in
from tests.web.second_steps import OFFICER, another, code_now, give_factor
from tests.web.test_users import act, actions
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services import users

KEY = re.compile(r'class="ref">([A-Z2-7]{4}(?: [A-Z2-7]{4})+)<')
CODE = re.compile(r'class="ref">([a-z2-9]{4}(?:-[a-z2-9]{4}){5})<')


def half_way(app: Flask, email: str = OFFICER) -> Person:
    """Somebody whose password fitted."""
    person = Person(app.test_client())
    assert person.sign_in(email).headers["Location"] == "/login/code"
    return person


def stay(app: Flask, what: str, email: str = OFFICER, **more: Any) -> None:
    """Do something with a login behind its back."""
    with app.app_context():
        begin_write(db.session())
        here = {"actor": Actor("test", NOON), "programme_id": the_programme(db.session()).id}
        getattr(users, what)(db.session(), email=email, **here, **more)
        db.session.commit()


def test_the_password_alone_opens_nothing(app: Flask) -> None:
    secret, _codes = give_factor(app)
    person = half_way(app)
    for path in ("/", "/donors", "/account", "/account/second-factor", "/own", "/help"):
        assert person.get(path).headers["Location"].startswith("/login?next=")
    assert person.get("/login/second-factor").headers["Location"] == "/login"
    person.get("/login/code")
    assert person.post("/login/code", {"code": code_now(secret)}).headers["Location"] == "/"
    assert person.get("/donors").status_code == 200


def test_where_one_was_going_is_remembered_over_the_second_step(
    app: Flask, noon: time_machine.Traveller
) -> None:
    secret, _codes = give_factor(app)
    for asked, led_to in (("/donors?q=a", "/donors?q=a"), ("//evil.example", "/")):
        person = Person(app.test_client())
        person.get("/login", query_string={"next": asked})
        person.post("/login", {"email": OFFICER, "password": PASSWORD, "next": asked})
        person.get("/login/code")
        answer = person.post("/login/code", {"code": code_now(secret)})
        assert answer.headers["Location"] == led_to
        noon.shift(timedelta(seconds=30))


def test_a_code_opens_once_whoever_read_it_over_a_shoulder(app: Flask) -> None:
    secret, _codes = give_factor(app)
    first, second = half_way(app), None
    code = code_now(secret)
    assert first.post("/login/code", {"code": code}).status_code == 302
    second = half_way(app)
    assert second.post("/login/code", {"code": code}).status_code == 422
    assert second.get("/donors").status_code == 302


def test_a_recovery_code_opens_once(app: Flask) -> None:
    _secret, codes = give_factor(app)
    assert half_way(app).post("/login/code", {"code": codes[0]}).headers["Location"] == "/"
    assert half_way(app).post("/login/code", {"code": codes[0]}).status_code == 422
    assert half_way(app).post("/login/code", {"code": codes[1]}).headers["Location"] == "/"
    assert [a for _who, a, email in actions(app) if email == OFFICER][-2:] == ["use_recovery_code"] * 2


def test_a_half_done_sign_in_works_once_and_for_ten_minutes(app: Flask, noon: time_machine.Traveller) -> None:
    secret, _codes = give_factor(app)
    person = half_way(app)
    cookie = person.client.get_cookie("session")
    assert cookie is not None
    assert person.post("/login/code", {"code": code_now(secret)}).status_code == 302
    thief = Person(app.test_client(), person.token)
    thief.client.set_cookie("session", cookie.value)
    noon.shift(timedelta(minutes=1))
    assert thief.get("/login/code").headers["Location"] == "/login"
    late = half_way(app)
    noon.shift(timedelta(minutes=10))
    assert late.post("/login/code", {"code": code_now(secret)}).headers["Location"] == "/login"
    assert late.get("/donors").status_code == 302


def test_nothing_that_a_browser_held_before_is_worth_anything_after(app: Flask) -> None:
    """Fixation: a cookie planted before either step is not the one that is signed in."""
    secret, _codes = give_factor(app)
    person = Person(app.test_client())
    with person.client.session_transaction() as planted:
        planted["planted"] = "yes"
    person.get("/login")
    held = [person.client.get_cookie("session")]
    person.post("/login", {"email": OFFICER, "password": PASSWORD})
    with person.client.session_transaction() as kept:
        assert "planted" not in kept
    person.get("/login/code")
    held.append(person.client.get_cookie("session"))
    person.post("/login/code", {"code": code_now(secret)})
    assert person.get("/donors").status_code == 200
    for cookie in held:
        assert cookie is not None
        other = app.test_client()
        other.set_cookie("session", cookie.value)
        assert other.get("/donors").status_code == 302


@pytest.mark.parametrize("what", ["disable_user", "reset_user"])
def test_a_half_done_sign_in_ends_with_the_login(app: Flask, what: str) -> None:
    secret, _codes = give_factor(app)
    person = half_way(app)
    stay(app, what)
    assert person.post("/login/code", {"code": code_now(secret)}).headers["Location"] == "/login"
    assert person.get("/donors").status_code == 302


def test_the_second_step_takes_no_form_of_another_session(app: Flask) -> None:
    secret, _codes = give_factor(app)
    person, other = half_way(app), half_way(app)
    for token in ("", "nonsense", other.token):
        said = {"csrf_token": token, "code": code_now(secret)}
        assert person.client.post("/login/code", data=said).status_code == 400


def test_setting_up_on_the_account_page(app: Flask, officer: Person) -> None:
    assert officer.post("/account/second-factor", {"begin-password": "wrong"}).status_code == 422
    assert not KEY.search(page_of(officer.get("/account/second-factor")))
    assert officer.post("/account/second-factor", {"begin-password": PASSWORD}).status_code == 302
    page = page_of(officer.get("/account/second-factor"))
    found = KEY.search(page)
    assert found is not None
    assert 'src="data:image/svg+xml' in page
    secret = found[1].replace(" ", "")
    assert Person(app.test_client()).sign_in(OFFICER).headers["Location"] == "/", "not yet confirmed"
    assert officer.post("/account/second-factor/confirm", {"code": "000000"}).status_code == 422
    other = signed_in(app, OFFICER)
    answer = officer.post("/account/second-factor/confirm", {"code": code_now(secret)})
    assert other.get("/donors").status_code == 302, "who came in without it is out"
    codes = CODE.findall(page_of(answer))
    assert len(codes) == 10
    again = page_of(officer.get("/account/second-factor"))
    assert not KEY.search(again)
    assert codes[0] not in again
    assert "Recovery codes left: 10" in again
    person = half_way(app)
    assert person.post("/login/code", {"code": codes[0]}).headers["Location"] == "/"


def test_removing_it_takes_the_password_and_a_code(app: Flask) -> None:
    secret, codes = give_factor(app)
    person = half_way(app)
    person.post("/login/code", {"code": codes[0]})
    path = "/account/second-factor/remove"
    person.get("/account/second-factor")
    for wrong in (
        {"remove-password": PASSWORD, "remove-code": "000000"},
        {"remove-password": "wrong", "remove-code": code_now(secret)},
    ):
        assert person.post(path, wrong).status_code == 422
    assert (
        person.post(path, {"remove-password": PASSWORD, "remove-code": code_now(secret)}).status_code == 302
    )
    assert Person(app.test_client()).sign_in(OFFICER).headers["Location"] == "/"
    assert (OFFICER, "remove_second_factor", OFFICER) in actions(app)


def test_where_it_is_required_only_the_set_up_page_opens_after_the_password(
    app: Flask, tmp_path: Path
) -> None:
    strict = another(tmp_path, second_factor="required")
    person = Person(strict.test_client())
    assert person.sign_in(OFFICER).headers["Location"] == "/login/second-factor"
    found = KEY.search(page_of(person.get("/login/second-factor")))
    assert found is not None
    for path in ("/", "/donors", "/account", "/account/second-factor", "/login/code"):
        assert person.get(path).headers["Location"].startswith("/login")
    person.get("/login/second-factor")
    assert person.post("/login/second-factor", {"code": "000000"}).status_code == 422
    assert person.get("/donors").status_code == 302
    person.get("/login/second-factor")
    answer = person.post("/login/second-factor", {"code": code_now(found[1].replace(" ", ""))})
    assert answer.status_code == 200
    assert len(CODE.findall(page_of(answer))) == 10
    assert person.get("/donors").status_code == 200
    assert (OFFICER, "set_second_factor", OFFICER) in actions(strict)
    person.get("/account/second-factor")
    assert "Remove the second factor" not in page_of(person.get("/account/second-factor"))
    proof = {"remove-password": PASSWORD, "remove-code": "000000"}
    assert "Your role needs a second factor" in page_of(person.post("/account/second-factor/remove", proof))


def test_where_it_is_required_a_session_opened_without_it_is_nobodys(
    app: Flask, tmp_path: Path, officer: Person
) -> None:
    strict = another(tmp_path, second_factor="required")
    cookie = officer.client.get_cookie("session")
    assert cookie is not None
    carried = strict.test_client()
    carried.set_cookie("session", cookie.value)
    assert carried.get("/donors").status_code == 302
    for role in ("gcg", "donor"):
        assert Person(strict.test_client()).sign_in(EMAILS[role]).headers["Location"] in ("/", "/own")


def test_a_reset_clears_it_and_the_users_page_shows_it(app: Flask) -> None:
    give_factor(app)
    admin = signed_in(app, EMAILS["admin"])
    page = page_of(admin.get(f"/users/{OFFICER}"))
    assert re.search(r"Second factor</dt><dd>set up<", page)
    answer = act(admin, "reset", OFFICER)
    link = re.search(r'value="http://[^"/]+(/password/[^"]+)"', page_of(answer))  # type: ignore[arg-type]
    assert link is not None
    assert re.search(r"Second factor</dt><dd>not set up<", page_of(admin.get(f"/users/{OFFICER}")))
    person = Person(app.test_client())
    person.get(link[1])
    person.post(link[1], {"password": "four quite new words"})
    assert person.sign_in(OFFICER, "four quite new words").headers["Location"] == "/"
