"""The budget: every version, its published and its computed columns side by side."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.domain.budget import version_in_force
from tracker.domain.months import month_of
from tracker.domain.vocabulary import Basis
from tracker.extensions import db
from tracker.queries.programmes import load_programme, load_versions
from tracker.reporting.budgets import budget_view

bp = Blueprint("budget", __name__)


@bp.get("/budget")
@requires("see_position")
def index() -> ResponseReturnValue:
    """All versions, the newest first."""
    session, here = db.session(), programme().id
    seen, versions = load_programme(session, here), load_versions(session, here)
    views = [budget_view(seen, version) for version in reversed(versions)]
    month = max(seen.first_month, min(month_of(today()), seen.last_month))
    now = version_in_force(versions, month, today()).number
    return render_template("budget/index.html", seen=seen, views=views, now=now, basis_words=basis_words())


def basis_words() -> dict[Basis, str]:
    """What a version counts by, in words."""
    return {"shares": _("by its published shares"), "amounts": _("by its published amounts")}
