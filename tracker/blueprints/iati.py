"""The programme under IATI 2.03: what is published, what is left out and why, and the file."""

import logging
from io import BytesIO

from flask import Blueprint, current_app, render_template, send_file
from flask.typing import ResponseReturnValue

from tracker.access import actor, now, programme, requires, today
from tracker.extensions import db
from tracker.queries.iati import load_to_publish
from tracker.reporting.iati import Publication, iati_bytes, publication, published_usd, summary
from tracker.wording.iati import left_out_words

bp = Blueprint("iati", __name__)
log = logging.getLogger("tracker")


@bp.get("/iati")
@requires("see_records")
def index() -> ResponseReturnValue:
    """What the file would hold today."""
    found = _publication()
    return render_template(
        "iati/index.html",
        found=found,
        lines=summary(found),
        usd=published_usd(found),
        left_out=[left_out_words(kind, count) for kind, count in found.left_out().items()],
    )


@bp.get("/iati.xml")
@requires("see_records")
def file() -> ResponseReturnValue:
    """The activity file, as of today."""
    found = _publication()
    content = BytesIO(iati_bytes(found))
    log.info("iati file by %r, entry %d", actor().name, found.to_publish.sequence)
    name = f"{programme().code}-iati-{today().isoformat()}.xml"
    return send_file(content, mimetype="application/xml", as_attachment=True, download_name=name)


def _publication() -> Publication:
    source = load_to_publish(db.session(), programme().id, today(), now())
    return publication(source, current_app.config["TRACKER"].publisher)
