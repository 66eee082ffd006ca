"""A donor's contact is invited: what they are sent, what the link does, and who may not be invited."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.mail_server import Box, mail_server
from tests.web.cast import EMAILS, PASSWORD, Person, page_of, signed_in
from tracker.access import own_session
from tracker.config import Settings, Smtp
from tracker.extensions import db
from tracker.services.users import token_hash

ELODIE = "elodie@france.example"
NEW_PASSWORD = "their very own password"
SECRET = "the-servers-own-password"
LINK = re.compile(r'id="link"[^>]*value="http://127\.0\.0\.1:8000(/password/[^"]+)"')
KINDS_OF_LOGIN = (EMAILS["officer"], EMAILS["admin"], EMAILS["gcg"], "donor@ftv.test")


def contact(person: Person, donor: str = "FR", name: str = "Élodie Lefèvre", email: str = ELODIE) -> str:
    """Record a contact; the address where they are invited."""
    answer = person.fill(f"/people/contacts/new/{donor}", {"name": name, "email": email})
    assert answer.status_code == 302
    return f"/invitations/{len(rows(person.client.application, 'contact'))}"


def rows(app: Flask, table: str) -> list[dict[str, object]]:
    """A table as it stands."""
    with app.app_context(), Session(db.engine) as session:
        found = session.execute(text(f"SELECT * FROM {table} ORDER BY id"))  # noqa: S608
        return [dict(row._mapping) for row in found]


def logins(app: Flask) -> list[str]:
    """The address of every login."""
    return [str(row["email"]) for row in rows(app, "user_account")]


def form_of(person: Person, path: str) -> dict[str, str]:
    """Open the page of an invitation; what its form carries."""
    page = page_of(person.get(path))
    found = re.findall(r'<input[^>]*name="(form_key|version|link)"[^>]*value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def invited(person: Person, path: str) -> str:
    """Invite without a mail server; the path of the link that is shown."""
    answer = person.post(path, form_of(person, path))
    found = LINK.search(page_of(answer))
    assert found is not None
    return unescape(found[1])


def state(person: Person, donor: str = "FR") -> str:
    """What the donor's page says of the login of its only contact."""
    page = page_of(person.get(f"/donors/{donor}"))
    (found,) = re.findall(r'<ul class="kept">(.*?)</ul>', page[page.index('id="contacts"') :], re.S)[:1]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def outbox(app: Flask) -> list[Path]:
    """The files of the outbox."""
    settings: Settings = app.config["TRACKER"]
    return sorted((settings.instance_path / "outbox").glob("*"))


@pytest.fixture
def admin(app: Flask) -> Person:
    """L. Okafor, who manages logins."""
    return signed_in(app, EMAILS["admin"])


@pytest.fixture
def box(app: Flask) -> Iterator[Box]:
    """A mail server, and the application set up for it."""
    with mail_server(offers=("AUTH PLAIN",)) as found:
        set_up(app, found)
        yield found


def set_up(app: Flask, box: Box) -> None:
    """Mail settings, as they would be read at the start."""
    smtp = Smtp("127.0.0.1", box.port, "none", "tracker", SECRET)
    sender = "Funding tracker <tracker@alliance.test>"
    app.config["TRACKER"] = replace(app.config["TRACKER"], smtp=smtp, mail_from=sender)


def use(person: Person, link: str, password: str = NEW_PASSWORD) -> int:
    """Open a link and set a password with it."""
    person.get(link)
    return person.post(link, {"password": password}).status_code


# From the invitation to the donor's own page


def test_a_contact_is_invited_sets_a_password_and_sees_only_their_donor(
    app: Flask, officer: Person, nobody: Person
) -> None:
    path = contact(officer)
    assert "No login yet · Invite" in state(officer)
    link = invited(officer, path)
    assert "Invited, the link works until 22 Jun 2026, 14:00 · Send again" in state(officer)
    assert nobody.get(link).status_code == 200
    assert nobody.post(link, {"password": NEW_PASSWORD}).headers["Location"] == "/login"
    assert "Your password is set" in page_of(nobody.get("/login"))
    assert nobody.sign_in(ELODIE, NEW_PASSWORD).headers["Location"] == "/own"
    own = page_of(nobody.get("/own"))
    assert "FR-1" in own
    assert "777.00" not in own
    assert "NL/2026@1" not in own
    for closed in ("/donors/FR", "/donors", "/pledges/FR-1", "/", path, "/users"):
        assert nobody.get(closed).status_code in (302, 403), closed
    assert nobody.get(path).status_code == 403
    assert "Has a login" in state(officer)
    (made,) = [row for row in rows(app, "user_account") if row["email"] == ELODIE]
    assert (made["role"], made["name"]) == ("donor", "Élodie Lefèvre")


