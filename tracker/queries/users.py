"""Logins, read."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.permissions import allowed
from tracker.domain.vocabulary import Role
from tracker.models import Donor, LoginSession, PasswordLink, SecondFactor, SessionDetail, User
from tracker.queries.stamps import Stamp

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Viewed:
    """The donor that an officer views as. `over`: it was voided meanwhile, and they see their own view."""

    code: str
    name: str
    over: bool


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who has signed in, or may. `donor` is the code of the donor a donor's login belongs to.

    An officer who views as a donor has that donor's role and code here, and keeps their own e-mail and name.
    """

    email: str
    name: str
    role: Role
    donor: str | None
    disabled: bool
    has_password: bool
    programme_id: int
    viewed: Viewed | None = None
    second_factor: bool = False

    @property
    def views_as(self) -> Viewed | None:
        """The donor whose pages this login sees at present, read-only; None where it sees its own."""
        return self.viewed if self.viewed is not None and not self.viewed.over else None


def login_of_session(
    session: Session, token_hash: str, now: datetime, factor_roles: Collection[str] = ()
) -> tuple[Login, datetime] | None:
    """Whose open session this is, and when it was last seen; None where it ended or grew too old.

    None also for a login of one of `factor_roles` that has no second factor.
    """
    viewed = aliased(Donor)
    query = select(User, Donor.code, LoginSession.seen_at_utc, viewed, SecondFactor.confirmed_at_utc).join(
        LoginSession, LoginSession.user_id == User.id
    )
    query = query.outerjoin(SecondFactor, SecondFactor.user_id == User.id)
    query = query.outerjoin(viewed, viewed.id == LoginSession.viewed_donor_id)
    query = query.outerjoin(Donor, Donor.id == User.donor_id).where(
        LoginSession.token_hash == token_hash,
        LoginSession.ended_at_utc.is_(None),
        LoginSession.started_at_utc > now - LONGEST,
        LoginSession.seen_at_utc > now - IDLE,
        User.disabled_at_utc.is_(None),
        or_(User.role.not_in(factor_roles), SecondFactor.confirmed_at_utc.is_not(None)),
    )
    row = session.execute(query).first()
    if row is None:
        return None
    login = replace(_login(row[0], row[1]), second_factor=row[4] is not None)
    return _viewing(login, row[3]), row[2]


def _viewing(login: Login, donor: Donor | None) -> Login:
    """The login as it reads while it views as a donor. A role without the right to views as nobody."""
    if donor is None or not allowed(login.role, "view_as"):
        return login
    viewed = Viewed(donor.code, donor.name, donor.voided_at_utc is not None)
    if viewed.over:
        return replace(login, viewed=viewed)
    return replace(login, role="donor", donor=viewed.code, viewed=viewed)


