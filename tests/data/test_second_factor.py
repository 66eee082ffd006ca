"""Codes are taken once and in their time; recovery codes once; nothing secret is told."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from pyotp import TOTP
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.data.conftest import TODAY
from tracker.domain.permissions import Actor
from tracker.domain.problems import Refused
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.services import second_factor, users

NOW = datetime(2026, 6, 15, 10, 0, 5, tzinfo=UTC)
PASSWORD = "four quite new words"
EMAIL = "officer@x.test"


@pytest.fixture
def user_id(session: Session) -> int:
    """An officer's login."""
    where = {"actor": actor(), "programme_id": the_programme(session).id}
    users.add_user(session, email=EMAIL, role="officer", password=PASSWORD, **where)
    return users.id_of(session, programme_id=the_programme(session).id, email=EMAIL)


@pytest.fixture
def secret(session: Session, user_id: int) -> str:
    """Their second factor, confirmed by the code of the step before."""
    secret = second_factor.begin(session, actor=actor(), user_id=user_id)
    early = actor(-60)
    assert second_factor.confirm(session, actor=early, user_id=user_id, code=code(secret, -60))
    return secret


def actor(seconds: float = 0) -> Actor:
    return Actor(EMAIL, NOW + timedelta(seconds=seconds), "request-1")


def code(secret: str, seconds: float = 0) -> str:
    """What the app shows then."""
    return TOTP(secret).at(NOW + timedelta(seconds=seconds))


def takes(session: Session, user_id: int, said: str, seconds: float = 0) -> bool:
    return second_factor.take(session, actor=actor(seconds), user_id=user_id, code=said)


def actions(session: Session) -> list[str]:
    """What the trail says of logins, oldest first."""
    query = text("SELECT action FROM audit_entry WHERE entity = 'user_account' ORDER BY seq")
    return list(session.scalars(query))


def test_a_second_factor_counts_once_a_code_has_confirmed_it(session: Session, user_id: int) -> None:
    secret = second_factor.begin(session, actor=actor(), user_id=user_id)
    assert second_factor.standing(session, user_id=user_id).since_utc is None
    assert second_factor.confirm(session, actor=actor(), user_id=user_id, code="000000") is None
    codes = second_factor.confirm(session, actor=actor(), user_id=user_id, code=code(secret))
    assert codes is not None
    assert len(set(codes)) == 10
    standing = second_factor.standing(session, user_id=user_id)
    assert (standing.since_utc, standing.pending, standing.codes_left) == (NOW, "", 10)
    assert not takes(session, user_id, code(secret)), "the confirming code is used up too"


def test_a_code_is_taken_once(session: Session, user_id: int, secret: str) -> None:
    assert takes(session, user_id, code(secret))
    assert not takes(session, user_id, code(secret))
    assert not takes(session, user_id, code(secret), seconds=20)
    assert not takes(session, user_id, code(secret, -30)), "nor an older one after it"
    assert takes(session, user_id, code(secret, 30), seconds=30)


@pytest.mark.parametrize(("off", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(
    session: Session, user_id: int, secret: str, off: int, fits: bool
) -> None:
    assert takes(session, user_id, code(secret, off + 120), seconds=120) is fits


def test_a_code_may_be_written_with_a_blank_and_in_no_other_digits(
    session: Session, user_id: int, secret: str
) -> None:
    said = code(secret)
    arabic = said.translate({ord("0") + n: chr(0x0660 + n) for n in range(10)})
    for wrong in ("", "12345", said + "0", arabic, said[:5] + "x", "0" * 4000, "-".join(said)):
        assert not takes(session, user_id, wrong)
    assert takes(session, user_id, f" {said[:3]} {said[3:]} ")


def test_a_recovery_code_is_taken_once_and_that_is_kept(session: Session, user_id: int) -> None:
    secret = second_factor.begin(session, actor=actor(), user_id=user_id)
    codes = second_factor.confirm(session, actor=actor(), user_id=user_id, code=code(secret))
    assert codes is not None
    assert takes(session, user_id, codes[3].upper().replace("-", " "))
    assert not takes(session, user_id, codes[3])
    assert second_factor.standing(session, user_id=user_id).codes_left == 9
    assert actions(session)[-2:] == ["set_second_factor", "use_recovery_code"]


def test_codes_made_anew_end_the_old_ones(session: Session, user_id: int) -> None:
    secret = second_factor.begin(session, actor=actor(), user_id=user_id)
    old = second_factor.confirm(session, actor=actor(), user_id=user_id, code=code(secret))
    said = {"password": PASSWORD, "code": code(secret, 30)}
    new = second_factor.renew_codes(session, actor=actor(30), user_id=user_id, **said)
    assert old is not None
    assert not takes(session, user_id, old[0])
    assert takes(session, user_id, new[0])


@pytest.mark.parametrize(("password", "right"), [("wrong", True), (PASSWORD, False)])
def test_removing_needs_the_password_and_a_code(
    session: Session, user_id: int, secret: str, password: str, right: bool
) -> None:
    said = code(secret) if right else "000000"
    with pytest.raises(Refused):
        second_factor.remove(session, actor=actor(), user_id=user_id, password=password, code=said)
    assert second_factor.standing(session, user_id=user_id).since_utc is not None
    proof = {"password": PASSWORD, "code": code(secret, 30)}
    second_factor.remove(session, actor=actor(30), user_id=user_id, **proof)
    assert second_factor.standing(session, user_id=user_id).since_utc is None
    assert actions(session)[-1] == "remove_second_factor"


def test_another_app_takes_the_place_only_once_it_is_confirmed(
    session: Session, user_id: int, secret: str
) -> None:
    other = second_factor.begin(session, actor=actor(), user_id=user_id)
    assert other != secret
    assert not takes(session, user_id, code(other))
    assert takes(session, user_id, code(secret))
    assert second_factor.confirm(session, actor=actor(30), user_id=user_id, code=code(other, 30))
    assert not takes(session, user_id, code(secret, 60), seconds=60)
    assert takes(session, user_id, code(other, 60), seconds=60)


def test_a_reset_clears_it_all(session: Session, user_id: int, secret: str) -> None:
    here = the_programme(session).id
    users.reset_user(session, actor=actor(), programme_id=here, email=EMAIL)
    standing = second_factor.standing(session, user_id=user_id)
    assert (standing.since_utc, standing.pending, standing.codes_left) == (None, "", 0)
    assert not takes(session, user_id, code(secret))


def test_the_trail_tells_what_happened_and_no_secret_and_the_proofs_hold(
    session: Session, user_id: int, secret: str
) -> None:
    codes = second_factor.renew_codes(
        session, actor=actor(), user_id=user_id, password=PASSWORD, code=code(secret)
    )
    assert takes(session, user_id, codes[0])
    told = repr(session.execute(text("SELECT * FROM audit_entry")).all())
    kept = repr(session.execute(text("SELECT * FROM recovery_code")).all())
    for hidden in (secret, *codes, *(one.replace("-", "") for one in codes)):
        assert hidden not in told
        assert hidden not in kept
    here = the_programme(session).id
    assert [proof.name for proof in prove(session, here, TODAY) if not proof.holds] == []


def test_two_at_once_with_one_code_are_one(app: Flask, session: Session, user_id: int, secret: str) -> None:
    session.commit()
    taken = []
    for _ in range(2):
        with Session(db.engine) as apart:
            begin_write(apart)
            taken.append(takes(apart, user_id, code(secret)))
            apart.commit()
    assert taken == [True, False]
