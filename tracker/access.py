"""The doors: who asks, what they may, and the request's one transaction.

Every route says `@requires("action")`; one that says nothing is refused. The decorator also holds the
single commit: an answer below 400 to a POST commits, anything else rolls back; a GET never commits.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from hashlib import sha256
from typing import Final, ParamSpec

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden

from tracker.domain.permissions import Action, Actor, allowed
from tracker.domain.vocabulary import Role
from tracker.extensions import begin_write, db, login_manager
from tracker.queries.programmes import Programmes, the_programme
from tracker.queries.users import Login, login_of_session

P = ParamSpec("P")
log = logging.getLogger("tracker")
FILES: Final = ("static", "bootstrap.static")
"""Files of the program itself: open to anybody."""
NAMED: Final = "required_action"
"""Where a view carries the action it names."""
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
RECORDED: Final = frozenset({302, 303})
"""How a form that did something is answered; previews and pages with messages are 200 or 422."""
ENDS_VIEWING: Final = frozenset({"viewing.stop", "auth.logout"})
"""All that may be sent by somebody who views as a donor."""
CSP: Final = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class ReadOnly(Forbidden):
    """Somebody who views as a donor sent something: there they only read."""


@dataclass
class Visitor(UserMixin):
    """Somebody who has signed in: their login, and the token of this session."""

    token: str
    login: Login
    seen_at_utc: datetime

    def get_id(self) -> str:
        """What the signed cookie carries: the session's token, never the user's id."""
        return self.token

    @property
    def role(self) -> Role:
        """Their role; a donor's for an officer who views as one."""
        return self.login.role


@login_manager.user_loader
def load_visitor(token: str) -> Visitor | None:
    """Who a session's token belongs to; nobody where it was ended, grew too old or was disabled."""
    digest = sha256(token.encode()).hexdigest()
    found = login_of_session(db.session(), digest, now(), current_app.config["TRACKER"].factor_roles)
    return Visitor(token, *found) if found else None


def visitor() -> Visitor | None:
    """Who asks, or None."""
    who = current_user._get_current_object()
    if not isinstance(who, Visitor):
        return None
    g.who = who.login.email  # for the log
    return who


def now() -> datetime:
    """The request's moment, in UTC: the clock is read once."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    moment: datetime = g.now
    return moment


def programme() -> Programmes:
    """The programme one is in."""
    if "programme" not in g:
        g.programme = the_programme(db.session())
    found: Programmes = g.programme
    return found


def today() -> date:
    """The programme's calendar day."""
    return programme().today(now())


def actor() -> Actor:
    """Who the audit trail names: the person who signed in, whoever they view as."""
    who = visitor()
    return Actor(who.login.email if who else "anonymous", now(), g.request_id)


def may(action: Action) -> bool:
    """Whether the visitor may take an action; for templates too."""
    who = visitor()
    return allowed(who.role if who else None, action)


def requires(
    action: Action,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Guard a view by an action, and hold its transaction."""

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not may(action):
                return _refuse()
            response = make_response(view(*args, **kwargs))
            if request.method not in READS and response.status_code < 400:
                db.session.commit()
                if response.status_code in RECORDED:
                    log.info("recorded")
                for follow in g.pop("after_commit", []):  # it may replace the answer
                    response = make_response(follow() or response)
            return response

        setattr(guarded, NAMED, action)
        return guarded

    return guard


def _refuse() -> ResponseReturnValue:
    who = visitor()
    if who is None:
        log.info("refused: not signed in")
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    if request.endpoint == "overview.index":
        return redirect(url_for("portal.index"))
    abort(403)


def required_action(endpoint: str) -> Action | None:
    """The action an endpoint names, or None."""
    if endpoint in FILES:
        return "anyone"
    found: Action | None = getattr(current_app.view_functions.get(endpoint), NAMED, None)
    return found


def init_app(app: Flask) -> None:
    """Default deny, the request's id, its write transaction, and the headers of every answer."""
    app.before_request(_open)
    app.after_request(_headers)
    app.teardown_appcontext(_let_go)  # before the extension's own, which would not take no for an answer
    app.context_processor(lambda: {"may": may, "visitor": visitor(), "programme": programme})


def _open() -> None:
    g.request_id = secrets.token_hex(8)
    if request.endpoint and required_action(request.endpoint) is None:
        abort(403)
    if request.method not in READS:
        begin_write(db.session())
        who = visitor()
        if who is not None and who.login.views_as is not None and request.endpoint not in ENDS_VIEWING:
            raise ReadOnly


def _let_go(_error: BaseException | None) -> None:
    """End the request's transaction. Where its connection is gone nothing is left to end."""
    try:
        db.session.remove()
    except DBAPIError as error:
        log.error("database: %r", str(error.orig))


def _headers(response: Response) -> Response:
    sandboxed = g.get("sandboxed", False)  # what people uploaded: even if it were shown, it could do nothing
    response.headers["Content-Security-Policy"] = f"{CSP}; sandbox" if sandboxed else CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Request-ID"] = g.get("request_id", "")
    if request.endpoint not in FILES:
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure or current_app.config["TRACKER"].behind_tls:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if session.modified or not session.new:
        response.vary.add("Cookie")
    return response


def begin_again() -> None:
    """Give up what the request has begun, and begin its write transaction anew."""
    db.session.rollback()
    begin_write(db.session())


def own_session() -> Session:
    """A session apart from the request's, for what must not wait for its commit."""
    return Session(db.engine)
