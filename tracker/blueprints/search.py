"""The search box of the dark bar: donors, pledges and receipts by a few letters."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker.access import programme, requires
from tracker.blueprints.lists import LONGEST
from tracker.extensions import db
from tracker.queries.finding import find_donors, find_pledges, find_receipts

bp = Blueprint("search", __name__)


@bp.get("/search")
@requires("see_records")
def index() -> ResponseReturnValue:
    """`?q=` in names, codes, aliases and references; nothing where nothing is asked."""
    query = request.args.get("q", "").strip()[:LONGEST]
    if not query:
        return render_template("search/index.html", query="", donors=None, pledges=None, receipts=None)
    where = (db.session(), programme().id, query)
    found = {
        "donors": find_donors(*where),
        "pledges": find_pledges(*where),
        "receipts": find_receipts(*where),
    }
    return render_template("search/index.html", query=query, **found)
