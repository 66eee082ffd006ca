"""The state of things, to hand over: a page that prints, and the same as CSV."""

import logging

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from tracker.access import actor, now, programme, requires, today
from tracker.extensions import db
from tracker.queries.directory import donor_entries
from tracker.queries.people import kept_of, possible_caretakers
from tracker.queries.position import position_of
from tracker.reporting.handover import NOBODY, Handover, handover, handover_csv
from tracker.reporting.records import instalment_state

bp = Blueprint("handover", __name__)
log = logging.getLogger("tracker")
MARK = "\ufeff"
"""Says UTF-8 to a spreadsheet that would guess otherwise."""


@bp.get("/handover")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Per donor what is open, promised, overdue, held, ending and noted; `?caretaker=` whose."""
    found, people = _book(), _people()
    return render_template(
        "handover/index.html",
        book=found,
        people=people,
        nobody=NOBODY,
        who=people.get(found.asked, ""),
        printed_at=now(),
        instalment_state=instalment_state,
    )


@bp.get("/handover.csv")
@requires("see_records")
def table() -> ResponseReturnValue:
    """The same, a line a donor."""
    answer = Response(MARK + "".join(handover_csv(_book())), mimetype="text/csv")
    name = f"{programme().code}-handover-{today().isoformat()}.csv"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    log.info("handover as csv by %r", actor().name)
    return answer


def _book() -> Handover:
    session, here = db.session(), programme().id
    asked = request.args.get("caretaker", "")
    asked = asked if asked == NOBODY or asked in _people() else ""
    book = position_of(session, here, today())
    return handover(book, donor_entries(session, here), kept_of(session, here), asked)


def _people() -> dict[str, str]:
    """Who may look after donors, and who does although their login is closed: e-mail → name."""
    session, here = db.session(), programme().id
    those_who_do = {one.email: one.name for one in kept_of(session, here).caretakers}
    return {**those_who_do, **dict(possible_caretakers(session, here))}
