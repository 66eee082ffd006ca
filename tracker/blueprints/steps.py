"""The second step of signing in: a code; or setting codes up, where the role needs them and none are."""

import logging

from flask import Blueprint, render_template, session, url_for
from flask import redirect as to
from flask.typing import ResponseReturnValue

from tracker.access import actor, begin_again, requires
from tracker.blueprints.coming_in import NEXT, back_to_the_door, come_in, step_token, who_is_half_way
from tracker.blueprints.factor_pages import picture, spelled
from tracker.blueprints.posting import UNPROCESSABLE
from tracker.blueprints.throttling import client_address, count, from_here
from tracker.domain.problems import Problem
from tracker.extensions import db
from tracker.forms.account import CodeForm, ConfirmForm
from tracker.services import second_factor, sign_ins, throttle
from tracker.services.sign_ins import Proven
from tracker.services.throttle import Gate
from tracker.wording import problem_text

bp = Blueprint("steps", __name__)
log = logging.getLogger("tracker")


@bp.get("/login/code")
@requires("anyone")
def code() -> ResponseReturnValue:
    """Ask for the code."""
    half = who_is_half_way()
    if half is None or half.next != "code":
        return back_to_the_door()
    return render_template("auth/code.html", form=CodeForm())


@bp.post("/login/code")
@requires("anyone")
def send_code() -> ResponseReturnValue:
    """A code that fits opens the session; every code is counted before it is looked at."""
    half, form = who_is_half_way(), CodeForm()
    if half is None or half.next != "code":
        return back_to_the_door()
    gate = Gate("code", half.email)
    entry = count([gate, from_here("address")])
    begin_again()
    said = (form.code.data or "")[:100]
    if not second_factor.take(db.session(), actor=actor(), user_id=half.user_id, code=said) or not _used():
        return _refused(form)
    throttle.forgive(db.session(), entry=entry, gates=[gate])
    return to(come_in(half, str(session.get(NEXT, ""))))


@bp.get("/login/second-factor")
@requires("anyone")
def set_up() -> ResponseReturnValue:
    """The one page that opens after the password where a second factor is needed and not set up."""
    half = who_is_half_way()
    if half is None or half.next != "set_up":
        return back_to_the_door()
    return _set_up_page(half, ConfirmForm())


@bp.post("/login/second-factor")
@requires("anyone")
def confirm() -> ResponseReturnValue:
    """The first code: the second factor counts, the session opens, the recovery codes are shown once."""
    half, form = who_is_half_way(), ConfirmForm()
    if half is None or half.next != "set_up":
        return back_to_the_door()
    gate = Gate("code", half.email)
    entry = count([gate, from_here("address")])
    begin_again()
    said = (form.code.data or "")[:100]
    codes = second_factor.confirm(db.session(), actor=actor(), user_id=half.user_id, code=said)
    if codes is None or not _used():
        log.info("second factor refused from %s", client_address())
        form.code.errors, form.code.data = [problem_text(Problem("code_wrong"))], ""
        return _set_up_page(half, form), UNPROCESSABLE
    throttle.forgive(db.session(), entry=entry, gates=[gate])
    onward = come_in(half, str(session.get(NEXT, "")))
    return render_template("account/codes.html", codes=codes, onward=onward, crumbs=False)


def _used() -> bool:
    """The half-done sign-in is used up; False where another request was quicker."""
    return sign_ins.end_step(db.session(), actor=actor(), token=step_token())


def _refused(form: CodeForm) -> ResponseReturnValue:
    log.info("second factor refused from %s", client_address())
    form.code.errors, form.code.data = [problem_text(Problem("code_wrong"))], ""
    return render_template("auth/code.html", form=form), UNPROCESSABLE


def _set_up_page(half: Proven, form: ConfirmForm) -> str:
    secret = second_factor.standing(db.session(), user_id=half.user_id).pending
    shown = {"picture": picture(secret, half.email), "spelled": spelled(secret), "form": form}
    return render_template("auth/second_factor.html", **shown, action=url_for("steps.confirm"))