def test_the_page_shows_the_message_that_is_then_kept(app: Flask, officer: Person) -> None:
    path = contact(officer)
    page = unescape(page_of(officer.get(path)))
    said = re.findall(r'<p class="as-typed">(.*?)</p>', page, re.S)
    link = invited(officer, path)
    (kept,) = outbox(app)
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    message = message_from_bytes(kept.read_bytes(), policy=default)
    plain = message.get_body("plain").get_content()  # type: ignore[attr-defined]
    shown = "\n\n".join(said).replace("(the link stands here)", f"http://127.0.0.1:8000{link}")
    assert plain.replace("\r\n", "\n").strip() == shown
    for words in (
        "A. Moreau",
        "France",
        "22 June 2026, 14:00 (Europe/Zurich)",
        "not expenditure",
        "password",
    ):
        assert words in shown
    assert message["Subject"] in page
    assert (message["To"], message["Date"]) == (
        f"Élodie Lefèvre <{ELODIE}>",
        "Mon, 15 Jun 2026 12:00:00 +0000",
    )


@pytest.mark.usefixtures("app")
def test_a_link_is_used_once_and_says_so(officer: Person, nobody: Person) -> None:
    link = invited(officer, contact(officer))
    assert use(nobody, link) == 302
    for used in (link, f"{link}x", "/password/nonsense"):
        answer = nobody.get(used)
        assert answer.status_code == 410
        assert "used or too old" in page_of(answer)
    nobody.get("/login")
    assert nobody.post(link, {"password": "four other new words"}).status_code == 410
    assert nobody.sign_in(ELODIE, NEW_PASSWORD).status_code == 302


def test_an_invitations_link_works_for_seven_days_and_no_longer(
    app: Flask, officer: Person, nobody: Person, noon: time_machine.Traveller
) -> None:
    link = invited(officer, contact(officer))
    noon.shift(timedelta(days=7, seconds=-1))
    assert nobody.get(link).status_code == 200
    nobody.get("/login")
    noon.shift(timedelta(seconds=1))
    assert nobody.get(link).status_code == 410
    assert nobody.post(link, {"password": NEW_PASSWORD}).status_code == 410
    again = signed_in(app, EMAILS["officer"])
    assert "no link is open any more · Send again" in state(again)
    assert use(nobody, invited(again, "/invitations/1")) == 302


def test_sending_again_ends_the_older_link_and_makes_no_second_login(
    app: Flask, officer: Person, nobody: Person
) -> None:
    path = contact(officer)
    first = invited(officer, path)
    assert "Send the invitation again" in page_of(officer.get(path))
    second = invited(officer, path)
    assert nobody.get(first).status_code == 410
    assert use(nobody, second) == 302
    assert logins(app).count(ELODIE) == 1


def test_a_form_sent_twice_invites_once_and_shows_the_link_once(app: Flask, officer: Person) -> None:
    path = contact(officer)
    body = form_of(officer, path)
    first, second = officer.post(path, body), officer.post(path, body)
    assert LINK.search(page_of(first))
    assert second.headers["Location"] == "/donors/FR#contacts"
    assert (logins(app).count(ELODIE), len(rows(app, "password_link")), len(outbox(app))) == (1, 1, 1)


def test_a_page_from_before_ends_nobody_elses_link(app: Flask, officer: Person, nobody: Person) -> None:
    path = contact(officer)
    old = form_of(officer, path)
    link = invited(officer, path)
    answer = officer.post(path, old)
    assert answer.status_code == 422
    assert "has changed meanwhile" in page_of(answer)
    assert nobody.get(link).status_code == 200
    old = form_of(officer, path)
    officer.fill("/people/contacts/edit/1", {"name": "Somebody Else", "email": "else@france.example"})
    assert officer.post(path, old).status_code == 422
    assert "else@france.example" not in logins(app)


# Who is not invited


@pytest.mark.parametrize("email", KINDS_OF_LOGIN)
def test_a_login_of_another_kind_is_refused_with_the_same_words(
    app: Flask, officer: Person, email: str
) -> None:
    before = rows(app, "user_account")
    page = refused(officer, contact(officer, email=email.upper()))
    assert "This address already has a login of another kind; ask an administrator." in page
    assert rows(app, "user_account") == before
    assert "another kind" in state(officer)


