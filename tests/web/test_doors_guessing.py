"""Guessing at the doors: counted for all workers together, by account and address, known or not."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask

from tests.web.cast import EMAILS, NOON, PASSWORD, Person, page_of, settings, signed_in
from tests.web.second_steps import another, behind_proxy, code_now, give_factor
from tracker import create_app
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services import passwords, throttle, users

OFFICER, GCG = EMAILS["officer"], EMAILS["gcg"]
SLOWER_AT_MOST = 1.35
"""How far the medians of known and unknown users may lie apart, on a machine that does other things too."""
TRIES = 30


def wrong(person: Person, email: str = OFFICER) -> int:
    return person.sign_in(email, "not the password at all").status_code


def test_an_account_is_closed_after_five_failures_over_all_workers(app: Flask, tmp_path: Path) -> None:
    apps = [app, another(tmp_path)]
    people = [Person(apps[n % 2].test_client()) for n in range(8)]
    for n, person in enumerate(people):
        person.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{n}"
    assert [wrong(person) for person in people] == [422] * 5 + [429] * 3
    refused = people[7].sign_in(OFFICER)
    assert refused.status_code == 429, "the right password neither"
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert "Try again in 15 minutes" in page_of(refused)
    assert people[7].sign_in(GCG).status_code == 302, "others come in"


def test_after_a_quarter_of_an_hour_the_account_opens_again(
    app: Flask, nobody: Person, noon: time_machine.Traveller
) -> None:
    assert [wrong(nobody) for _ in range(6)] == [422] * 5 + [429]
    noon.shift(timedelta(minutes=15))
    assert nobody.sign_in(OFFICER).status_code == 302


def test_a_success_takes_the_accounts_failures_back(app: Flask, nobody: Person) -> None:
    for _round in range(3):
        assert [wrong(nobody) for _ in range(4)] == [422] * 4
        assert nobody.sign_in(OFFICER).status_code == 302
        nobody.post("/logout")


def test_known_and_unknown_accounts_are_refused_alike(app: Flask) -> None:
    pages = set()
    for email in (OFFICER, "unknown@alliance.test", f" {OFFICER.upper()}x "):
        person = Person(app.test_client())
        answers = [person.sign_in(email, "not the password at all") for _ in range(6)]
        assert [a.status_code for a in answers] == [422] * 5 + [429]
        last = answers[-1]
        pages.add((page_of(last).replace(last.headers["X-Request-ID"], ""), last.headers["Retry-After"]))
    assert len(pages) == 1


def test_an_accounts_other_spelling_is_the_same_account(app: Flask, nobody: Person) -> None:
    assert [wrong(nobody, f"  {OFFICER.upper()} ") for _ in range(5)] == [422] * 5
    assert wrong(nobody) == 429


def test_an_address_is_closed_after_thirty_failures_whatever_it_claims_to_be(
    app: Flask, tmp_path: Path
) -> None:
    apps = [app, another(tmp_path)]
    for n in range(30):
        person = behind_proxy(apps[n % 2], f"198.51.100.{n}")
        person.client.environ_base["HTTP_FORWARDED"] = f"for=198.51.100.{n}"
        assert wrong(person, f"{n}@alliance.test") == 422
    assert wrong(behind_proxy(app, "203.0.113.9"), "new@alliance.test") == 429
    assert behind_proxy(app, "10.0.0.1", remote="198.51.100.3").sign_in(OFFICER).status_code == 302


def test_behind_a_proxy_of_ours_its_own_word_counts_and_no_other(app: Flask, tmp_path: Path) -> None:
    """The proxy appends whom it saw; what stands before that was written by the client."""
    proxied = another(tmp_path, proxy_hops=1)
    victim, attacker = "203.0.113.6", "203.0.113.5"
    for n in range(30):
        spoofed = victim if n % 2 else f"198.51.100.{n}"
        assert wrong(behind_proxy(proxied, f"{spoofed}, {attacker}"), f"{n}@alliance.test") == 422
    assert wrong(behind_proxy(proxied, f"{victim}, {attacker}"), "new@alliance.test") == 429
    assert behind_proxy(proxied, victim).sign_in(OFFICER).status_code == 302, "the victim is not harmed"


def test_behind_two_proxies_the_second_from_the_right_is_the_client(app: Flask, tmp_path: Path) -> None:
    proxied = another(tmp_path, proxy_hops=2)
    for n in range(30):
        chain = f"198.51.100.{n}, 203.0.113.5, 10.0.0.7"
        assert wrong(behind_proxy(proxied, chain), f"{n}@alliance.test") == 422
    assert wrong(behind_proxy(proxied, "203.0.113.6, 203.0.113.5, 10.0.0.7"), "new@x.test") == 429
    assert behind_proxy(proxied, "203.0.113.5, 203.0.113.6, 10.0.0.7").sign_in(OFFICER).status_code == 302


def test_codes_are_not_guessed_either(app: Flask) -> None:
    secret, _codes = give_factor(app)
    person = Person(app.test_client())
    for _ in range(5):
        assert person.sign_in(OFFICER).headers["Location"] == "/login/code"
        assert person.post("/login/code", {"code": "000000"}).status_code == 422
    person.sign_in(OFFICER)
    assert person.post("/login/code", {"code": code_now(secret)}).status_code == 429
    assert person.get("/donors").headers["Location"].startswith("/login")


def test_ones_own_password_is_not_guessed_from_an_open_session(app: Flask, officer: Person) -> None:
    said = {"old": "not the password at all", "password": "four quite new words"}
    officer.get("/account")
    assert [officer.post("/account/password", said).status_code for _ in range(5)] == [422] * 5
    assert officer.post("/account/password", {**said, "old": PASSWORD}).status_code == 429
    proof = {"begin-password": PASSWORD}
    assert officer.post("/account/second-factor", proof).status_code == 429
    assert officer.get("/donors").status_code == 200, "the session goes on"


def test_links_are_not_guessed(app: Flask, nobody: Person) -> None:
    assert [nobody.get(f"/password/guess{n}").status_code for n in range(31)] == [410] * 30 + [429]


def test_users_are_not_told_apart_by_time(
    seeded: Path, tmp_path: Path, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Median of 30 tries each, taken in turn, with argon2 at its real costs."""
    wide = {kind: (10_000, within) for kind, (_most, within) in throttle.LIMITS.items()}
    monkeypatch.setattr(throttle, "LIMITS", wide)
    with patch.object(passwords, "_hasher", PasswordHasher()):
        passwords._nobody.cache_clear()
        emails = {"known": "k@x.test", "disabled": "d@x.test", "waiting": "w@x.test", "unknown": "u@x.test"}
        add_users(app, emails)
        medians = measured(app, emails)
    passwords._nobody.cache_clear()
    assert min(medians.values()) > 0.005, "argon2 was really at work"
    assert max(medians.values()) / min(medians.values()) < SLOWER_AT_MOST, medians


