"""The budget: every version, its published and its computed columns side by side."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.access import programme, requires, today
from tracker.domain.months import month_of
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
    return render_template("budget/index.html", seen=seen, views=views, month=month_of(today()))