def refused(person: Person, path: str, words: str = "") -> str:
    """The page offers no button, and a form sent all the same does nothing."""
    page = page_of(person.get(path))
    assert "What the message says" not in page
    carried = {"form_key": "a" * 32, "version": "1", "link": "0"}
    answer = person.post(path, carried)
    assert answer.status_code == 422
    assert words in page_of(answer)
    app = person.client.application
    assert not rows(app, "password_link")
    assert not outbox(app)
    return page


def test_an_officer_cannot_end_the_password_of_an_active_login(app: Flask, officer: Person) -> None:
    page = refused(officer, contact(officer, email=EMAILS["donor"]))
    assert "They have a login already" in page
    assert "Send again" not in state(officer)
    assert Person(app.test_client()).sign_in(EMAILS["donor"], PASSWORD).status_code == 302


def test_an_invited_login_that_has_its_password_is_not_invited_again(
    app: Flask, officer: Person, nobody: Person
) -> None:
    path = contact(officer)
    link = invited(officer, path)
    body = form_of(officer, path)  # the page as it was while they still waited
    assert use(nobody, link) == 302
    assert officer.post(path, body).status_code == 422
    assert len(rows(app, "password_link")) == 1
    assert nobody.sign_in(ELODIE, NEW_PASSWORD).status_code == 302


def test_without_an_address_or_with_one_that_mail_cannot_carry(officer: Person) -> None:
    assert "No e-mail is recorded" in refused(officer, contact(officer, email=""))
    assert "an e-mail is missing" in state(officer)
    for email in (
        "a@b.example,c@d.example",
        "<script>@b.example",
        '"q"@b.example',
        "é@b.example",
        "a@é.example",
    ):
        assert "No message can be sent" in refused(officer, contact(officer, email=email)), email


def test_unknown_payers_and_voided_donors_are_refused(app: Flask, officer: Person) -> None:
    path = contact(officer, "UNIDENTIFIED")
    assert "unknown payers" in refused(officer, path)
    assert f'href="{path}"' not in page_of(officer.get("/donors/UNIDENTIFIED"))
    path = contact(officer, "XSS", email="x@xss.example")
    officer.fill("/donors/void/XSS", {"reason": "Twice"})
    assert "voided" in refused(officer, path)
    assert officer.get("/invitations/99").status_code == 404


@pytest.mark.parametrize("role", ["gcg", "donor"])
def test_neither_the_gcg_nor_a_donor_invites(app: Flask, officer: Person, role: str) -> None:
    path = contact(officer)
    person = signed_in(app, EMAILS[role])
    assert person.get(path).status_code == 403
    body = {"form_key": "a" * 32, "version": "1", "link": "0"}
    assert person.post(path, body).status_code == 403
    assert ELODIE not in logins(app)


def test_a_disabled_login_is_an_administrators_and_its_open_link_is_dead(
    app: Flask, officer: Person, admin: Person, nobody: Person
) -> None:
    path = contact(officer)
    link = invited(officer, path)
    press(admin, "disable", ELODIE)
    assert nobody.get(link).status_code == 410
    assert "Login disabled" in state(officer)
    answer = officer.post(path, {"form_key": "a" * 32, "version": "1", "link": "1"})
    assert answer.status_code == 422
    assert "disabled. Ask an administrator." in page_of(answer)
    assert len(rows(app, "password_link")) == 1


def press(admin: Person, what: str, email: str, said: dict[str, str] | None = None) -> None:
    """One of the buttons of a login's page."""
    page = page_of(admin.get(f"/users/{email}"))
    form = re.search(rf'<form[^>]*action="/users/{what}/[^"]*".*?</form>', page, re.S)
    assert form is not None
    hidden = dict(re.findall(r'name="(form_key|version)"[^>]*value="([^"]*)"', form[0]))
    assert admin.post(f"/users/{what}/{email}", {**hidden, **(said or {})}).status_code == 302


@pytest.mark.usefixtures("app")
def test_a_link_made_for_a_donor_opens_no_other_role(officer: Person, admin: Person, nobody: Person) -> None:
    link = invited(officer, contact(officer))
    press(admin, "role", ELODIE, {"role": "admin", "donor": ""})
    assert nobody.get(link).status_code == 410


# Mail


def test_with_a_mail_server_the_message_is_sent_and_the_link_not_shown(
    app: Flask, officer: Person, nobody: Person, box: Box
) -> None:
    path = contact(officer)
    answer = officer.post(path, form_of(officer, path))
    assert answer.headers["Location"] == "/donors/FR#contacts"
    page = page_of(officer.get("/donors/FR"))
    assert f"The message went to {ELODIE}" in page
    assert "/password/" not in page_of(answer) + page
    (message,) = box.messages()
    plain = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    found = re.search(r"http://127\.0\.0\.1:8000(/password/\S+)", plain)
    assert found is not None
    assert not outbox(app)
    assert use(nobody, found[1]) == 302
    assert nobody.sign_in(ELODIE, NEW_PASSWORD).status_code == 302


