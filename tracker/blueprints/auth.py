"""Signing in by password, signing out, and setting a password from a one-time link."""

import logging
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user
from sqlalchemy.exc import OperationalError

from tracker.access import (
    READS,
    actor,
    begin_again,
    now,
    own_session,
    programme,
    required_action,
    requires,
    visitor,
)
from tracker.blueprints.coming_in import come_in, half_way, home, own_path, settings
from tracker.blueprints.posting import UNPROCESSABLE
from tracker.blueprints.throttling import client_address, count, from_here
from tracker.domain.problems import Refused
from tracker.extensions import begin_write, db
from tracker.forms import PasswordForm, SignInForm
from tracker.queries.users import normal_email
from tracker.services import second_factor, sessions, sign_ins, throttle, users
from tracker.services.passwords import MIN_PASSWORD_CHARACTERS
from tracker.services.throttle import Gate
from tracker.wording import problem_text

bp = Blueprint("auth", __name__)
log = logging.getLogger("tracker")
TOUCH_AFTER = timedelta(minutes=1)


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


@bp.get("/login")
@requires("anyone")
def login() -> ResponseReturnValue:
    """The door."""
    who = visitor()
    if who is not None:
        return redirect(own_path(request.args.get("next", "")) or home(who.role))
    form = SignInForm()
    form.next.data = request.args.get("next", "")
    return _door(form)


@bp.post("/login")
@requires("anyone")
def sign_in() -> ResponseReturnValue:
    """Open a session. One message for everything that does not fit, so that nobody learns which."""
    form = SignInForm()
    email, password = (form.email.data or "").replace("\0", ""), form.password.data or ""
    account = Gate("account", normal_email(email))
    entry = count([account, from_here("address")])
    here = {"programme_id": programme().id, "factor_roles": settings().factor_roles}
    proven = sign_ins.prove(db.session(), email=email, password=password, **here)  # type: ignore[arg-type]
    if proven is None:
        log.info("sign-in refused from %s", client_address())
        form.password.errors = [_("E-mail and password do not fit. Check both, or ask for a new link.")]
        return _door(form), UNPROCESSABLE
    begin_again()
    throttle.forgive(db.session(), entry=entry, gates=[account])
    sign_ins.rehash(db.session(), proven=proven, password=password)
    asked = form.next.data or ""
    if proven.next == "open":
        return redirect(come_in(proven, asked))
    half_way(proven, asked)
    if proven.next == "code":
        return redirect(url_for("steps.code"))
    second_factor.begin(db.session(), actor=actor(), user_id=proven.user_id)
    return redirect(url_for("steps.set_up"))


def _door(form: SignInForm) -> str:
    return render_template("auth/login.html", form=form, forgot_url=url_for("forgotten.ask"))


@bp.post("/logout")
@requires("signed_in")
def logout() -> ResponseReturnValue:
    """End the session, here and on the server."""
    who = visitor()
    assert who is not None
    sessions.sign_out(db.session(), actor=actor(), token=who.token)
    logout_user()
    session.clear()
    flash(_("You are signed out."))
    return redirect(url_for("auth.login"))


@bp.get("/password/<string:token>")
@requires("anyone")
def password(token: str) -> ResponseReturnValue:
    """A one-time link, opened."""
    count([from_here("link")])
    if not users.link_is_open(db.session(), token=token, actor=actor()):
        return _used_up()
    return render_template("auth/password.html", form=PasswordForm(), least=MIN_PASSWORD_CHARACTERS)


@bp.post("/password/<string:token>")
@requires("anyone")
def set_password(token: str) -> ResponseReturnValue:
    """Use the link, once."""
    form = PasswordForm()
    count([from_here("link")])
    begin_again()
    try:
        if not users.set_password(
            db.session(), actor=actor(), token=token, password=form.password.data or ""
        ):
            return _used_up()
    except Refused as refused:
        form.password.errors = [problem_text(problem) for problem in refused.problems]
        page = render_template("auth/password.html", form=form, least=MIN_PASSWORD_CHARACTERS)
        return page, UNPROCESSABLE
    session.clear()
    flash(_("Your password is set. Sign in with it now."))
    return redirect(url_for("auth.login"))


def _used_up() -> ResponseReturnValue:
    title, words = _("This link is used or too old"), _("Ask the programme’s Secretariat for a new one.")
    return render_template("errors.html", title=title, words=words, request_id=""), 410