def add_users(app: Flask, emails: dict[str, str]) -> None:
    with app.app_context():
        begin_write(db.session())
        here = {"actor": Actor("test", NOON), "programme_id": the_programme(db.session()).id}
        for kind in ("known", "disabled", "waiting"):
            password = None if kind == "waiting" else "four quite new words"
            users.add_user(db.session(), email=emails[kind], role="gcg", password=password, **here)
        users.disable_user(db.session(), email=emails["disabled"], **here)
        db.session.commit()


def measured(app: Flask, emails: dict[str, str]) -> dict[str, float]:
    person = Person(app.test_client())
    person.get("/login")
    seconds: dict[str, list[float]] = {kind: [] for kind in emails}
    for _ in range(TRIES):
        for kind, email in emails.items():
            start = time.perf_counter()
            answer = person.post("/login", {"email": email, "password": "not the password at all"})
            seconds[kind].append(time.perf_counter() - start)
            assert answer.status_code == 422
    return {kind: statistics.median(found) for kind, found in seconds.items()}


def with_mail(folder: Path) -> Flask:
    """An installation with a mail server; nothing listens there, so messages end in the outbox."""
    from tracker.config import Smtp

    smtp = Smtp("127.0.0.1", 9, "none")
    return create_app(replace(settings(folder), smtp=smtp, mail_from="tracker@alliance.test"))


def asked(app: Flask, email: str, then: Callable[[], None] | None = None) -> tuple[int, str]:
    """Ask for a link, and wait for what goes on after the answer."""
    import threading

    person = Person(app.test_client())
    person.get("/forgotten")
    answer = person.post("/forgotten", {"email": email})
    for thread in threading.enumerate():
        if thread.name == "forgotten":
            thread.join()
    return answer.status_code, page_of(answer).replace(email, "")


def letters(folder: Path) -> list[str]:
    from email import message_from_bytes, policy

    files = sorted((folder / "outbox").glob("*.eml")) if (folder / "outbox").exists() else []
    found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [message.get_body(("plain",)).get_content() for message in found]  # type: ignore[attr-defined]


def test_a_forgotten_password_is_answered_alike_and_only_the_owner_gets_a_link(
    app: Flask, tmp_path: Path, noon: time_machine.Traveller
) -> None:
    mailing = with_mail(tmp_path)
    assert asked(mailing, OFFICER) == asked(mailing, "unknown@alliance.test")
    found = letters(tmp_path)
    assert len(found) == 1
    link = found[0].split("http://127.0.0.1:8000")[1].split()[0]
    assert Person(app.test_client()).sign_in(OFFICER).status_code == 302, "asking locks nobody out"
    person = Person(mailing.test_client())
    assert person.get(link).status_code == 200
    open_elsewhere = signed_in(app, OFFICER)
    assert person.post(link, {"password": "four quite new words"}).headers["Location"] == "/login"
    person.get("/login")
    assert person.post(link, {"password": "four other new words"}).status_code == 410
    assert open_elsewhere.get("/donors").status_code == 302
    assert person.sign_in(OFFICER, "four quite new words").status_code == 302


def test_a_link_that_was_asked_for_ends_after_an_hour(
    app: Flask, tmp_path: Path, noon: time_machine.Traveller
) -> None:
    mailing = with_mail(tmp_path)
    asked(mailing, OFFICER)
    link = letters(tmp_path)[0].split("http://127.0.0.1:8000")[1].split()[0]
    noon.shift(timedelta(minutes=59))
    assert Person(app.test_client()).get(link).status_code == 200
    noon.shift(timedelta(minutes=1))
    assert Person(app.test_client()).get(link).status_code == 410


def test_links_are_asked_for_three_times_an_hour_known_or_not(app: Flask, tmp_path: Path) -> None:
    mailing = with_mail(tmp_path)
    for email in (OFFICER, "unknown@alliance.test"):
        assert [asked(mailing, email)[0] for _ in range(4)] == [200] * 3 + [429]
    assert len(letters(tmp_path)) == 3


def test_without_a_mail_server_the_page_says_whom_to_ask(app: Flask, nobody: Person, tmp_path: Path) -> None:
    assert "Secretariat" in page_of(nobody.get("/forgotten"))
    assert 'href="/forgotten"' in page_of(nobody.get("/login"))
    asked(app, OFFICER)
    assert letters(tmp_path) == []
