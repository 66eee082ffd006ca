"""Logins: made, disabled, reset. Never deleted."""

import secrets
from datetime import timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.domain.problems import Problem, Refused
from tracker.domain.vocabulary import ROLES
from tracker.models import Donor, LoginSession, PasswordLink, User
from tracker.queries.rows import row_of
from tracker.services import audit
from tracker.services.audit import Change

MIN_PASSWORD_CHARACTERS = 12
MAX_PASSWORD_CHARACTERS = 200
LINK_LIFE = timedelta(hours=24)

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """What an unknown e-mail's password is held against, so that it takes as long as a known one's."""
    return _hasher.hash(secrets.token_urlsafe())


def token_hash(token: str) -> str:
    """What is stored of a secret token."""
    return sha256(token.encode()).hexdigest()


def normal_email(text: str) -> str:
    """One spelling of an address: no blanks around it, lower case."""
    return text.strip().lower()


def check_password(password: str) -> None:
    """Length, not composition. Raises `Refused`."""
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise Refused.of("password_short", "password", least=MIN_PASSWORD_CHARACTERS)
    if len(password) > MAX_PASSWORD_CHARACTERS:
        raise Refused.of("too_long", "password", most=MAX_PASSWORD_CHARACTERS)


def add_user(
    session: Session,
    *,
    actor: Actor,
    programme_id: int,
    email: str,
    role: str,
    donor: str | None = None,
    name: str = "",
    password: str | None = None,
) -> User:
    """Add a login. A donor's login names its donor; without a password it waits for a link."""
    address = normal_email(email)
    problems = []
    if "@" not in address or len(address) > 254 or any(c.isspace() for c in address):
        problems.append(Problem("not_an_email", "email", {"text": email}))
    elif _find(session, programme_id, address) is not None:
        problems.append(Problem("email_taken", "email", {"text": address}))
    if role not in ROLES:
        problems.append(Problem("not_one_of", "role", {"text": role, "words": ", ".join(ROLES)}))
    donor_id = _donor_id(session, programme_id, donor) if donor else None
    if role == "donor" and donor is None:
        problems.append(Problem("donor_needed", "donor"))
    elif role != "donor" and donor is not None:
        problems.append(Problem("donor_not_wanted", "donor", {"role": role}))
    elif donor is not None and donor_id is None:
        problems.append(Problem("unknown_donor", "donor", {"text": donor}))
    if problems:
        raise Refused(tuple(problems))
    if password is not None:
        check_password(password)
    user = User(
        programme_id=programme_id,
        email=address,
        name=name,
        role=role,
        donor_id=donor_id,
        password_hash=_hasher.hash(password) if password is not None else "",
        created_at_utc=actor.at_utc,
        version=1,
    )
    session.add(user)
    session.flush()
    _note(session, actor, "record", user, None)
    return user


def disable_user(session: Session, *, actor: Actor, programme_id: int, email: str) -> None:
    """Disable a login; its open sessions end at once."""
    user = _known(session, programme_id, email)
    before = row_of(user)
    user.disabled_at_utc = user.disabled_at_utc or actor.at_utc
    _end_sessions(session, actor, user)
    _note(session, actor, "disable", user, before)


def reset_user(session: Session, *, actor: Actor, programme_id: int, email: str) -> str:
    """Make a one-time link's token that sets a new password. The old password and sessions end now."""
    user = _known(session, programme_id, email)
    before = row_of(user)
    user.password_hash = ""
    _end_sessions(session, actor, user)
    unused = update(PasswordLink).where(PasswordLink.user_id == user.id, PasswordLink.used_at_utc.is_(None))
    session.execute(unused.values(used_at_utc=actor.at_utc))
    token = secrets.token_urlsafe(32)
    session.add(
        PasswordLink(
            programme_id=programme_id,
            user_id=user.id,
            token_hash=token_hash(token),
            expires_at_utc=actor.at_utc + LINK_LIFE,
        )
    )
    _note(session, actor, "reset", user, before)
    return token


def link_is_open(session: Session, *, token: str, actor: Actor) -> bool:
    """Whether a link may still set a password."""
    return _open_link(session, token, actor) is not None


def set_password(session: Session, *, actor: Actor, token: str, password: str) -> bool:
    """Use a link, once. False where it was used, is too old, or never was one. Raises `Refused`."""
    link = _open_link(session, token, actor)
    if link is None:
        return False
    check_password(password)
    user = session.get_one(User, link.user_id)
    before = row_of(user)
    user.password_hash = _hasher.hash(password)
    link.used_at_utc = actor.at_utc
    _end_sessions(session, actor, user)
    who = Actor(user.email, actor.at_utc, actor.request_id)
    _note(session, who, "set_password", user, before)
    return True


def sign_in(session: Session, *, actor: Actor, programme_id: int, email: str, password: str) -> str | None:
    """Open a session: its token, or None. Takes as long for an unknown address as for a known one."""
    user = _find(session, programme_id, normal_email(email))
    stored = user.password_hash if user and user.password_hash else _nobody()
    try:
        _hasher.verify(stored, password[:MAX_PASSWORD_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return None
    if user is None or not user.password_hash or user.disabled_at_utc is not None:
        return None
    token = secrets.token_urlsafe(32)
    opened = LoginSession(
        programme_id=programme_id,
        user_id=user.id,
        token_hash=token_hash(token),
        started_at_utc=actor.at_utc,
        seen_at_utc=actor.at_utc,
    )
    session.add(opened)
    session.flush()
    return token


def sign_out(session: Session, *, actor: Actor, token: str) -> None:
    """End a session: a copy of its cookie is worth nothing from now on."""
    ended = update(LoginSession).where(LoginSession.token_hash == token_hash(token))
    session.execute(ended.values(ended_at_utc=actor.at_utc))


def _end_sessions(session: Session, actor: Actor, user: User) -> None:
    live = update(LoginSession).where(LoginSession.user_id == user.id, LoginSession.ended_at_utc.is_(None))
    session.execute(live.values(ended_at_utc=actor.at_utc))


def _open_link(session: Session, token: str, actor: Actor) -> PasswordLink | None:
    query = select(PasswordLink).where(
        PasswordLink.token_hash == token_hash(token),
        PasswordLink.used_at_utc.is_(None),
        PasswordLink.expires_at_utc > actor.at_utc,
    )
    return session.scalars(query).one_or_none()


def _find(session: Session, programme_id: int, email: str) -> User | None:
    query = select(User).where(User.programme_id == programme_id, User.email == email)
    return session.scalars(query).one_or_none()


def _known(session: Session, programme_id: int, email: str) -> User:
    user = _find(session, programme_id, normal_email(email))
    if user is None:
        raise Refused.of("unknown_user", "email", text=email)
    return user


def _donor_id(session: Session, programme_id: int, code: str) -> int | None:
    query = select(Donor.id).where(
        Donor.programme_id == programme_id, Donor.code == code, Donor.voided_at_utc.is_(None)
    )
    return session.scalar(query)


def _note(session: Session, actor: Actor, action: str, user: User, before: dict[str, object] | None) -> None:
    session.flush()
    change = Change(action, User.__tablename__, user.id, user.email, before, row_of(user))
    audit.append(session, actor=actor, programme_id=user.programme_id, changes=[change])
