"""Logins: made, given a role, disabled and enabled, reset. Never deleted."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.domain.problems import Problem, Refused
from tracker.domain.vocabulary import ROLES
from tracker.models import Donor, PasswordLink, Programme, RecoveryCode, SecondFactor, User
from tracker.queries.rows import row_of
from tracker.queries.users import normal_email
from tracker.services import audit, passwords, sessions
from tracker.services.audit import Change
from tracker.services.tokens import new_token
from tracker.services.tokens import token_hash as token_hash

LINK_LIFE = timedelta(hours=24)
ASKED_LINK_LIFE = timedelta(hours=1)


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
    donor_id = _donor_id(session, programme_id, donor) if donor else None
    problems += _role_problems(role, donor, donor_id)
    if problems:
        raise Refused(tuple(problems))
    if password is not None:
        passwords.check_password(password, (address, name))
    user = User(
        programme_id=programme_id,
        email=address,
        name=name,
        role=role,
        donor_id=donor_id,
        password_hash=passwords.hash_of(password) if password is not None else "",
        created_at_utc=actor.at_utc,
        version=1,
    )
    session.add(user)
    session.flush()
    _note(session, actor, "record", user, None)
    return user


def _role_problems(role: str, donor: str | None, donor_id: int | None) -> list[Problem]:
    """A role on the list; a donor's login names its donor, and no other does."""
    problems = []
    if role not in ROLES:
        problems.append(Problem("not_one_of", "role", {"text": role, "words": ", ".join(ROLES)}))
    if role == "donor" and not donor:
        problems.append(Problem("donor_needed", "donor"))
    elif role in ROLES and role != "donor" and donor:
        problems.append(Problem("donor_not_wanted", "donor", {"role": role}))
    elif donor and donor_id is None:
        problems.append(Problem("unknown_donor", "donor", {"text": donor}))
    return problems


def change_role(
    session: Session,
    *,
    actor: Actor,
    programme_id: int,
    email: str,
    version: int,
    role: str,
    donor: str | None = None,
) -> None:
    """Give a login another role; its open sessions end at once. Nobody changes their own."""
    user = _known(session, programme_id, email)
    donor_id = _donor_id(session, programme_id, donor) if donor else None
    problems = _role_problems(role, donor, donor_id)
    if user.version != version:
        problems.append(Problem("user_changed"))
    if normal_email(actor.name) == user.email:
        problems.append(Problem("own_role", "role"))
    elif role != "admin" and _is_last_admin(session, user):
        problems.append(Problem("last_admin", "role"))
    if problems:
        raise Refused(tuple(problems))
    if (user.role, user.donor_id) == (role, donor_id):
        return
    before = row_of(user)
    if user.donor_id is not None:
        _end_links(session, actor, user)  # an officer may have seen one: it is worth a donor's login at most
    user.role, user.donor_id = role, donor_id
    sessions.end_of_user(session, actor=actor, user_id=user.id)
    _note(session, actor, "change_role", user, before)


def enable_user(session: Session, *, actor: Actor, programme_id: int, email: str) -> None:
    """Let a disabled login in again, with the password it had."""
    user = _known(session, programme_id, email)
    if user.disabled_at_utc is None:
        return
    donor = session.get(Donor, user.donor_id) if user.donor_id is not None else None
    if donor is not None and donor.voided_at_utc is not None:
        raise Refused.of("login_of_no_donor", text=donor.code)
    before = row_of(user)
    user.disabled_at_utc = None
    _note(session, actor, "enable", user, before)


def _is_last_admin(session: Session, user: User) -> bool:
    """Whether nobody else could do an administrator's work. Two who ask at once wait for each other."""
    if user.role != "admin" or user.disabled_at_utc is not None:
        return False
    session.execute(select(Programme.id).where(Programme.id == user.programme_id).with_for_update())
    others = select(User.id).where(
        User.programme_id == user.programme_id,
        User.role == "admin",
        User.disabled_at_utc.is_(None),
        User.password_hash != "",
        User.id != user.id,
    )
    return session.scalar(others.limit(1)) is None


def disable_user(session: Session, *, actor: Actor, programme_id: int, email: str) -> None:
    """Disable a login; its open sessions end at once. The last active administrator stays."""
    user = _known(session, programme_id, email)
    if _is_last_admin(session, user):
        raise Refused.of("last_admin")
    before = row_of(user)
    user.disabled_at_utc = user.disabled_at_utc or actor.at_utc
    sessions.end_of_user(session, actor=actor, user_id=user.id)
    _note(session, actor, "disable", user, before)


def reset_user(session: Session, *, actor: Actor, programme_id: int, email: str) -> str:
    """Make a one-time link's token that sets a new password. Password, second factor and sessions end now."""
    user = _known(session, programme_id, email)
    before = row_of(user)
    user.password_hash = ""
    clear_second_factor(session, user_id=user.id)
    sessions.end_of_user(session, actor=actor, user_id=user.id)
    token = new_link(session, actor=actor, user=user, life=LINK_LIFE)
    _note(session, actor, "reset", user, before)
    return token


