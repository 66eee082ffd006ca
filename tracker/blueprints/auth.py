"""Signing in and out, and setting a password from a one-time link."""

import logging
import re
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from sqlalchemy.exc import OperationalError

from tracker.access import (
    READS,
    Visitor,
    actor,
    now,
    own_session,
    programme,
    required_action,
    requires,
    visitor,
)
from tracker.blueprints.posting import UNPROCESSABLE
from tracker.domain.problems import Refused
from tracker.domain.vocabulary import Role
from tracker.extensions import begin_write, db
from tracker.forms import PasswordForm, SignInForm
from tracker.queries.users import login_of_session
from tracker.services import sessions, users
from tracker.wording import problem_text

bp = Blueprint("auth", __name__)
log = logging.getLogger("tracker")
TOUCH_AFTER = timedelta(minutes=1)
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*", re.ASCII)


@bp.before_app_request
def keep_session_alive() -> None:
    """Remember that a session is in use, once a minute at most.

    A read does it in a transaction of its own, ended before the page begins: an open one would wait for
    itself. Where it cannot be written, reading goes on.
    """
    if request.endpoint is None or required_action(request.endpoint) in (None, "anyone"):
        return
    who = visitor()
    if who is None or now() - who.seen_at_utc < TOUCH_AFTER:
        return
    if request.method not in READS:
        sessions.touch(db.session(), actor=actor(), token=who.token)
        return
    act = actor()
    db.session.rollback()
    try:
        with own_session() as apart:
            begin_write(apart)
            sessions.touch(apart, actor=act, token=who.token)
            apart.commit()
    except OperationalError as error:
        log.warning("session not kept alive: %r", str(error.orig))


def own_path(text: str) -> str | None:
    """An address inside this site, or None: one slash in front, no backslash, blank or control character.

    >>> own_path("/donors?q=a"), own_path("//evil.example"), own_path("/\\\\evil.example")
    ('/donors?q=a', None, None)
    """
    return text if _OWN_PATH.fullmatch(text) else None


def home(role: Role) -> str:
    """Where a role begins."""
    return url_for("portal.index") if role == "donor" else url_for("overview.index")


@bp.get("/login")
@requires("anyone")
def login() -> ResponseReturnValue:
    """The door."""
    who = visitor()
    if who is not None:
        return redirect(own_path(request.args.get("next", "")) or home(who.role))
    form = SignInForm()
    form.next.data = request.args.get("next", "")
    return render_template("auth/login.html", form=form)


@bp.post("/login")
@requires("anyone")
def sign_in() -> ResponseReturnValue:
    """Open a session. One message for everything that does not fit, so that nobody learns which."""
    form = SignInForm()
    said = {"email": (form.email.data or "").replace("\0", ""), "password": form.password.data or ""}
    token = users.sign_in(db.session(), actor=actor(), programme_id=programme().id, **said)
    found = login_of_session(db.session(), users.token_hash(token), now()) if token else None
    if token is None or found is None:
        log.info("sign-in refused")
        form.password.errors = [_("E-mail and password do not fit. Check both, or ask for a new link.")]
        return render_template("auth/login.html", form=form), UNPROCESSABLE
    session.clear()
    login_user(Visitor(token, *found))
    log.info("signed in %r", found[0].email)
    return redirect(own_path(form.next.data or "") or home(found[0].role))


@bp.post("/logout")
@requires("signed_in")
def logout() -> ResponseReturnValue:
    """End the session, here and on the server."""
    who = visitor()
    assert who is not None
    users.sign_out(db.session(), actor=actor(), token=who.token)
    logout_user()
    session.clear()
    flash(_("You are signed out."))
    return redirect(url_for("auth.login"))


@bp.get("/password/<string:token>")
@requires("anyone")
def password(token: str) -> ResponseReturnValue:
    """A one-time link, opened."""
    if not users.link_is_open(db.session(), token=token, actor=actor()):
        return _used_up()
    return render_template("auth/password.html", form=PasswordForm(), least=users.MIN_PASSWORD_CHARACTERS)


@bp.post("/password/<string:token>")
@requires("anyone")
def set_password(token: str) -> ResponseReturnValue:
    """Use the link, once."""
    form = PasswordForm()
    try:
        if not users.set_password(
            db.session(), actor=actor(), token=token, password=form.password.data or ""
        ):
            return _used_up()
    except Refused as refused:
        form.password.errors = [problem_text(problem) for problem in refused.problems]
        page = render_template("auth/password.html", form=form, least=users.MIN_PASSWORD_CHARACTERS)
        return page, UNPROCESSABLE
    session.clear()
    flash(_("Your password is set. Sign in with it now."))
    return redirect(url_for("auth.login"))


def _used_up() -> ResponseReturnValue:
    title, words = _("This link is used or too old"), _("Ask the programme’s Secretariat for a new one.")
    return render_template("errors.html", title=title, words=words, request_id=""), 410
