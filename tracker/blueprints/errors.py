"""What is answered where something fails: a plain page with the request's number, nothing of the inside."""

import logging
import secrets
from contextlib import suppress

from flask import Flask, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, Conflict, HTTPException, InternalServerError

from tracker.access import programme, visitor
from tracker.blueprints.posting import answer_of_this_form
from tracker.domain.exchange import NoRate
from tracker.extensions import db
from tracker.wording import problem_text

log = logging.getLogger("tracker")
Page = tuple[str, int]


def init_app(app: Flask) -> None:
    """Bind the pages to what they answer."""
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(CSRFError, not_our_form)
    app.register_error_handler(UnicodeDecodeError, not_text)
    app.register_error_handler(NoRate, rate_missing)
    app.register_error_handler(IntegrityError, done_twice)
    app.register_error_handler(StaleDataError, done_twice)
    app.register_error_handler(OperationalError, out_of_reach)
    app.register_error_handler(DatabaseError, damaged)
    app.register_error_handler(Exception, broken)


def page(status: int, title: str, words: str) -> Page:
    """The error page. Nothing that the request began is kept."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    _forget()
    return render_template("errors.html", title=title, words=words, request_id=g.request_id), status


def _forget() -> None:
    """Roll back. Where even asking who this is fails, the page is one for nobody."""
    try:
        db.session.rollback()
        programme()
        visitor()
    except (SQLAlchemyError, LookupError):
        g._login_user = AnonymousUserMixin()


def refused(error: HTTPException) -> ResponseReturnValue:
    """A refusal by status; answers that are no error (a redirect) pass."""
    code = error.code or 500
    if code < 400:
        return error
    titles = {
        400: (_("The request cannot be read"), _("Go back, check what was entered, and send it again.")),
        403: (_("This page is not for your role"), _("Ask the programme’s Secretariat if you need it.")),
        404: (_("Nothing is kept at this address"), _("It may be written wrongly, or was never recorded.")),
        405: (_("This address does not take that"), _("Go back, and use the page’s own buttons and links.")),
        409: (_("This form was recorded before"), _("Nothing was recorded again. Open the form anew.")),
        413: (
            _("What was sent is too large"),
            _("Nothing was recorded. A file to import has at most 30 MB, one to keep 10 MB."),
        ),
        429: (_("Too many attempts"), _("Please try again in a while.")),
        503: (_("Not just now"), _("Nothing was changed. Please try again in a moment.")),
    }
    title, words = titles.get(code, titles[400] if code < 500 else _broken_words())
    described = error.response is None and error.description != type(error).description
    log.info("refused %s %s %s", code, request.method, request.endpoint)
    text = str(error.description) if described and error.description else words
    body, status = page(code, title, text)
    response = error.get_response()
    kept = {name: value for name, value in response.headers if name in ("Allow", "Retry-After")}
    return body, status, kept


def not_our_form(error: CSRFError) -> Page:
    """A form without this session's token."""
    log.info("refused 400 csrf %s", request.endpoint)
    words = _("Nothing was recorded. Your session may have ended: open the form again and send it.")
    return page(400, _("The form is not from this session"), words)


def not_text(_error: UnicodeDecodeError) -> ResponseReturnValue:
    """A form whose bytes are no text: the server reads it before any of our code does."""
    return refused(BadRequest())


def rate_missing(error: NoRate) -> Page:
    """An amount has to be converted and no rate is in force: which one, and what would help."""
    words = " ".join(problem_text(problem) for problem in error.problems)
    return page(409, _("A rate of exchange is missing"), words)


def done_twice(error: Exception) -> ResponseReturnValue:
    """Two writes met: this one was refused by the database. The same form sent twice leads to its answer."""
    log.info("refused 409 %s %s", type(error).__name__, request.endpoint)
    db.session.rollback()
    session.pop("_flashes", None)
    with suppress(Conflict):
        answer = answer_of_this_form()
        if answer is not None:
            return redirect(answer)
    words = _("Somebody recorded or changed the same just now; nothing of yours was. Open the page again.")
    return page(409, _("Somebody was quicker"), words)


def damaged(error: DatabaseError) -> ResponseReturnValue:
    """The database says that its own file is damaged. What it says of our queries is our fault."""
    return out_of_reach(error) if type(error) is DatabaseError else broken(error)


def out_of_reach(error: DatabaseError) -> ResponseReturnValue:
    """The database is busy, full, read-only or away. Nothing was changed."""
    log.error("database: %r", str(error.orig))
    body, status = page(503, _("The records cannot be reached just now"), _database_words(error))
    return body, status, {"Retry-After": "5"}


def _database_words(error: DBAPIError) -> str:
    detail = str(error.orig).lower()
    if "locked" in detail or "lock timeout" in detail:
        return _("Another write is under way. Nothing was changed; please try again.")
    if "readonly" in detail or "read-only" in detail:
        return _("The records may only be read just now. Nothing was changed.")
    if "malformed" in detail or "not a database" in detail:
        return _("The records are damaged: a backup has to be restored. Nothing was changed.")
    if "full" in detail:
        return _("The disk is full. Nothing was changed.")
    return _("Please send it again in a moment: the same form is recorded once, whatever became of it now.")


def _broken_words() -> tuple[str, str]:
    return _("Something went wrong on our side"), _("Nothing was changed. It has been noted.")


def broken(error: Exception) -> Page:
    """The program is wrong. The log says how; the page does not."""
    log.exception("failed %s %s %s", g.get("request_id", ""), request.method, request.endpoint)
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        error = error.original_exception  # type: ignore[assignment]
    return page(500, *_broken_words())
