"""A forgotten password: whoever asks is told the same, and only the owner of the address hears more.

Whether an address has a login is looked up after the answer, in a thread of its own: what the request
does, and how long it takes, is the same for every address.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tracker.access import actor, programme, requires
from tracker.blueprints.coming_in import settings
from tracker.blueprints.posting import UNPROCESSABLE
from tracker.blueprints.throttling import count, from_here
from tracker.config import Settings
from tracker.domain.permissions import Actor
from tracker.domain.problems import Problem
from tracker.extensions import begin_write, db
from tracker.forms.account import ForgottenForm
from tracker.mail import OUTBOX, Letter, deliver, mailable, message_of
from tracker.presentation import page_language
from tracker.queries.programmes import Programmes
from tracker.queries.users import normal_email
from tracker.services import users
from tracker.services.throttle import Gate
from tracker.wording import problem_text

bp = Blueprint("forgotten", __name__)
log = logging.getLogger("tracker")
THREAD: Final = "forgotten"
MINUTES: Final = users.ASKED_LINK_LIFE // timedelta(minutes=1)


@bp.get("/forgotten")
@requires("anyone")
def ask() -> ResponseReturnValue:
    """Whose password it is; without a mail server, whom to ask."""
    return _page(ForgottenForm())


@bp.post("/forgotten")
@requires("anyone")
def send() -> ResponseReturnValue:
    """The same answer for every address; a link goes to one that has a login with a password."""
    form = ForgottenForm()
    if settings().smtp is None:
        return _page(form)
    email = normal_email((form.email.data or "").replace("\0", ""))
    count([Gate("ask", email), from_here("ask_address")])
    if not mailable(email) or len(email) > 254:
        form.email.errors = [problem_text(Problem("not_an_email", "email", {"text": form.email.data or ""}))]
        return _page(form), UNPROCESSABLE
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    about = (actor(), programme(), email, str(get_locale() or "en"))
    later = Thread(target=_send, args=(app, *about), name=THREAD)
    g.setdefault("after_commit", []).append(later.start)
    return render_template("auth/forgotten_sent.html", email=email, minutes=MINUTES)


def _page(form: ForgottenForm) -> str:
    return render_template("auth/forgotten.html", form=form, by_mail=settings().smtp is not None)


def _send(app: Flask, asked: Actor, here: Programmes, email: str, language: str) -> None:
    """Make the link where the address has a login, keep it, then send it. What fails is in the log."""
    with app.test_request_context(base_url=app.config["TRACKER"].base_url), force_locale(language):
        try:
            found = _link(asked, here.id, email)
        except SQLAlchemyError as error:
            log.error("link not made: %s", type(error).__name__)
            return
        if found is not None:
            _deliver(app.config["TRACKER"], _letter(*found, email, here, asked.at_utc), asked.at_utc)


def _link(asked: Actor, programme_id: int, email: str) -> tuple[str, str] | None:
    with Session(db.engine) as apart:
        begin_write(apart)
        found = users.ask_link(apart, actor=asked, programme_id=programme_id, email=email)
        apart.commit()
    return found


def _deliver(settings: Settings, letter: Letter, at_utc: datetime) -> None:
    message = message_of(letter, sender=settings.mail_from, at_utc=at_utc)
    outbox = Path(settings.instance_path) / OUTBOX
    deliver(message, smtp=settings.smtp, outbox=outbox, at_utc=at_utc)


def _letter(token: str, name: str, email: str, here: Programmes, at_utc: datetime) -> Letter:
    """What the owner of the address is told: the link, how long it works, and what if they did not ask."""
    until = (at_utc + users.ASKED_LINK_LIFE).astimezone(ZoneInfo(here.time_zone))
    base = current_app.config["TRACKER"].base_url
    return Letter(
        to_name=name,
        to_address=email,
        reply_name="",
        reply_address="",
        subject=_("A new password for the funding tracker of the %(programme)s", programme=here.name),
        opening=(
            _("Dear %(name)s,", name=name or email),
            _("Somebody, most likely you, asked for a new password. Set it here:"),
        ),
        link=f"{base}{url_for('auth.password', token=token)}",
        closing=(
            _(
                "The link works once, until %(when)s (%(zone)s). Your old password works until then.",
                when=f"{until:%H:%M}",
                zone=here.time_zone,
            ),
            _("If it was not you, leave this message unanswered: nothing has changed."),
            here.name,
        ),
        language=page_language(),
    )
