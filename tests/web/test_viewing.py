"""An officer views as a donor: the donor's own doors, read-only, said on every page, and audited."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.web.cast import EMAILS, NOON, TODAY, Person, business_rows, page_of, signed_in
from tests.web.test_doors import FILES, address, attempts, rules
from tracker.access import required_action
from tracker.domain.permissions import Actor, allowed
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.services import viewing
from tracker.services.users import change_role, disable_user

START, STOP = "/donors/view/FR", "/viewing/stop"
BANNER = "You see what France sees."


def view_as_france(person: Person) -> None:
    """Press the button on France's page."""
    person.get("/donors/FR")
    answer = person.post(START, person.hidden)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/own")
    person.get("/own")


def trail(app: Flask) -> list[dict[str, Any]]:
    """The audit entries about viewing, oldest first."""
    query = text(
        "SELECT action, actor, entity, reference, before, after FROM audit_entry "
        "WHERE action IN ('view_as', 'stop_viewing') ORDER BY seq"
    )
    with app.app_context(), Session(db.engine) as session:
        return [dict(row._mapping) for row in session.execute(query)]


def said(app: Flask) -> list[tuple[str, str, str]]:
    """Action, actor and donor of those entries."""
    return [(entry["action"], entry["actor"], entry["reference"]) for entry in trail(app)]


def check(app: Flask) -> list[str]:
    """What `tracker check` finds broken."""
    with app.app_context():
        session = db.session()
        return [
            f"{p.name}: {p.detail}" for p in prove(session, the_programme(session).id, TODAY) if not p.holds
        ]


def by_hand(app: Flask, statement: str) -> None:
    """Change a row behind the program's back."""
    with app.app_context():
        begin_write(db.session())
        db.session.execute(text(statement))
        db.session.commit()


@pytest.mark.parametrize("role", ["officer", "admin"])
def test_an_officer_sees_the_very_page_that_the_donor_sees(app: Flask, france: Person, role: str) -> None:
    person = signed_in(app, EMAILS[role])
    view_as_france(person)
    theirs, own = page_of(person.get("/own")), page_of(france.get("/own"))
    assert BANNER in theirs
    assert "Read-only." in theirs
    assert BANNER not in own
    assert content(theirs) == content(own)


def content(page: str) -> str:
    """What stands between the bar and the foot."""
    return page.partition("<main")[2].partition("</main>")[0]


def test_viewing_opens_and_closes_the_very_doors_of_the_donors_own_login(
    app: Flask, officer: Person, france: Person
) -> None:
    view_as_france(officer)
    tried = 0
    for rule, method, path in attempts(app):
        if method != "GET" or rule.endpoint in FILES:
            continue
        tried += 1
        seen, own = officer.get(path), france.get(path)
        assert seen.status_code == own.status_code, path
        assert seen.headers.get("Location") == own.headers.get("Location"), path
    assert tried > 20


def test_the_banner_stands_on_every_page_errors_too(officer: Person) -> None:
    view_as_france(officer)
    for path in ("/own", "/help", "/donors", "/donors/FR", "/no-such-page"):
        page = page_of(officer.get(path))
        assert BANNER in page, path
        assert "Stop viewing" in page, path
        assert "A. Moreau, viewing as France" in page, path


def test_viewing_is_read_only_whatever_is_sent(app: Flask, officer: Person) -> None:
    view_as_france(officer)
    before, tried = business_rows(app), 0
    for rule, method, path in attempts(app):
        if method != "POST" or rule.endpoint in ("viewing.stop", "auth.logout"):
            continue
        officer.get("/own")
        for body in ({}, {"form_key": "a" * 32, "version": "1", "name": "changed", "role": "admin"}):
            answer = officer.post(path, body)
            assert answer.status_code == 403, path
            assert "You are viewing as France, read-only" in page_of(answer), path
            tried += 1
    assert tried > 40
    assert business_rows(app) == before


def test_start_and_stop_are_in_the_trail_under_the_donor_by_the_officers_name(
    app: Flask, officer: Person
) -> None:
    view_as_france(officer)
    assert check(app) == []
    answer = officer.post(STOP)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/donors/FR")
    assert said(app) == [
        ("view_as", EMAILS["officer"], "FR"),
        ("stop_viewing", EMAILS["officer"], "FR"),
    ]
    for entry in trail(app):
        assert entry["entity"] == "donor"
        assert entry["before"] == entry["after"]
        assert json.loads(entry["after"])["aliases"] == ["Francia"], "the whole row, its other names too"
    assert check(app) == []
    page = page_of(officer.get("/donors/FR"))
    assert "You see your own view again." in page
    assert BANNER not in page
    assert "Viewed as this donor" in page
    assert "Stopped viewing as this donor" in page
    assert "Viewed as this donor" in page_of(officer.get("/history"))


def test_the_proof_would_notice_an_entry_that_lacks_the_donors_row(
    app: Flask, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "row_of", lambda donor: {"code": donor.code})
    view_as_france(officer)
    assert any("differs from audit entry" in broken for broken in check(app))


def test_the_donor_does_not_read_who_viewed(officer: Person, france: Person) -> None:
    view_as_france(officer)
    page = page_of(france.get("/own"))
    assert "Moreau" not in page
    assert EMAILS["officer"] not in page


def test_only_this_session_views(app: Flask, officer: Person) -> None:
    other = signed_in(app, EMAILS["officer"])
    view_as_france(officer)
    page = page_of(other.get("/donors"))
    assert "Netherlands" in page
    assert "Stop viewing" not in page
    assert officer.get("/donors").status_code == 403


