"""Logins in the browser: an administrator adds, changes, disables and resets; nobody else does."""

import re

import pytest
from flask import Flask

from tests.web.cast import EMAILS, Person, business_rows, page_of, signed_in
from tracker.extensions import db
from tracker.queries import trail
from tracker.queries.programmes import the_programme

OFFICER, ADMIN = EMAILS["officer"], EMAILS["admin"]
LINK = re.compile(r'value="http://[^"/]+(/password/[^"]+)"')
NEW = {"email": "New@Alliance.test", "name": "N. Ito", "role": "officer", "donor": ""}


@pytest.fixture
def admin(app: Flask) -> Person:
    """L. Okafor, who manages logins."""
    return signed_in(app, ADMIN)


def act(admin: Person, what: str, email: str, data: dict[str, str] | None = None) -> object:
    """Press one of the buttons of a login's page, with its own hidden fields."""
    page = page_of(admin.get(f"/users/{email}"))
    form = re.search(rf'<form[^>]*action="/users/{what}/[^"]*".*?</form>', page, re.S)
    assert form is not None
    hidden = dict(re.findall(r'name="(form_key|version)"[^>]*value="([^"]*)"', form[0]))
    return admin.post(f"/users/{what}/{email}", {**hidden, **(data or {})})


def actions(app: Flask) -> list[tuple[str, str, str]]:
    """Who did what to which login, as the audit trail has it."""
    with app.app_context():
        found = trail.entries(db.session(), the_programme(db.session()).id)
        return [(e.actor, e.action, e.reference) for e, _ in found if e.entity == "user_account"]


def test_the_list_says_who_as_what_and_when_last_seen(admin: Person) -> None:
    page = page_of(admin.get("/users"))
    for said in ("A. Moreau", OFFICER, "officer", "France Télévisions", "Active", "15 Jun 2026, 14:00"):
        assert said in page
    assert "A. Moreau" not in page_of(admin.get("/users?q=rojas"))


def test_only_an_administrator_has_the_way_there(admin: Person, officer: Person) -> None:
    assert 'href="/users"' in page_of(admin.get("/"))
    assert 'href="/users"' not in page_of(officer.get("/"))
    assert officer.get("/users").status_code == 403
    assert officer.get(f"/users/{ADMIN}").status_code == 403


def test_a_login_is_added_and_its_link_shown_once(app: Flask, admin: Person) -> None:
    admin.get("/users/new")
    body = {**admin.hidden, **NEW}
    first = admin.post("/users/new", body)
    found = LINK.search(page_of(first))
    assert found is not None
    again = admin.post("/users/new", body)
    assert again.status_code == 302
    assert not LINK.search(page_of(admin.get(again.headers["Location"])))
    assert "Waiting for a first password" in page_of(admin.get("/users"))
    person = Person(app.test_client())
    person.get(found[1])
    assert person.post(found[1], {"password": "their very own password"}).status_code == 302
    assert person.sign_in("new@alliance.test", "their very own password").status_code == 302
    assert person.get("/receipts/new").status_code == 200
    with app.app_context():
        found_links = trail.entries(db.session(), the_programme(db.session()).id)
        assert not any("password/" in (entry.after or "") for entry, _ in found_links)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": OFFICER}, "email"),
        ({"role": "king"}, "role"),
        ({"role": "donor"}, "donor"),
        ({"role": "donor", "donor": "NOBODY"}, "donor"),
        ({"donor": "FR"}, "donor"),
    ],
)
def test_a_wrong_login_is_refused_beside_the_field(
    app: Flask, admin: Person, change: dict[str, str], field: str
) -> None:
    before = business_rows(app)
    answer = admin.fill("/users/new", {**NEW, **change})
    page = page_of(answer)
    assert answer.status_code == 422
    assert f'id="{field}-msg"' in page
    assert 'value="N. Ito"' in page
    assert business_rows(app) == before


def test_a_changed_role_ends_open_sessions_and_is_audited(app: Flask, admin: Person, officer: Person) -> None:
    assert officer.get("/donors").status_code == 200
    assert act(admin, "role", OFFICER, {"role": "gcg", "donor": ""}).status_code == 302  # type: ignore[attr-defined]
    assert officer.get("/donors").headers["Location"].startswith("/login")
    again = signed_in(app, OFFICER)
    assert again.get("/donors").status_code == 403
    assert (ADMIN, "change_role", OFFICER) in actions(app)
    page = page_of(admin.get(f"/users/{OFFICER}"))
    assert "Role changed" in page or "<b>GCG</b>" in page


def test_nobody_changes_their_own_role_nor_disables_the_last_administrator(app: Flask, admin: Person) -> None:
    before = business_rows(app)
    assert "Another administrator changes your role" in page_of(admin.get(f"/users/{ADMIN}"))
    own = admin.fill("/users/new", {})  # for a key
    assert own.status_code == 422
    sent = {**admin.hidden, "version": "1", "role": "gcg", "donor": ""}
    assert admin.post(f"/users/role/{ADMIN}", sent).status_code == 422
    refused = act(admin, "disable", ADMIN)
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "last active administrator" in page_of(refused)  # type: ignore[arg-type]
    assert business_rows(app) == before


def test_a_role_is_not_changed_from_an_old_page(app: Flask, admin: Person) -> None:
    sent = {"role": "gcg", "donor": "", "version": "7"}
    before = business_rows(app)
    answer = act(admin, "role", OFFICER, sent)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "Somebody else has changed this login" in page_of(answer)  # type: ignore[arg-type]
    assert business_rows(app) == before


def test_a_disabled_login_is_out_at_once_and_can_be_let_in_again(
    app: Flask, admin: Person, officer: Person
) -> None:
    act(admin, "disable", OFFICER)
    assert officer.get("/donors").headers["Location"].startswith("/login")
    assert officer.sign_in(OFFICER).status_code == 422
    assert 'action="/users/reset/' not in page_of(admin.get(f"/users/{OFFICER}"))
    act(admin, "enable", OFFICER)
    assert officer.sign_in(OFFICER).status_code == 302
    assert [(a, w) for a, w, who in actions(app) if who == OFFICER][-2:] == [
        (ADMIN, "disable"),
        (ADMIN, "enable"),
    ]


def test_a_reset_shows_its_link_once_and_ends_the_old_password(
    app: Flask, admin: Person, officer: Person
) -> None:
    answer = act(admin, "reset", OFFICER)
    found = LINK.search(page_of(answer))  # type: ignore[arg-type]
    assert found is not None
    assert officer.get("/donors").headers["Location"].startswith("/login")
    assert officer.sign_in(OFFICER).status_code == 422
    person = Person(app.test_client())
    person.get(found[1])
    assert person.post(found[1], {"password": "a fresh long password"}).status_code == 302
    assert person.get(found[1]).status_code == 410
    assert person.sign_in(OFFICER, "a fresh long password").status_code == 302


def test_an_address_of_nobody_is_a_plain_page(admin: Person) -> None:
    for email in ("nobody@alliance.test", "1", "reset/x", "%00", "' OR 1=1"):
        assert admin.get(f"/users/{email}").status_code == 404
        assert admin.post(f"/users/disable/{email}").status_code == 404
