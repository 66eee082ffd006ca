"""Health, for whatever watches the server: one plain word, open to anybody, noted nowhere."""

import logging

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from tracker.access import requires
from tracker.extensions import db
from tracker.queries.health import is_current

bp = Blueprint("health", __name__)
log = logging.getLogger("tracker")


@bp.get("/healthz")
@requires("anyone")
def index() -> ResponseReturnValue:
    """`ok`; or 503 with `database`, where it does not answer, or `revision`, where it is not up to date."""
    try:
        word = "ok" if is_current(db.session()) else "revision"
    except SQLAlchemyError as error:
        db.session.rollback()
        log.error("health: %r", type(error).__name__)
        word = "database"
    return Response(f"{word}\n", 200 if word == "ok" else 503, mimetype="text/plain")