@pytest.mark.parametrize("role", ["gcg", "donor"])
def test_others_cannot_view_as_a_donor(app: Flask, role: str) -> None:
    person = signed_in(app, EMAILS[role])
    person.get("/help")
    for code in ("FR", "FTV", "NL"):
        assert person.post(f"/donors/view/{code}", {"form_key": "b" * 32}).status_code == 403
    assert trail(app) == []


@pytest.mark.parametrize("role", ["gcg", "donor"])
def test_a_session_marked_so_by_hand_gives_others_nothing(app: Flask, role: str) -> None:
    person = signed_in(app, EMAILS[role])
    by_hand(app, "UPDATE login_session SET viewed_donor_id = (SELECT id FROM donor WHERE code = 'NL')")
    page = page_of(person.get("/own" if role == "donor" else "/"))
    assert "Stop viewing" not in page
    assert "R2" not in page_of(person.get("/own"))


@pytest.mark.parametrize("role", ["gcg", "donor"])
def test_the_service_refuses_others_by_itself(app: Flask, role: str) -> None:
    person = signed_in(app, EMAILS[role])
    with app.test_request_context(), person.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with app.app_context():
        begin_write(db.session())
        with pytest.raises(PermissionError):
            viewing.start(db.session(), actor=Actor(EMAILS[role], NOON), token=token, code="NL")


def test_signing_out_ends_the_view_and_says_so(app: Flask, officer: Person) -> None:
    view_as_france(officer)
    assert officer.post("/logout").headers["Location"] == "/login"
    assert [action for action, _who, _donor in said(app)] == ["view_as", "stop_viewing"]
    assert officer.get("/own").headers["Location"].startswith("/login")
    again = signed_in(app, EMAILS["officer"])
    assert "Stop viewing" not in page_of(again.get("/"))


def test_disabling_the_officer_ends_the_view(app: Flask, officer: Person) -> None:
    view_as_france(officer)
    with app.app_context():
        begin_write(db.session())
        here = the_programme(db.session()).id
        disable_user(db.session(), actor=Actor("test", NOON), programme_id=here, email=EMAILS["officer"])
        db.session.commit()
    assert officer.get("/own").headers["Location"].startswith("/login")


def test_another_role_ends_the_view(app: Flask, officer: Person) -> None:
    view_as_france(officer)
    with app.app_context():
        begin_write(db.session())
        options = {"programme_id": the_programme(db.session()).id, "email": EMAILS["officer"]}
        change_role(db.session(), actor=Actor("test", NOON), version=1, role="gcg", **options)
        db.session.commit()
    assert officer.get("/own").headers["Location"].startswith("/login")


def test_a_voided_donor_gives_the_officer_their_own_view_back(app: Flask, officer: Person) -> None:
    officer.get("/donors/XSS")
    answer = officer.post("/donors/view/XSS", officer.hidden)
    assert answer.headers["Location"] == "/own"
    other = signed_in(app, EMAILS["admin"])
    assert other.fill("/donors/void/XSS", {"reason": "recorded twice"}).status_code == 302
    page = page_of(officer.get("/donors"))
    assert "was voided while you viewed as this donor" in page
    assert "Netherlands" in page
    assert "<script>alert" not in page
    assert officer.post(STOP).status_code == 302
    assert "was voided while" not in page_of(officer.get("/donors"))
    assert said(app)[-1] == ("stop_viewing", EMAILS["officer"], "XSS")
    assert check(app) == []


def test_a_voided_or_unknown_donor_cannot_be_viewed(app: Flask, officer: Person) -> None:
    officer.fill("/donors/void/XSS", {"reason": "recorded twice"})
    officer.get("/help")
    for code in ("XSS", "NOBODY", "FR,NL", "all", "-1"):
        assert officer.post(f"/donors/view/{code}", {"form_key": "c" * 32}).status_code == 404, code
    assert trail(app) == []


def test_the_button_pressed_twice_is_one_view(app: Flask, officer: Person) -> None:
    officer.get("/donors/FR")
    pressed = dict(officer.hidden)
    for _again in range(2):
        assert officer.post(START, pressed).headers["Location"] == "/own"
    assert len(trail(app)) == 1
    officer.get("/own")
    officer.post(STOP)
    officer.get("/donors/FR")
    assert officer.post(START, pressed).headers["Location"] == "/donors/FR"
    assert len(trail(app)) == 2
    assert officer.get("/donors").status_code == 200


def test_a_form_without_its_key_asks_once_more(app: Flask, officer: Person) -> None:
    officer.get("/donors/FR")
    answer = officer.post(START, {"form_key": "no key"})
    assert answer.status_code == 400
    assert "View as France" in page_of(answer)
    assert officer.post(START, officer.hidden).headers["Location"] == "/own"
    assert len(trail(app)) == 1


def test_stopping_without_a_view_leads_home(app: Flask, officer: Person, gcg: Person, france: Person) -> None:
    for person, where in ((officer, "/"), (gcg, "/"), (france, "/own")):
        person.get("/help")
        assert person.post(STOP).headers["Location"] == where
    assert trail(app) == []


def test_the_start_is_offered_to_those_who_may_alone(officer: Person) -> None:
    assert f'action="{START}"' in page_of(officer.get("/donors/FR"))
    view_as_france(officer)
    assert "/donors/view/" not in page_of(officer.get("/own"))


def test_every_route_that_a_donor_may_take_is_open_while_viewing(app: Flask, officer: Person) -> None:
    view_as_france(officer)
    for rule in rules(app):
        with app.app_context():
            action = required_action(rule.endpoint)
        if "GET" in (rule.methods or set()) and action and allowed("donor", action):
            assert officer.get(address(app, rule)).status_code != 403, rule.rule
