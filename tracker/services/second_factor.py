"""The second factor: codes of an app (TOTP: six digits, every thirty seconds), and recovery codes.

A code is taken once, and within one step of the clock. What is set up counts once a code has confirmed
it; until then, what was there before stays. The audit trail names what happened, never a secret.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Final

from pyotp import TOTP, random_base32
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.domain.problems import Refused
from tracker.models import RecoveryCode, SecondFactor, User
from tracker.services import passwords
from tracker.services.tokens import token_hash
from tracker.services.users import clear_second_factor, note

STEP_SECONDS: Final = 30
STEPS_AROUND: Final = 1
RECOVERY_CODES: Final = 10
ISSUER: Final = "Funding tracker"
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LETTERS = 6, 4
_DIGITS: Final = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Standing:
    """A login's second factor as it stands: since when, what is being set up, recovery codes left."""

    since_utc: datetime | None
    pending: str
    codes_left: int


def standing(session: Session, *, user_id: int) -> Standing:
    """How a login's second factor stands."""
    factor = _factor(session, user_id)
    left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at_utc.is_(None))
    since, pending = (factor.confirmed_at_utc, factor.pending) if factor else (None, "")
    return Standing(since, pending, session.scalar(left) or 0)


def address_of(secret: str, email: str) -> str:
    """What an app reads from the picture (`otpauth://…`)."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def begin(session: Session, *, actor: Actor, user_id: int) -> str:
    """Make a secret that waits for its first code; the one that counts, where there is one, stays."""
    factor = _factor(session, user_id)
    if factor is None:
        user = session.get_one(User, user_id)
        factor = SecondFactor(programme_id=user.programme_id, user_id=user_id)
        session.add(factor)
    factor.pending = random_base32()
    session.flush()
    return factor.pending


def confirm(session: Session, *, actor: Actor, user_id: int, code: str) -> tuple[str, ...] | None:
    """The first code fits: the new secret counts from now on. Its recovery codes; None where it does not."""
    factor = _factor(session, user_id)
    if factor is None or not factor.pending:
        return None
    step = _step_of(factor.pending, code, actor.at_utc)
    if step is None:
        return None
    factor.secret, factor.pending, factor.last_step = factor.pending, "", step
    factor.confirmed_at_utc = actor.at_utc
    codes = _new_codes(session, actor, user_id)
    _note(session, actor, "set_second_factor", user_id)
    return codes


def take(session: Session, *, actor: Actor, user_id: int, code: str) -> bool:
    """Whether a code of the app, or a recovery code, fits; it is used up by that."""
    return _take_digits(session, actor, user_id, code) or _take_recovery(session, actor, user_id, code)


def renew_codes(session: Session, *, actor: Actor, user_id: int, password: str, code: str) -> tuple[str, ...]:
    """Ten new recovery codes; the old ones end. Raises `Refused` without the password and a code."""
    prove_again(session, actor=actor, user_id=user_id, password=password, code=code)
    codes = _new_codes(session, actor, user_id)
    _note(session, actor, "renew_recovery_codes", user_id)
    return codes


def remove(session: Session, *, actor: Actor, user_id: int, password: str, code: str) -> None:
    """Do without a second factor. Raises `Refused` without the password and a code."""
    prove_again(session, actor=actor, user_id=user_id, password=password, code=code)
    if clear_second_factor(session, user_id=user_id):
        _note(session, actor, "remove_second_factor", user_id)


def prove_again(session: Session, *, actor: Actor, user_id: int, password: str, code: str) -> None:
    """Ask once more who it is: the password, and a code where there is a second factor. Raises `Refused`."""
    user = session.get_one(User, user_id)
    if not passwords.fits(user.password_hash, password):
        raise Refused.of("password_wrong", "password")
    factor = _factor(session, user_id)
    if factor is not None and factor.secret and not take(session, actor=actor, user_id=user_id, code=code):
        raise Refused.of("code_wrong", "code")


def _factor(session: Session, user_id: int) -> SecondFactor | None:
    return session.scalars(select(SecondFactor).where(SecondFactor.user_id == user_id)).one_or_none()


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is; None where it is none of now."""
    digits = "".join(code.split())
    if not _DIGITS.fullmatch(digits):
        return None
    now, found = int(at.timestamp()) // STEP_SECONDS, None
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        if compare_digest(TOTP(secret).generate_otp(step), digits):
            found = step
    return found


def _take_digits(session: Session, actor: Actor, user_id: int, code: str) -> bool:
    factor = _factor(session, user_id)
    step = _step_of(factor.secret, code, actor.at_utc) if factor and factor.secret else None
    if factor is None or step is None:
        return False
    newer = update(SecondFactor).where(SecondFactor.id == factor.id, SecondFactor.last_step < step)
    taken = session.scalars(newer.values(last_step=step).returning(SecondFactor.id))
    return taken.one_or_none() is not None


def _take_recovery(session: Session, actor: Actor, user_id: int, code: str) -> bool:
    used = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id,
        RecoveryCode.code_hash == _code_hash(user_id, code),
        RecoveryCode.used_at_utc.is_(None),
    )
    taken = session.scalars(used.values(used_at_utc=actor.at_utc).returning(RecoveryCode.id))
    if taken.one_or_none() is None:
        return False
    _note(session, actor, "use_recovery_code", user_id)
    return True


def _new_codes(session: Session, actor: Actor, user_id: int) -> tuple[str, ...]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    programme_id = session.get_one(User, user_id).programme_id
    codes = tuple(_code() for _ in range(RECOVERY_CODES))
    here = {"programme_id": programme_id, "user_id": user_id, "made_at_utc": actor.at_utc}
    session.add_all([RecoveryCode(code_hash=_code_hash(user_id, code), **here) for code in codes])
    session.flush()
    return codes


def _code() -> str:
    """24 letters and digits that are not mistaken for each other: some 119 bits."""
    return "-".join(_groups())


def _groups() -> Iterator[str]:
    for _group in range(_GROUPS):
        yield "".join(secrets.choice(_LETTERS) for _letter in range(_GROUP_LETTERS))


def _code_hash(user_id: int, code: str) -> str:
    kept = "".join(c for c in code.lower() if c.isascii() and c.isalnum())
    return token_hash(f"{user_id} {kept}")


def _note(session: Session, actor: Actor, action: str, user_id: int) -> None:
    """Under the login, whose own row it does not change."""
    user = session.get_one(User, user_id)
    note(session, Actor(user.email, actor.at_utc, actor.request_id), action, user)
