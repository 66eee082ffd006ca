"""What every way in has in common: where one may be led, the half-done sign-in, the session that opens."""

import logging
import re
from typing import Final

from flask import current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from tracker.access import Visitor, actor, now, programme, visitor
from tracker.blueprints.throttling import client_address
from tracker.config import Settings
from tracker.domain.permissions import Actor
from tracker.domain.vocabulary import Role
from tracker.extensions import db
from tracker.queries.users import login_of_session
from tracker.services import sessions, sign_ins
from tracker.services.sign_ins import Proven
from tracker.services.tokens import token_hash

log = logging.getLogger("tracker")
STEP: Final = "sign_in_step"
NEXT: Final = "sign_in_next"
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*", re.ASCII)


def settings() -> Settings:
    """The installation's settings."""
    found: Settings = current_app.config["TRACKER"]
    return found


def own_path(text: str) -> str | None:
    """An address inside this site, or None: one slash in front, no backslash, blank or control character.

    >>> own_path("/donors?q=a"), own_path("//evil.example"), own_path("/\\\\evil.example")
    ('/donors?q=a', None, None)
    """
    return text if _OWN_PATH.fullmatch(text) else None


def home(role: Role) -> str:
    """Where a role begins."""
    return url_for("portal.index") if role == "donor" else url_for("overview.index")


def half_way(proven: Proven, asked: str) -> None:
    """The password fitted and more is asked: the browser keeps a token that is worth the next step alone."""
    here = {"actor": actor(), "programme_id": programme().id}
    token = sign_ins.begin_step(db.session(), user_id=proven.user_id, **here)  # type: ignore[arg-type]
    session.clear()
    session[STEP], session[NEXT] = token, own_path(asked) or ""


def step_token() -> str:
    """The token of the half-done sign-in that this browser holds; '' where it holds none."""
    return str(session.get(STEP, ""))


def who_is_half_way() -> Proven | None:
    """Whose half-done sign-in this browser holds."""
    roles = settings().factor_roles
    return sign_ins.step_of(db.session(), token=step_token(), now=now(), factor_roles=roles)


def come_in(proven: Proven, asked: str) -> str:
    """Open a session, in place of any that this browser held: where to go from here."""
    before = visitor()
    if before is not None:
        sessions.sign_out(db.session(), actor=actor(), token=before.token)
    who = Actor(proven.email, now(), actor().request_id)
    token = sessions.open_session(
        db.session(),
        actor=who,
        programme_id=programme().id,
        user_id=proven.user_id,
        user_agent=request.user_agent.string,
        address=client_address(),
    )
    found = login_of_session(db.session(), token_hash(token), now(), settings().factor_roles)
    assert found is not None
    session.clear()
    login_user(Visitor(token, *found))
    log.info("signed in %r", found[0].email)
    return own_path(asked) or home(found[0].role)


def back_to_the_door() -> ResponseReturnValue:
    """There is no half-done sign-in, or it grew too old: begin again."""
    return redirect(url_for("auth.login"))
