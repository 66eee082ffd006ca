"""Contributors, for the Global Coordinating Group: who gave and promised how much."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.access import requires, today
from tracker.blueprints.donors import kind_words
from tracker.blueprints.shown import shown_position
from tracker.reporting.contributors import shares, total

bp = Blueprint("contributors", __name__)


@bp.get("/contributors")
@requires("see_position")
def index() -> ResponseReturnValue:
    """Everybody with money on record; an anonymous donor is a number."""
    seen = shown_position(today())
    rows = shares(seen.book)
    return render_template(
        "contributors/index.html",
        book=seen.book,
        donors=seen.donors,
        rows=rows,
        total=total(rows),
        kinds=kind_words(),
    )
