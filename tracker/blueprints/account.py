"""One's own account: who one is here, the password, the second factor, the open sessions."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import Visitor, actor, begin_again, now, programme, requires, visitor
from tracker.blueprints.coming_in import settings
from tracker.blueprints.navigation import role_words
from tracker.blueprints.posting import UNPROCESSABLE
from tracker.blueprints.throttling import count
from tracker.domain.problems import Refused
from tracker.extensions import db
from tracker.forms.account import OwnPasswordForm
from tracker.queries.users import OpenSession, open_sessions
from tracker.services import second_factor, sessions, throttle, users
from tracker.services.passwords import MIN_PASSWORD_CHARACTERS
from tracker.services.throttle import Gate
from tracker.services.tokens import token_hash
from tracker.wording import problem_text

bp = Blueprint("account", __name__)
HIGHEST = 2**63 - 1


@bp.get("/account")
@requires("signed_in")
def index() -> ResponseReturnValue:
    """Who one is here, and what one may do about it."""
    return _page(OwnPasswordForm(formdata=None))


@bp.post("/account/password")
@requires("signed_in")
def password() -> ResponseReturnValue:
    """Change the password; every other session ends."""
    who, form = _who(), OwnPasswordForm()
    gate = Gate("password", who.login.email)
    entry = count([gate])
    begin_again()
    here = {"actor": actor(), "programme_id": programme().id, "email": who.login.email, "keep": who.token}
    said = {"old": form.old.data or "", "new": form.password.data or ""}
    try:
        users.change_password(db.session(), **here, **said)  # type: ignore[arg-type]
    except Refused as refused:
        for problem in refused.problems:
            field = form.old if problem.column == "old" else form.password
            field.errors = [*field.errors, problem_text(problem)]
        return _page(form), UNPROCESSABLE
    throttle.forgive(db.session(), entry=entry, gates=[gate])
    flash(_("Your password is changed. All your other sessions have ended."))
    return redirect(url_for("account.index"))


@bp.post(f"/account/sessions/<int(max={HIGHEST}):row_id>")
@requires("signed_in")
def end_session(row_id: int) -> ResponseReturnValue:
    """End another session of one's own; nobody else's is found here."""
    if not sessions.end_one(db.session(), actor=actor(), token=_who().token, row_id=row_id):
        abort(404)
    flash(_("The session has ended."))
    return redirect(url_for("account.index"))


@bp.post("/account/sessions")
@requires("signed_in")
def end_sessions() -> ResponseReturnValue:
    """End all one's sessions but this one."""
    sessions.end_others(db.session(), actor=actor(), token=_who().token)
    flash(_("All your other sessions have ended."))
    return redirect(url_for("account.index"))


def _who() -> Visitor:
    who = visitor()
    assert who is not None
    return who


def _page(form: OwnPasswordForm) -> str:
    login = _who().login
    user_id = users.id_of(db.session(), programme_id=programme().id, email=login.email)
    return render_template(
        "account/index.html",
        login=login,
        role=role_words()[login.role],
        form=form,
        least=MIN_PASSWORD_CHARACTERS,
        standing=second_factor.standing(db.session(), user_id=user_id),
        needed=login.role in settings().factor_roles,
        open=open_sessions(db.session(), token_hash(_who().token), now()),
        browser=browser_text,
        moment=_moment,
    )


def browser_text(opened: OpenSession) -> str:
    """From which browser a session was opened, in words."""
    if opened.browser and opened.system:
        return _("%(browser)s on %(system)s", browser=opened.browser, system=opened.system)
    return opened.browser or opened.system or _("An unknown browser")


def _moment(when: datetime) -> datetime:
    """A moment in the programme's time zone."""
    return when.astimezone(ZoneInfo(programme().time_zone))
