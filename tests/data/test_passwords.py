"""What will do as a password: length and what others would not try; kept dearly, and dearer with time."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from tests.data.conftest import TODAY
from tracker.domain.permissions import Actor
from tracker.domain.problems import Refused
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.services import passwords, sign_ins, users
from tracker.services.passwords import check_password

OWN = ("a.moreau@ilo.example", "Amélie Moreau")
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def code_of(password: str) -> str:
    """The problem's code; '' where it will do."""
    try:
        check_password(password, OWN)
    except Refused as refused:
        return refused.problems[0].code
    return ""


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_short"),
        ("eleven char", "password_short"),
        ("x" * 201, "too_long"),
        ("passwordpassword", "password_common"),
        ("Password1234!", "password_common"),
        ("123456789012", "password_common"),
        ("qwertyuiop12", "password_common"),
        ("aaaaaaaaaaaaaaaa", "password_common"),
        ("iloveyou1234", "password_common"),
        ("summer2026summer", "password_common"),
        ("Moreau-Alliance", "password_own_words"),
        ("moreaumoreau1", "password_own_words"),
        ("ameliemoreau", "password_own_words"),
        ("alliance 8.7 programme", "password_own_words"),
        ("fundingtracker2026", "password_own_words"),
        ("four quite new words", ""),
        ("correct horse battery staple", ""),
        ("ночь улица фонарь аптека", ""),
        ("kV9$mQ2!xL7z", ""),
        ("w" + "ord salad " * 19, ""),
    ],
)
def test_length_and_what_others_would_try_first(password: str, code: str) -> None:
    assert code_of(password) == code


def test_no_rule_of_composition_and_nothing_is_cut_off() -> None:
    long = "several plain words without any sign or digit " * 4
    assert code_of(long) == ""
    assert passwords.fits(passwords.hash_of(long), long)
    assert not passwords.fits(passwords.hash_of(long), long[:-1])
    longest = "w" * 200
    assert passwords.fits(passwords.hash_of(longest), longest)
    assert not passwords.fits(passwords.hash_of(longest), longest + "w")


def test_hashing_that_grew_dearer_is_caught_up_with_at_the_next_sign_in(session: Session) -> None:
    actor = Actor("setup", datetime(2026, 6, 15, tzinfo=UTC))
    here, email, password = the_programme(session).id, "o@x.test", "four quite new words"
    with patch.object(passwords, "_hasher", QUICK):
        where = {"actor": actor, "programme_id": here}
        users.add_user(session, email=email, role="officer", password=password, **where)
    proven = sign_ins.prove(session, programme_id=here, email=email, password=password)
    assert proven is not None
    sign_ins.rehash(session, proven=proven, password=password)
    again = sign_ins.prove(session, programme_id=here, email=email, password=password)
    assert again is not None
    assert again.stored != proven.stored
    assert not passwords.outgrown(again.stored)
    sign_ins.rehash(session, proven=again, password=password)
    kept = sign_ins.prove(session, programme_id=here, email=email, password=password)
    assert kept == again
    assert [proof.name for proof in prove(session, here, TODAY) if not proof.holds] == []
