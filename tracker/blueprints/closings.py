"""Closed months: how each month stands, closing one, and reopening one with a reason."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.posting import desk, messages, record
from tracker.domain.months import Month, parse_month
from tracker.domain.problems import Refused
from tracker.extensions import db
from tracker.forms.closings import CloseForm, ReopenForm
from tracker.presentation import writer
from tracker.queries.closings import MonthState, month_states, open_before
from tracker.queries.users import list_users
from tracker.services import closings as services

bp = Blueprint("closings", __name__)


@bp.get("/closings")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every month up to this one: open or closed, by whom and when, and what is not explained."""
    return render_template("closings/index.html", states=_states(), names=_names(), moment=_moment)


@bp.get("/closings/close/<string:month>")
@requires("close_month")
def ask_close(month: str) -> ResponseReturnValue:
    """What stands in the way of closing a month, and the form that closes it."""
    _state(month)
    form = CloseForm()
    form.open_on()
    return _close_page(form, month)


@bp.post("/closings/close/<string:month>")
@requires("close_month")
def close(month: str) -> ResponseReturnValue:
    """Close a month."""
    _state(month)
    form = CloseForm()

    def write() -> str:
        closed = services.close_month(desk(), month=month, raw=form.raw(), confirmed=bool(form.confirm.data))
        flash(_("%(month)s is closed: nothing dated inside changes any more.", month=_long(closed)))
        return url_for("closings.index")

    return record(form, write, lambda: _close_page(form, month))


@bp.get("/closings/reopen/<string:month>")
@requires("reopen_month")
def ask_reopen(month: str) -> ResponseReturnValue:
    """What reopening a month allows, and the question why."""
    state, form = _state(month), ReopenForm()
    form.open_on(state.closing.version if state.closing else 0)
    return _reopen_page(form, month)


@bp.post("/closings/reopen/<string:month>")
@requires("reopen_month")
def reopen(month: str) -> ResponseReturnValue:
    """Open a closed month again."""
    _state(month)
    form = ReopenForm()

    def write() -> str:
        reason = form.raw()["reason"]
        month_ = services.reopen_month(desk(), month=month, version=form.opened_version, reason=reason)
        flash(_("%(month)s is open again. Close it once it is put right.", month=_long(month_)))
        return url_for("closings.index")

    return record(form, write, lambda: _reopen_page(form, month))


def _close_page(form: CloseForm, month: str) -> str:
    states, state = _states(), _state(month)
    in_the_way = [words for _column, words in messages(services.in_the_way(state))]
    earlier = open_before(states, state.month)
    return render_template(
        "closings/close.html", form=form, state=state, in_the_way=in_the_way, earlier=earlier
    )


def _reopen_page(form: ReopenForm, month: str) -> str:
    return render_template(
        "closings/reopen.html", form=form, state=_state(month), names=_names(), moment=_moment
    )


def _states() -> list[MonthState]:
    return month_states(db.session(), programme().id, today())


def _state(month: str) -> MonthState:
    """A month of the programme that has begun; a page that is not there otherwise."""
    try:
        asked = parse_month(month)
    except Refused:
        abort(404)
    return next((one for one in _states() if one.month == asked), None) or abort(404)


def _names() -> dict[str, str]:
    """Names of who closed and reopened, by address."""
    return {login.email: login.name for login in list_users(db.session(), programme().id) if login.name}


def _moment(at_utc: datetime) -> datetime:
    """A moment where the programme is."""
    return at_utc.astimezone(ZoneInfo(programme().time_zone))


def _long(month: Month) -> str:
    return writer().month_long(month)
