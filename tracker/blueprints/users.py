"""Logins, for administrators: who may come in and as what. Every change is in the audit trail."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import actor, programme, requires, visitor
from tracker.blueprints.choices import donors_to_choose
from tracker.blueprints.histories import history
from tracker.blueprints.lists import listing
from tracker.blueprints.navigation import role_words
from tracker.blueprints.posting import record
from tracker.domain.problems import Refused
from tracker.extensions import db
from tracker.forms.users import ActionForm, RoleForm, UserForm
from tracker.queries.users import Seat, seats
from tracker.services import users

bp = Blueprint("users", __name__)
F = TypeVar("F", bound=RoleForm)
LINK_HOURS = users.LINK_LIFE // timedelta(hours=1)


@bp.get("/users")
@requires("manage_users")
def index() -> ResponseReturnValue:
    """Every login: who, as what, in which state, last seen when."""
    words = state_words()
    found = listing(
        _seats(),
        lambda seat: (seat.login.email, seat.login.name, seat.donor_name, role_words()[seat.login.role]),
        words,
        lambda seat: seat.state,
    )
    return render_template("users/index.html", list=found, roles=role_words(), states=words, moment=_moment)


def state_words() -> dict[str, str]:
    """The state of a login, in words."""
    return {"active": _("Active"), "waiting": _("Waiting for a first password"), "disabled": _("Disabled")}


@bp.get("/users/<key:email>")
@requires("manage_users")
def show(email: str) -> ResponseReturnValue:
    """One login: its role, what can be done with it, its history."""
    return _page(_seat(email))


@bp.get("/users/new")
@requires("manage_users")
def new() -> ResponseReturnValue:
    """An empty form."""
    form = _offered(UserForm())
    form.role.data = "officer"
    form.open_on()
    return render_template("users/form.html", form=form)


@bp.post("/users/new")
@requires("manage_users")
def create() -> ResponseReturnValue:
    """Add a login, and show once the link that sets its password."""
    form = _offered(UserForm())

    def write() -> tuple[str, str]:
        said = form.raw()
        here = {"actor": actor(), "programme_id": programme().id}
        who = {"email": said["email"], "role": said["role"], "name": said["name"]}
        made = users.add_user(db.session(), **here, **who, donor=said["donor"] or None)  # type: ignore[arg-type]
        return made.email, users.reset_user(db.session(), email=made.email, **here)  # type: ignore[arg-type]

    return _with_link(form, write, lambda: render_template("users/form.html", form=form))


@bp.post("/users/reset/<key:email>")
@requires("manage_users")
def reset(email: str) -> ResponseReturnValue:
    """End the password and the open sessions, and show once the link that sets a new one."""
    seat, form = _seat(email), ActionForm()

    def write() -> tuple[str, str]:
        if seat.login.disabled:
            raise Refused.of("user_disabled")
        here = {"actor": actor(), "programme_id": programme().id}
        return seat.login.email, users.reset_user(db.session(), email=seat.login.email, **here)  # type: ignore[arg-type]

    return _with_link(form, write, lambda: _page(seat, form))


def _with_link(
    form: UserForm | ActionForm, write: Callable[[], tuple[str, str]], page: Callable[[], str]
) -> ResponseReturnValue:
    """Record once; the answer itself shows the link, and nothing keeps it: again, it is only the login."""
    made: list[tuple[str, str]] = []

    def once() -> str:
        made.append(write())
        return url_for("users.show", email=made[0][0])

    answer = record(form, once, page)
    if not made:
        return answer
    email, token = made[0]
    link = f"{current_app.config['TRACKER'].base_url}{url_for('auth.password', token=token)}"
    return render_template("users/link.html", email=email, link=link, hours=LINK_HOURS)


@bp.post("/users/role/<key:email>")
@requires("manage_users")
def role(email: str) -> ResponseReturnValue:
    """Give a login another role."""
    seat, form = _seat(email), _offered(RoleForm())

    def write() -> str:
        said = form.raw()
        users.change_role(
            db.session(),
            actor=actor(),
            programme_id=programme().id,
            email=seat.login.email,
            version=form.opened_version,
            role=said["role"],
            donor=said["donor"] or None,
        )
        words = _(
            "%(who)s is now %(role)s. Open sessions have ended.", who=_who(seat), role=_role(said["role"])
        )
        flash(words)
        return url_for("users.show", email=seat.login.email)

    return record(form, write, lambda: _page(seat, role_form=form))


@bp.post("/users/disable/<key:email>")
@requires("manage_users")
def disable(email: str) -> ResponseReturnValue:
    """Keep somebody out; their open sessions end at once."""
    seat, form = _seat(email), ActionForm()

    def write() -> str:
        here = {"actor": actor(), "programme_id": programme().id}
        users.disable_user(db.session(), email=seat.login.email, **here)  # type: ignore[arg-type]
        flash(_("%(who)s is disabled. Open sessions have ended.", who=_who(seat)))
        return url_for("users.show", email=seat.login.email)

    return record(form, write, lambda: _page(seat, form))


@bp.post("/users/enable/<key:email>")
@requires("manage_users")
def enable(email: str) -> ResponseReturnValue:
    """Let somebody in again."""
    seat, form = _seat(email), ActionForm()

    def write() -> str:
        here = {"actor": actor(), "programme_id": programme().id}
        users.enable_user(db.session(), email=seat.login.email, **here)  # type: ignore[arg-type]
        flash(_("%(who)s may sign in again.", who=_who(seat)))
        return url_for("users.show", email=seat.login.email)

    return record(form, write, lambda: _page(seat, form))


def _page(seat: Seat, form: ActionForm | None = None, role_form: RoleForm | None = None) -> str:
    """One login. A form that was refused keeps its messages; each button has a key of its own."""
    who = visitor()
    if role_form is None:
        role_form = _offered(RoleForm(formdata=None))
        role_form.fill({"role": seat.login.role, "donor": seat.login.donor or ""})
        role_form.open_on(seat.stamp.version)
    buttons = [ActionForm(formdata=None) for _button in range(2)]
    for button in buttons:
        button.open_on(seat.stamp.version)
    return render_template(
        "users/show.html",
        seat=seat,
        login=seat.login,
        own=who is not None and who.login.email == seat.login.email,
        form=form,
        role_form=role_form,
        buttons=buttons,
        roles=role_words(),
        states=state_words(),
        moment=_moment,
        history=history(seat.stamp),
    )


def _seats() -> list[Seat]:
    return seats(db.session(), programme().id)


def _seat(email: str) -> Seat:
    found = {seat.login.email: seat for seat in _seats()}.get(email)
    return found if found is not None else abort(404)


def _who(seat: Seat) -> str:
    return seat.login.name or seat.login.email


def _role(text: str) -> str:
    return next((words for role, words in role_words().items() if role == text), text)


def _offered(form: F) -> F:
    form.role.offer(list(role_words().items()))
    form.donor.offer([("", _("None")), *donors_to_choose()[1:]])
    return form


def _moment(when: datetime) -> datetime:
    """A moment in the programme's time zone."""
    return when.astimezone(ZoneInfo(programme().time_zone))
