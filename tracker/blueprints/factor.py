"""One's own second factor: set up, put in another's place, new recovery codes, removed.

Each step asks for the password again, and for a code where there is a second factor already.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import Visitor, actor, begin_again, programme, requires, visitor
from tracker.blueprints.coming_in import settings
from tracker.blueprints.factor_pages import picture, spelled
from tracker.blueprints.posting import UNPROCESSABLE, messages
from tracker.blueprints.throttling import count
from tracker.domain.problems import Problem, Refused
from tracker.extensions import db
from tracker.forms.account import ConfirmForm, ProofForm
from tracker.queries.users import Login
from tracker.services import second_factor, sessions, throttle, users
from tracker.services.throttle import Gate
from tracker.wording import problem_text

bp = Blueprint("factor", __name__)
T = TypeVar("T")


@bp.get("/account/second-factor")
@requires("signed_in")
def index() -> ResponseReturnValue:
    """How the second factor stands, and what can be done with it."""
    return _page()


@bp.post("/account/second-factor")
@requires("signed_in")
def begin() -> ResponseReturnValue:
    """Make a secret that waits for its first code."""
    form = ProofForm(prefix="begin")

    def write(password: str, code: str) -> bool:
        here, user_id = actor(), _own_id()
        second_factor.prove_again(db.session(), actor=here, user_id=user_id, password=password, code=code)
        second_factor.begin(db.session(), actor=here, user_id=user_id)
        return True

    if _proven(form, write) is None:
        return _page(begin_form=form), UNPROCESSABLE
    return redirect(url_for("factor.index"))


@bp.post("/account/second-factor/confirm")
@requires("signed_in")
def confirm() -> ResponseReturnValue:
    """The first code: it counts from now on, and the recovery codes are shown once."""
    form, gate = ConfirmForm(), Gate("code", _login().email)
    entry = count([gate])
    begin_again()
    said = (form.code.data or "")[:100]
    codes = second_factor.confirm(db.session(), actor=actor(), user_id=_own_id(), code=said)
    if codes is None:
        form.code.errors, form.code.data = [problem_text(Problem("code_wrong"))], ""
        return _page(confirm_form=form), UNPROCESSABLE
    throttle.forgive(db.session(), entry=entry, gates=[gate])
    _end_others()
    return _codes_page(codes)


@bp.post("/account/second-factor/codes")
@requires("signed_in")
def renew() -> ResponseReturnValue:
    """Ten new recovery codes, shown once; the old ones end."""
    form = ProofForm(prefix="renew")

    def write(password: str, code: str) -> tuple[str, ...]:
        here = {"actor": actor(), "user_id": _own_id()}
        return second_factor.renew_codes(db.session(), password=password, code=code, **here)  # type: ignore[arg-type]

    codes = _proven(form, write)
    return _codes_page(codes) if codes is not None else (_page(renew_form=form), UNPROCESSABLE)


@bp.post("/account/second-factor/remove")
@requires("signed_in")
def remove() -> ResponseReturnValue:
    """Do without, where the role may."""
    form = ProofForm(prefix="remove")

    def write(password: str, code: str) -> bool:
        if _needed():
            raise Refused.of("factor_needed")
        here = {"actor": actor(), "user_id": _own_id()}
        second_factor.remove(db.session(), password=password, code=code, **here)  # type: ignore[arg-type]
        _end_others()
        return True

    if _proven(form, write) is None:
        return _page(remove_form=form), UNPROCESSABLE
    flash(
        _("Your second factor is removed, and your other sessions have ended. The password is all it takes.")
    )
    return redirect(url_for("account.index"))


def _proven(form: ProofForm, write: Callable[[str, str], T]) -> T | None:
    """Do what needs the password again, counted before it is looked at; None where it was refused."""
    gate = Gate("password", _login().email)
    entry = count([gate])
    begin_again()
    try:
        done = write(form.password.data or "", (form.code.data or "")[:100])
    except Refused as refused:
        for column, words in messages(refused.problems):
            field = form.code if column == "code" else form.password
            field.errors = [*field.errors, words]
        form.code.data = ""  # it may be a recovery code
        return None
    throttle.forgive(db.session(), entry=entry, gates=[gate])
    return done


def _end_others() -> None:
    """Whoever is in without what is asked from now on is out."""
    sessions.end_others(db.session(), actor=actor(), token=_who().token)


def _who() -> Visitor:
    who = visitor()
    assert who is not None
    return who


def _login() -> Login:
    return _who().login


def _own_id() -> int:
    return users.id_of(db.session(), programme_id=programme().id, email=_login().email)


def _needed() -> bool:
    """Whether the role may not do without. Nobody removes anything while viewing as a donor."""
    return _login().role in settings().factor_roles


def _codes_page(codes: tuple[str, ...]) -> str:
    return render_template("account/codes.html", codes=codes, onward=url_for("account.index"), crumbs=True)


def _page(
    *,
    begin_form: ProofForm | None = None,
    confirm_form: ConfirmForm | None = None,
    renew_form: ProofForm | None = None,
    remove_form: ProofForm | None = None,
) -> str:
    standing = second_factor.standing(db.session(), user_id=_own_id())
    pending = standing.pending
    return render_template(
        "account/second_factor.html",
        standing=standing,
        since=_day(standing.since_utc),
        picture=picture(pending, _login().email) if pending else "",
        spelled=spelled(pending),
        needed=_needed(),
        begin_form=begin_form or ProofForm(formdata=None, prefix="begin"),
        confirm_form=confirm_form or ConfirmForm(formdata=None),
        renew_form=renew_form or ProofForm(formdata=None, prefix="renew"),
        remove_form=remove_form or ProofForm(formdata=None, prefix="remove"),
    )


def _day(when: datetime | None) -> datetime | None:
    return when.astimezone(ZoneInfo(programme().time_zone)) if when else None