def invite_user(session: Session, *, actor: Actor, programme_id: int, email: str, life: timedelta) -> str:
    """Make the one-time link's token of a login that waits for its first password; older links end.

    Refused where the login has a password or is disabled: then it is an administrator's to decide.
    """
    user = _known(session, programme_id, email)
    session.refresh(user, with_for_update=True)
    if user.disabled_at_utc is not None:
        raise Refused.of("invite_disabled")
    if user.password_hash:
        raise Refused.of("invite_active")
    token = new_link(session, actor=actor, user=user, life=life)
    _note(session, actor, "invite", user, row_of(user))
    return token


def new_link(session: Session, *, actor: Actor, user: User, life: timedelta) -> str:
    """A one-time link's token; the login's older links end."""
    _end_links(session, actor, user)
    token = new_token()
    session.add(
        PasswordLink(
            programme_id=user.programme_id,
            user_id=user.id,
            token_hash=token_hash(token),
            expires_at_utc=actor.at_utc + life,
        )
    )
    return token


def link_is_open(session: Session, *, token: str, actor: Actor) -> bool:
    """Whether a link may still set a password."""
    return _open_link(session, token, actor) is not None


def set_password(session: Session, *, actor: Actor, token: str, password: str) -> bool:
    """Use a link, once. False where it was used, is too old, or never was one. Raises `Refused`."""
    link = _open_link(session, token, actor)
    if link is None:
        return False
    user = session.get_one(User, link.user_id)
    passwords.check_password(password, (user.email, user.name))
    before = row_of(user)
    user.password_hash = passwords.hash_of(password)
    _end_links(session, actor, user)
    sessions.end_of_user(session, actor=actor, user_id=user.id)
    who = Actor(user.email, actor.at_utc, actor.request_id)
    _note(session, who, "set_password", user, before)
    return True


def change_password(
    session: Session, *, actor: Actor, programme_id: int, email: str, old: str, new: str, keep: str
) -> None:
    """Change one's own password; all other sessions and one's open links end. Raises `Refused`.

    `keep` is the token of the session that asks.
    """
    user = _known(session, programme_id, email)
    if not passwords.fits(user.password_hash, old):
        raise Refused.of("password_wrong", "old")
    if old == new:
        raise Refused.of("password_same", "password")
    passwords.check_password(new, (user.email, user.name))
    before = row_of(user)
    user.password_hash = passwords.hash_of(new)
    _end_links(session, actor, user)
    sessions.end_of_user(session, actor=actor, user_id=user.id, keep=keep)
    _note(session, actor, "change_password", user, before)


def ask_link(session: Session, *, actor: Actor, programme_id: int, email: str) -> tuple[str, str] | None:
    """A link for somebody who forgot their password, and their name; None where nobody may have one.

    The old password stays until the link is used, so that asking in another's name locks nobody out; and
    who waits for a first password keeps the link that they were given.
    """
    user = _find(session, programme_id, normal_email(email))
    if user is None or user.disabled_at_utc is not None or not user.password_hash:
        return None
    token = new_link(session, actor=actor, user=user, life=ASKED_LINK_LIFE)
    note(session, Actor(user.email, actor.at_utc, actor.request_id), "ask_link", user)
    return token, user.name


def clear_second_factor(session: Session, *, user_id: int) -> bool:
    """Forget a login's second factor and its recovery codes: whether there was one."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    gone = delete(SecondFactor).where(SecondFactor.user_id == user_id).returning(SecondFactor.secret)
    return any(session.scalars(gone).all())


def id_of(session: Session, *, programme_id: int, email: str) -> int:
    """The row of a login. Raises `Refused` where there is none."""
    return _known(session, programme_id, email).id


def _end_links(session: Session, actor: Actor, user: User) -> None:
    unused = update(PasswordLink).where(PasswordLink.user_id == user.id, PasswordLink.used_at_utc.is_(None))
    session.execute(unused.values(used_at_utc=actor.at_utc))


def _open_link(session: Session, token: str, actor: Actor) -> PasswordLink | None:
    query = select(PasswordLink).join(User, User.id == PasswordLink.user_id)
    query = query.where(
        PasswordLink.token_hash == token_hash(token),
        PasswordLink.used_at_utc.is_(None),
        PasswordLink.expires_at_utc > actor.at_utc,
        User.disabled_at_utc.is_(None),
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


def note(session: Session, actor: Actor, action: str, user: User) -> None:
    """Say in the trail what happened to a login beside its own row, which stays as it is."""
    _note(session, actor, action, user, row_of(user))


def _note(session: Session, actor: Actor, action: str, user: User, before: dict[str, object] | None) -> None:
    session.flush()
    change = Change(action, User.__tablename__, user.id, user.email, before, row_of(user))
    audit.append(session, actor=actor, programme_id=user.programme_id, changes=[change])
