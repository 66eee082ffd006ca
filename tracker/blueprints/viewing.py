"""View as a donor: an officer sees exactly what a donor's own login sees, and changes nothing."""

import logging
from contextlib import suppress
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import Conflict

from tracker.access import ReadOnly, actor, programme, requires, visitor
from tracker.blueprints.coming_in import home
from tracker.blueprints.errors import page
from tracker.blueprints.posting import answer_of_this_form, record
from tracker.domain.entries import DonorEntry
from tracker.extensions import db
from tracker.forms.users import ActionForm
from tracker.queries.directory import donor_entries
from tracker.services import viewing

bp = Blueprint("viewing", __name__)
log = logging.getLogger("tracker")


@bp.app_context_processor
def banner() -> dict[str, Any]:
    """What every page says to somebody who views as a donor."""
    who = visitor()
    return {"viewed": who.login.viewed if who else None}


@bp.post("/donors/view/<key:code>")
@requires("view_as")
def start(code: str) -> ResponseReturnValue:
    """See what a donor sees, from now on and in this session alone."""
    donor, form = donor_entries(db.session(), programme().id).get(code) or abort(404), ActionForm()
    who, keyed, begun = visitor(), form.key is not None, False
    assert who is not None

    def write() -> str:
        nonlocal begun
        viewing.start(db.session(), actor=actor(), token=who.token, code=code)
        begun = True
        log.info("views as %r by %r", code, actor().name)
        return url_for("portal.index")

    answer = record(form, write, lambda: _ask(form, donor))
    sent_again = keyed and not begun  # after it was stopped: what it led to then is a donor's page
    return redirect(url_for("donors.show", code=code)) if sent_again else answer


def _ask(form: ActionForm, donor: DonorEntry) -> str:
    return render_template("viewing/ask.html", form=form, donor=donor)


@bp.post("/viewing/stop")
@requires("signed_in")
def stop() -> ResponseReturnValue:
    """See one's own view again. Somebody who views as nobody comes to where they begin."""
    who = visitor()
    assert who is not None
    code = viewing.stop(db.session(), actor=actor(), token=who.token)
    if code is None:
        return redirect(home(who.role))
    log.info("stops viewing as %r by %r", code, actor().name)
    flash(_("You see your own view again."))
    return redirect(url_for("donors.show", code=code))


@bp.before_app_request
def stop_with_the_session() -> None:
    """Signing out ends the view too, in the transaction that ends the session."""
    who = visitor() if request.endpoint == "auth.logout" and request.method == "POST" else None
    if who is not None and who.login.viewed is not None:
        viewing.stop(db.session(), actor=actor(), token=who.token)


@bp.app_errorhandler(ReadOnly)
def only_reads(_error: ReadOnly) -> ResponseReturnValue:
    """Nothing is sent while one views as a donor; a second click on the button that began it is no harm."""
    who = visitor()
    seen = who.login.views_as if who else None
    assert seen is not None
    if request.endpoint == "viewing.start":
        with suppress(Conflict):
            answer = answer_of_this_form()
            if answer is not None:
                return redirect(answer)
    log.info("refused 403 viewing as %r %s %s", seen.code, request.method, request.endpoint)
    words = _("You are viewing as %(donor)s, read-only: nothing was recorded.", donor=seen.name)
    return page(403, _("Stop viewing first"), words)
