"""All donors' papers as one zip, made a few at a time, with no work behind the page's back.

Each POST works for at most two seconds; a script sends them one after the other, or a button does.
"""

import logging
import time
from pathlib import Path
from typing import Final

from flask import (
    Blueprint,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import actor, now, own_session, programme, requires
from tracker.blueprints import periods
from tracker.blueprints.dressing import FORMS, bundle_dress, bundle_zip, no_pdf
from tracker.blueprints.issuing import index_page, letter_period
from tracker.blueprints.posting import UNPROCESSABLE, messages
from tracker.domain.problems import Refused
from tracker.domain.statement import Period
from tracker.extensions import db
from tracker.forms.statements import BundleForm, NextForm
from tracker.queries.issuing import donors_on_record
from tracker.queries.known import newest_known
from tracker.reporting.pdf import PdfUnavailable
from tracker.services import bundles
from tracker.services.bundles import Bundle, Plan

bp = Blueprint("bundles", __name__, url_prefix="/statements/bundles")
SECONDS: Final = 2.0
FRAGMENT: Final = "bundle"
"""What the script says in `X-Fragment`, to be answered with figures alone."""
log = logging.getLogger("tracker")


def folder() -> Path:
    """Where bundles are worked on."""
    return Path(current_app.instance_path) / "bundles"


@bp.post("")
@requires("see_records")
def begin() -> ResponseReturnValue:
    """Begin one: everybody who had pledged or paid by the period's end, from what is known now."""
    form = BundleForm()
    try:
        period = periods.period_of(form.from_.data or "", form.to.data or "")
    except Refused as refused:
        form.show(messages(refused.problems))
        return index_page(form), UNPROCESSABLE
    kind = "letters" if form.kind.data == "letters" else "statements"
    made = bundles.begin(folder(), plan(kind, form.format.data or "", period))
    log.info("bundle of %d %s begun by %r", made.total, kind, actor().name)
    return redirect(url_for(".show", token=made.token))


def plan(kind: str, form: str, period: Period) -> Plan:
    """What is to be made. A letter is a PDF and tells of the last day's year."""
    session, here = db.session(), programme().id
    known = newest_known(session, here, now())
    if kind == "letters":
        period = letter_period(period.last)
    forms = ("pdf",) if kind == "letters" else (form,) if form in FORMS else FORMS
    donors = donors_on_record(session, here, period.last, known)
    return Plan(kind, forms, period, known, donors, actor().name, now())


@bp.get("/<string:token>")
@requires("see_records")
def show(token: str) -> ResponseReturnValue:
    """How far it is."""
    return _page(_bundle(token))


@bp.post("/<string:token>/next")
@requires("see_records")
def proceed(token: str) -> ResponseReturnValue:
    """Make the next few. The write lock is let go first: nothing is recorded here."""
    bundle = _bundle(token)
    here, dress = programme().id, bundle_dress(bundle.plan)
    db.session.rollback()
    end = time.monotonic() + SECONDS
    try:
        with own_session() as session:
            for at in bundle.pending:
                bundle.make(session, here, at, dress)
                if time.monotonic() >= end:
                    break
    except PdfUnavailable as missing:
        if _by_script():
            return jsonify(error=str(missing)), 503
        return no_pdf(missing, url_for("issuing.index"))
    if _by_script():
        left = len(bundle.pending)
        return jsonify(
            done=bundle.total - left, total=bundle.total, words=_words(bundle.total - left, bundle)
        )
    return redirect(url_for(".show", token=token))


@bp.get("/<string:token>/all.zip")
@requires("see_records")
def fetch(token: str) -> ResponseReturnValue:
    """The zip, once everything is made."""
    bundle = _bundle(token)
    if bundle.pending:
        abort(404)
    if not bundle.zip_path.exists():
        bundles.write_whole(bundle.zip_path, bundle_zip(db.session(), programme().id, bundle))
    log.info("bundle of %d %s fetched by %r", bundle.total, bundle.plan.kind, actor().name)
    period = bundle.plan.period
    name = f"{programme().code}-{bundle.plan.kind}-{period.first}-{period.last}.zip"
    return send_file(bundle.zip_path, mimetype="application/zip", as_attachment=True, download_name=name)


def _bundle(token: str) -> Bundle:
    return bundles.find(folder(), token, actor().name) or abort(404)


def _by_script() -> bool:
    return request.headers.get("X-Fragment") == FRAGMENT


def _words(done: int, bundle: Bundle) -> str:
    return _("%(done)s of %(total)s are made", done=done, total=bundle.total)


def _page(bundle: Bundle) -> str:
    left = set(bundle.pending)
    page = {
        "bundle": bundle,
        "done": bundle.total - len(left),
        "words": _words(bundle.total - len(left), bundle),
        "ready": not left,
        "form": NextForm(),
        "fragment": FRAGMENT,
    }
    return render_template("statements/bundle.html", **page)
