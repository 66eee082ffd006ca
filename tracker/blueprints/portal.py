"""A contributor's own page. Whose it is comes from the login, never from the request."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from tracker.access import programme, requires, today, visitor
from tracker.extensions import db
from tracker.queries.covering import coverage, of_donor
from tracker.queries.directory import contributors, donor_entries
from tracker.queries.position import position_of
from tracker.reporting.records import earmark_words, instalment_state

bp = Blueprint("portal", __name__)


@bp.get("/own")
@requires("see_own")
def index() -> ResponseReturnValue:
    """Own pledges, instalments, receipts and refunds, and the outcomes and months they cover."""
    who = visitor()
    assert who is not None
    code = who.login.donor or ""
    donor = donor_entries(db.session(), programme().id).get(code)
    if donor is None:
        abort(404)
    book = position_of(db.session(), programme().id, today())
    return render_template(
        "portal/index.html",
        donor=donor,
        row=contributors(book, {code: donor})[0],
        seen=book.programme,
        as_of=book.as_of,
        pledges=[state for state in book.pledges.values() if state.pledge.donor == code],
        receipts=[net for net in book.receipts.values() if net.receipt.donor == code],
        received=coverage(book, of_donor(code, "received")),
        instalment_state=instalment_state,
        earmark_words=earmark_words,
    )