def list_users(session: Session, programme_id: int) -> list[Login]:
    """Every login, by address."""
    query = select(User, Donor.code).outerjoin(Donor, Donor.id == User.donor_id)
    query = query.where(User.programme_id == programme_id).order_by(User.email)
    return [_login(user, donor) for user, donor in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Seat:
    """A login on the administrators' list: its row, and when it was last used (UTC; None: never)."""

    login: Login
    stamp: Stamp
    donor_name: str
    seen_at_utc: datetime | None

    @property
    def state(self) -> str:
        """`active`, `waiting` for its first password, or `disabled`."""
        if self.login.disabled:
            return "disabled"
        return "active" if self.login.has_password else "waiting"


def seats(session: Session, programme_id: int) -> list[Seat]:
    """Every login with its row and its last use, by address."""
    last = select(LoginSession.user_id, func.max(LoginSession.seen_at_utc).label("seen_at_utc"))
    seen = last.where(LoginSession.programme_id == programme_id).group_by(LoginSession.user_id).subquery()
    query = select(User, Donor.code, Donor.name, seen.c.seen_at_utc, SecondFactor.confirmed_at_utc)
    query = query.outerjoin(SecondFactor, SecondFactor.user_id == User.id)
    query = query.outerjoin(Donor, Donor.id == User.donor_id).outerjoin(seen, seen.c.user_id == User.id)
    rows = session.execute(query.where(User.programme_id == programme_id).order_by(User.email))
    return [
        Seat(
            replace(_login(user, code), second_factor=since is not None),
            Stamp(User.__tablename__, user.id, user.version),
            name or "",
            seen_at,
        )
        for user, code, name, seen_at, since in rows
    ]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is open: since when, last used when, from where. `own`: it is the one that asks."""

    id: int
    started_at_utc: datetime
    seen_at_utc: datetime
    browser: str
    system: str
    address: str
    own: bool


def open_sessions(session: Session, own_hash: str, now: datetime) -> list[OpenSession]:
    """The open sessions of the login that a session belongs to; that one first, then the last used."""
    whose = select(LoginSession.user_id).where(LoginSession.token_hash == own_hash).scalar_subquery()
    query = select(LoginSession, SessionDetail).outerjoin(
        SessionDetail, SessionDetail.session_id == LoginSession.id
    )
    query = query.where(
        LoginSession.user_id == whose,
        LoginSession.ended_at_utc.is_(None),
        LoginSession.started_at_utc > now - LONGEST,
        LoginSession.seen_at_utc > now - IDLE,
    )
    found = [_open(row, detail, own_hash) for row, detail in session.execute(query)]
    return sorted(found, key=lambda one: (not one.own, -one.seen_at_utc.timestamp(), one.id))


def _open(row: LoginSession, detail: SessionDetail | None, own_hash: str) -> OpenSession:
    browser, _slash, system = (detail.browser if detail else "").partition("/")
    address = detail.address if detail else ""
    own = row.token_hash == own_hash
    return OpenSession(row.id, row.started_at_utc, row.seen_at_utc, browser, system, address, own)


def normal_email(text: str) -> str:
    """One spelling of an address: no blanks around it, lower case."""
    return text.strip().lower()


Access = Literal["none", "invited", "lapsed", "active", "disabled", "other"]


@dataclass(frozen=True, slots=True)
class AddressAccess:
    """Whether an address of a donor has a login there, and how far it has come.

    `invited` has a link that is open until `until_utc`; `lapsed` waits for its password without one;
    `other` is a login of another donor or role. `link_id` is the newest link's row, 0 where there is none.
    """

    state: Access = "none"
    until_utc: datetime | None = None
    link_id: int = 0


def access_of(
    session: Session, programme_id: int, donor: str, emails: Collection[str], now: datetime
) -> dict[str, AddressAccess]:
    """How far each address has come as a login of a donor, by address in its one spelling."""
    addresses = {normal_email(email) for email in emails if email}
    newest = select(PasswordLink.user_id, func.max(PasswordLink.id).label("id"))
    newest_ids = newest.group_by(PasswordLink.user_id).subquery()
    query = select(User, Donor.code, PasswordLink).outerjoin(Donor, Donor.id == User.donor_id)
    query = query.outerjoin(newest_ids, newest_ids.c.user_id == User.id)
    query = query.outerjoin(PasswordLink, PasswordLink.id == newest_ids.c.id)
    rows = session.execute(query.where(User.programme_id == programme_id, User.email.in_(addresses)))
    found = {user.email: _access(user, code == donor, link, now) for user, code, link in rows}
    return {address: found.get(address, AddressAccess()) for address in addresses}


def _access(user: User, of_donor: bool, link: PasswordLink | None, now: datetime) -> AddressAccess:
    newest = link.id if link else 0
    if not of_donor:
        return AddressAccess("other", None, newest)
    if user.disabled_at_utc is not None:
        return AddressAccess("disabled", None, newest)
    if user.password_hash:
        return AddressAccess("active", None, newest)
    if link and link.used_at_utc is None and link.expires_at_utc > now:
        return AddressAccess("invited", link.expires_at_utc, newest)
    return AddressAccess("lapsed", None, newest)


def _login(user: User, donor: str | None) -> Login:
    role: Role = user.role  # type: ignore[assignment]
    disabled, has_password = user.disabled_at_utc is not None, bool(user.password_hash)
    return Login(user.email, user.name, role, donor, disabled, has_password, user.programme_id)
