"""One way to record a form: once, checked by the rules, and with everything that was typed kept.

A form carries a one-time key. The same key with the same body leads to the first answer; with another
body it is refused. An answer from 400 on rolls the request back (`access.requires`).
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import actor, programme, today
from tracker.domain.entries import Entry
from tracker.domain.problems import Problem, Refused
from tracker.extensions import db
from tracker.forms import RecordForm
from tracker.services import form_keys
from tracker.services.records import Desk, Questioned, Stale
from tracker.wording import problem_text

UNPROCESSABLE = 422


def desk() -> Desk:
    """Where this request writes."""
    return Desk(db.session(), actor(), programme().id, today())


def messages(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    """Problems as a form shows them: column and sentence."""
    return [(problem.column, problem_text(problem)) for problem in problems]


def record(
    form: RecordForm,
    write: Callable[[], str],
    page: Callable[[], str],
    changed: Callable[[Entry], str] | None = None,
) -> ResponseReturnValue:
    """Record a form once: `write` does it and says where to go; `page` shows the form with its messages.

    `changed` shows an edit of something that has changed meanwhile beside how it stands now.
    """
    if form.key is None:
        form.open_on(form.opened_version)
        form.show([("", _("This form had no one-time key. Check it, and send it again."))])
        return page(), 400
    answer = answer_of_this_form(form.key)
    if answer is not None:
        return redirect(answer)
    try:
        answer = write()
    except Refused as refused:
        form.show(messages(refused.problems))
        return page(), UNPROCESSABLE
    except Questioned as asked:
        form.ask(problem_text(question) for question in asked.questions)
        return page(), UNPROCESSABLE
    except Stale as stale:
        assert changed is not None
        return changed(stale.entry), 409
    where = {"actor": actor(), "programme_id": programme().id}
    form_keys.keep(db.session(), key=form.key, body=_body(), answer=answer, **where)  # type: ignore[arg-type]
    return redirect(answer)


def answer_of_this_form(key: str | None = None) -> str | None:
    """Where the form of this request led to when it was recorded before; 409 where it said something else."""
    key = key if key is not None else request.form.get("form_key")
    if not key or "\0" in key:
        return None
    try:
        return form_keys.answer_of(db.session(), programme_id=programme().id, key=key, body=_body())
    except form_keys.KeyReused:
        abort(409)


def _body() -> str:
    """What was said to which address, as one hash; the CSRF token is not part of what was said."""
    said = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    return form_keys.body_hash([("", request.path), *said, *_files()])


def _files() -> Iterator[tuple[str, str]]:
    """Files are part of what was said: by name and hash. They are left as if unread."""
    for name, file in request.files.items(multi=True):
        digest = sha256()
        file.stream.seek(0)
        while piece := file.stream.read(1 << 20):
            digest.update(piece)
        file.stream.seek(0)
        yield f"file {name}", f"{file.filename} {digest.hexdigest()}"
