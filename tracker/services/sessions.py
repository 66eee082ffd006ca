"""Open sessions: opened, kept alive by use, ended. Half-done sign-ins end with them."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.models import LoginSession, SessionDetail, SignInStep, User
from tracker.services.tokens import new_token, token_hash

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def browser_words(user_agent: str) -> tuple[str, str]:
    """Browser and system as a browser names itself; '' where it does not say anything known.

    >>> browser_words("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
    ('Firefox', 'Windows')
    >>> browser_words("something of one's own")
    ('', '')
    """
    browser = next((words for sign, words in BROWSERS if f"{sign}/" in user_agent), "")
    return browser, next((words for sign, words in SYSTEMS if sign in user_agent), "")


def open_session(
    session: Session,
    *,
    actor: Actor,
    programme_id: int,
    user_id: int,
    user_agent: str = "",
    address: str = "",
) -> str:
    """Open a session: its token, which is new whatever the browser held before."""
    token = new_token()
    opened = LoginSession(
        programme_id=programme_id,
        user_id=user_id,
        token_hash=token_hash(token),
        started_at_utc=actor.at_utc,
        seen_at_utc=actor.at_utc,
    )
    session.add(opened)
    session.flush()
    words = "/".join(browser_words(user_agent))
    detail = SessionDetail(
        programme_id=programme_id, session_id=opened.id, browser=words, address=address[:45]
    )
    session.add(detail)
    session.flush()
    return token


def touch(session: Session, *, actor: Actor, token: str) -> None:
    """Remember that a session was used now. One that has ended stays ended."""
    used = update(LoginSession).where(
        LoginSession.token_hash == token_hash(token), LoginSession.ended_at_utc.is_(None)
    )
    session.execute(used.values(seen_at_utc=actor.at_utc))


def sign_out(session: Session, *, actor: Actor, token: str) -> None:
    """End a session: a copy of its cookie is worth nothing from now on."""
    ended = update(LoginSession).where(
        LoginSession.token_hash == token_hash(token), LoginSession.ended_at_utc.is_(None)
    )
    session.execute(ended.values(ended_at_utc=actor.at_utc))


def end_of_user(session: Session, *, actor: Actor, user_id: int, keep: str = "") -> None:
    """End a login's sessions and half-done sign-ins; all but the session whose token is to be kept."""
    live = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.ended_at_utc.is_(None))
    if keep:
        live = live.where(LoginSession.token_hash != token_hash(keep))
    session.execute(live.values(ended_at_utc=actor.at_utc))
    steps = update(SignInStep).where(SignInStep.user_id == user_id, SignInStep.ended_at_utc.is_(None))
    session.execute(steps.values(ended_at_utc=actor.at_utc))


def end_one(session: Session, *, actor: Actor, token: str, row_id: int) -> bool:
    """End another session of the login that this one belongs to. False where there is no such session."""
    own = token_hash(token)
    whose = select(LoginSession.user_id).where(LoginSession.token_hash == own).scalar_subquery()
    ended = update(LoginSession).where(
        LoginSession.id == row_id,
        LoginSession.user_id == whose,
        LoginSession.token_hash != own,
        LoginSession.ended_at_utc.is_(None),
    )
    found = session.scalars(ended.values(ended_at_utc=actor.at_utc).returning(LoginSession.id))
    return found.one_or_none() is not None


def end_others(session: Session, *, actor: Actor, token: str) -> None:
    """End all sessions of the login that this one belongs to, but this one."""
    query = select(User.id).join(LoginSession, LoginSession.user_id == User.id)
    user_id = session.scalars(query.where(LoginSession.token_hash == token_hash(token))).one()
    end_of_user(session, actor=actor, user_id=user_id, keep=token)