def test_where_the_server_refuses_the_invitation_stands_and_the_link_is_shown(
    app: Flask, officer: Person, nobody: Person
) -> None:
    path = contact(officer)
    with mail_server({"RCPT": "550 no such person"}, offers=("AUTH PLAIN",)) as box:
        set_up(app, box)
        answer = officer.post(path, form_of(officer, path))
    page = page_of(answer)
    assert "its message was not sent" in page
    assert "refused the address of the contact (550)" in page
    assert SECRET not in page
    (kept,) = outbox(app)
    assert f"outbox/{kept.name}" in page
    found = LINK.search(page)
    assert found is not None
    assert use(nobody, unescape(found[1])) == 302


def test_a_server_that_is_gone_and_an_outbox_that_cannot_be_written(app: Flask, officer: Person) -> None:
    path = contact(officer)
    with mail_server() as box:
        set_up(app, box)
    (app.config["TRACKER"].instance_path / "outbox").write_text("in the way")
    page = page_of(officer.post(path, form_of(officer, path)))
    assert "cannot be reached" in page
    assert "could not be kept on the server either" in page
    assert LINK.search(page)
    assert ELODIE in logins(app)


def test_the_message_leaves_only_once_the_invitation_is_on_record(
    app: Flask, officer: Person, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = contact(officer)
    seen: list[bool] = []
    taken = box.taken.append

    class Watching(list[bytes]):
        def append(self, message: bytes) -> None:
            with app.app_context(), own_session() as apart:
                found = apart.execute(text("SELECT 1 FROM user_account WHERE email = :e"), {"e": ELODIE})
                seen.append(found.first() is not None)
            taken(message)

    monkeypatch.setattr(box, "taken", Watching())
    officer.post(path, form_of(officer, path))
    assert seen == [True]


@pytest.mark.parametrize("mailed", [True, False])
def test_what_could_not_be_recorded_tells_nobody(
    app: Flask, officer: Person, monkeypatch: pytest.MonkeyPatch, mailed: bool
) -> None:
    path = contact(officer)
    body = form_of(officer, path)

    def full(*_args: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk is full"))

    with mail_server() as box:
        if mailed:
            set_up(app, box)
        with monkeypatch.context() as broken:
            broken.setattr(db.session, "commit", full)
            answer = officer.post(path, body)
    assert answer.status_code >= 500
    assert not box.lines
    assert not outbox(app)
    assert ELODIE not in logins(app)
    assert "/password/" not in page_of(answer)


@pytest.mark.parametrize(
    "name",
    ['Eve "x" <all@evil.example>, Bob', "Eve <script>alert(1)</script>", "=?utf-8?q?Eve?=", "名前" * 40],
)
def test_a_name_stays_a_name_in_the_message_and_on_the_page(
    app: Flask, officer: Person, box: Box, name: str
) -> None:
    path = contact(officer, name=name)
    assert "<script>alert" not in page_of(officer.get(path))
    officer.post(path, form_of(officer, path))
    assert [line for line in box.lines if line.startswith("rcpt")] == [f"rcpt TO:<{ELODIE}>"]
    (message,) = box.messages()
    assert [one.addr_spec for one in message["To"].addresses] == [ELODIE]
    assert message["Bcc"] is None
    assert "<script" not in message.get_body(("html",)).get_content()  # type: ignore[union-attr]


# The trail


def test_the_trail_says_who_invited_whom_and_holds_no_secret(
    app: Flask, officer: Person, nobody: Person
) -> None:
    path = contact(officer)
    invited(officer, path)
    link = invited(officer, path)
    use(nobody, link)
    entries = [row for row in rows(app, "audit_entry") if row["reference"] == ELODIE]
    who = EMAILS["officer"]
    assert [(row["actor"], row["action"]) for row in entries] == [
        (who, "record"),
        (who, "invite"),
        (who, "invite"),
        (ELODIE, "set_password"),
    ]
    token = link.rpartition("/")[2]
    everything = repr(rows(app, "audit_entry")) + repr(rows(app, "form_key"))
    for secret in (token, token_hash(token), "argon2", "password_hash"):
        assert secret not in everything
    assert token not in repr(rows(app, "password_link"))
