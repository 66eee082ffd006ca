"""Passwords: what will do as one, how it is kept, and whether one fits.

Kept as argon2id hashes. Length counts, not composition; what others would try first is refused: common
passwords, keyboard rows and repetitions (zxcvbn's lists), the login's own words and the programme's.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tracker.domain.problems import Refused

MIN_PASSWORD_CHARACTERS: Final = 12
MAX_PASSWORD_CHARACTERS: Final = 200
LEAST_GUESSES_LOG10: Final = 10
"""A password that somebody who knows the lists finds within 10^10 guesses is refused."""
PROGRAMME_WORDS: Final = (
    *("alliance", "alliance87", "8.7", "programme", "program", "pathfinder", "secretariat", "donor"),
    *("funding", "tracker", "fundingtracker", "budget", "pledge", "receipt", "ilo", "oit", "geneva"),
)
_MEASURED_CHARACTERS: Final = 72
_WORD: Final = re.compile(r"[^\W_]{3,}")

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """What an unknown e-mail's password is held against, so that it takes as long as a known one's."""
    return _hasher.hash(secrets.token_urlsafe())


def hash_of(password: str) -> str:
    """What is stored of a password."""
    return _hasher.hash(password)


def fits(stored: str, password: str) -> bool:
    """Whether a password is the one whose hash is stored ('': none is, and it takes as long)."""
    nobody = _nobody()
    try:
        _hasher.verify(stored or nobody, password[:MAX_PASSWORD_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored) and len(password) <= MAX_PASSWORD_CHARACTERS


def outgrown(stored: str) -> bool:
    """Whether a hash was made with other costs than passwords are hashed with now."""
    return _hasher.check_needs_rehash(stored)


def check_password(password: str, own: Iterable[str] = ()) -> None:
    """Refuse what will not do; `own` are texts whose words belong to the login. Raises `Refused`."""
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise Refused.of("password_short", "password", least=MIN_PASSWORD_CHARACTERS)
    if len(password) > MAX_PASSWORD_CHARACTERS:
        raise Refused.of("too_long", "password", most=MAX_PASSWORD_CHARACTERS)
    found = _measured(password[:_MEASURED_CHARACTERS], own)
    if found["guesses_log10"] < LEAST_GUESSES_LOG10:
        own_words = any(_is_own(match) for match in found["sequence"])
        raise Refused.of("password_own_words" if own_words else "password_common", "password")


def _measured(password: str, own: Iterable[str]) -> dict[str, Any]:
    from zxcvbn import zxcvbn  # its lists take a moment to load: only where a password is set

    found: dict[str, Any] = zxcvbn(password, user_inputs=[*PROGRAMME_WORDS, *_words(own)])
    return found


def _words(texts: Iterable[str]) -> Iterator[str]:
    """The words of some texts, and each text without what stands between them."""
    for text in texts:
        words = _WORD.findall(text.lower())
        yield from words
        if len(words) > 1:
            yield "".join(words)


def _is_own(match: dict[str, Any]) -> bool:
    within = match.get("base_matches") or ()
    return match.get("dictionary_name") == "user_inputs" or any(_is_own(one) for one in within)
