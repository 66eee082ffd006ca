"""Files of other people's making: given, looked at, recorded all or nothing, or dropped."""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, flash, g, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import actor, programme, requires, today
from tracker.blueprints import column_choice as choice
from tracker.blueprints import import_reading as reading
from tracker.blueprints.import_preview import (
    LISTS,
    PAGE,
    Preview,
    rows_words,
    table_words,
    writes_words,
)
from tracker.blueprints.lists import listing
from tracker.blueprints.posting import desk, record
from tracker.blueprints.progress import ProgressFile, progress_of
from tracker.domain.problems import Refused
from tracker.extensions import db
from tracker.forms import RecordForm
from tracker.forms.imports import EarmarkForm, ImportForm, UploadForm
from tracker.importing.cells import Rows
from tracker.importing.mapping import check_map
from tracker.importing.measure import MAX_PACKED_BYTES
from tracker.presentation import sentence_list
from tracker.queries import uploads as queries
from tracker.queries.mappings import mappings
from tracker.queries.uploads import StoredUpload
from tracker.queries.users import list_users
from tracker.services import uploads as services
from tracker.services.uploads import PlanChanged, StaleUpload
from tracker.wording.left_out import left_out_words

bp = Blueprint("imports", __name__)
log = logging.getLogger("tracker")
CONFLICT = 409
UPLOAD = "<int(max=9223372036854775807):upload_id>"


@bp.get("/imports")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every file that was given: open ones first."""
    found = listing(
        queries.uploads(db.session(), programme().id),
        lambda one: (one.file_name, one.uploaded_by),
        state_words(),
        lambda one: one.state,
    )
    return render_template("imports/index.html", list=found, states=state_words(), names=_names())


@bp.get("/imports/new")
@requires("record")
def new() -> ResponseReturnValue:
    """Where a file is given."""
    form = UploadForm(formdata=None)
    form.open_on()
    return render_template("imports/new.html", form=form)


@bp.post("/imports/new")
@requires("record")
def keep() -> ResponseReturnValue:
    """Keep a file and go to what has to be said of it. With `Accept: application/json` it says where."""
    form = UploadForm()

    def write() -> str:
        name, content = _sent()
        upload_id = services.keep_upload(desk(), name=name, content=content)
        log.info("upload %s kept by %r", upload_id, actor().name)
        return _next_step(_found(upload_id))

    answer = record(form, write, lambda: render_template("imports/new.html", form=form))
    if "application/json" not in request.accept_mimetypes.values() or isinstance(answer, tuple):
        return answer
    return jsonify({"next": answer.headers["Location"]})  # type: ignore[union-attr]


def _sent() -> tuple[str, bytes]:
    """The name and the bytes that came; one byte over the limit is enough to refuse."""
    sent = request.files.get("file")
    if sent is None:
        return "", b""
    sent.stream.seek(0)
    return sent.filename or "", sent.stream.read(MAX_PACKED_BYTES + 1)


def _next_step(stored: StoredUpload) -> str:
    """Where a file that was just given leads: to its columns, its donors' names, or the preview.

    What cannot be read says so in the preview.
    """
    preview = url_for("imports.show", upload_id=stored.id)
    try:
        opened = reading.opened(stored)
        if _read_as_before(stored):
            stored = _found(stored.id)
            opened = reading.opened(stored)
        elif opened.kind == "table":
            if not _mapped_at_once(stored, opened.sheets):
                return url_for("import_columns.show", upload_id=stored.id)
            stored = _found(stored.id)
        said = services.said_in(stored, opened)
    except Refused:
        return preview
    asks = said is not None and reading.undecided(stored, said)
    return url_for("import_names.show", upload_id=stored.id) if asks else preview


def _read_as_before(stored: StoredUpload) -> bool:
    """Take the mapping that the very same file was recorded with; whether there was one."""
    before = next((one for one in _recorded(stored) if one.mapping), None)
    if before is None or (before.form == "xml") != (stored.form == "xml"):
        return False
    sheet, mapping = before.sheet, before.mapping
    services.choose(desk(), upload_id=stored.id, version=stored.version, sheet=sheet, mapping=mapping)
    return True


def _recorded(stored: StoredUpload) -> list[StoredUpload]:
    """Uploads of the very same content that were recorded, the newest first."""
    same = queries.same_uploads(db.session(), programme().id, stored)
    return [one for one in same if one.state == "recorded"]


def _mapped_at_once(stored: StoredUpload, sheets: Mapping[str, Rows]) -> bool:
    """Take the one saved mapping that fits, if its rows have references; whether there was one.

    Rows without references are known by the mapping's name: another period, read with the mapping of the
    first, would change what was recorded of that one.
    """
    fitting = choice.fitting(mappings(db.session(), programme().id), sheets)
    if len(fitting) != 1:
        return False
    ((kept, table_map),) = fitting
    title = choice.title_that_fits(table_map, sheets)
    assert title is not None
    if not table_map.columns.get("reference") or check_map(table_map, sheets[title]):
        return False
    services.choose(desk(), upload_id=stored.id, version=stored.version, sheet=title, mapping=kept.text)
    return True


@bp.get(f"/imports/{UPLOAD}")
@requires("see_records")
def show(upload_id: int) -> ResponseReturnValue:
    """A file: what recording it would do, or what became of it."""
    stored = _found(upload_id)
    if not stored.is_open:
        return _closed_page(stored)
    preview = _preview(stored)
    if preview.look.kind == "table" and preview.look.table_map is None and not preview.blocking:
        return redirect(url_for("import_columns.show", upload_id=upload_id))
    return _preview_page(preview, ImportForm(formdata=None))


@bp.get(f"/imports/{UPLOAD}/<any({','.join(LISTS)}):listed>")
@requires("see_records")
def found(upload_id: int, listed: str) -> ResponseReturnValue:
    """All problems, questions, changes or new records of an open file, some hundred a page."""
    stored = _found(upload_id)
    if not stored.is_open:
        return redirect(url_for(".show", upload_id=upload_id))
    preview = _preview(stored)
    rows: Sequence[Any] = getattr(preview, listed)
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    start = (page - 1) * PAGE
    return render_template(
        "imports/found.html",
        upload=stored,
        preview=preview,
        tables=table_words(),
        what=listed,
        rows=rows[start : start + PAGE],
        start=start,
        total=len(rows),
        page=page,
        pages=pages,
        size=PAGE,
    )


@bp.get(f"/imports/{UPLOAD}/progress")
@requires("see_records")
def progress(upload_id: int) -> ResponseReturnValue:
    """How far checking or recording has come."""
    return jsonify(progress_of(_found(upload_id).id))


@bp.get(f"/imports/{UPLOAD}/file")
@requires("see_records")
def download(upload_id: int) -> ResponseReturnValue:
    """The file as it came, to be saved and not shown. One that is not what was given is not given out."""
    stored = _found(upload_id)
    if stored.state == "dropped":
        abort(404)
    content = queries.content_of(db.session(), programme().id, upload_id)
    if sha256(content).hexdigest() != stored.sha256:
        raise RuntimeError(f"upload {upload_id} is not what was given")
    g.sandboxed = True
    log.info("upload %s by %r", upload_id, actor().name)
    return send_file(
        BytesIO(content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=stored.file_name,
    )


@bp.post(f"/imports/{UPLOAD}/record")
@requires("record")
def record_it(upload_id: int) -> ResponseReturnValue:
    """Record all of it, or nothing."""
    stored, form = _found(upload_id), ImportForm()

    def write() -> str:
        with ProgressFile(upload_id) as told:
            looked = services.record_upload(
                desk(),
                upload_id=upload_id,
                version=form.opened_version,
                seen=form.seen.data or "",
                progress=told,
            )
        assert looked.plan is not None
        flash(_("Recorded: %(what)s.", what=sentence_list(writes_words(looked.plan))))
        log.info("upload %s recorded by %r", upload_id, actor().name)
        return url_for(".show", upload_id=upload_id)

    return _act(stored, form, write)


@bp.post(f"/imports/{UPLOAD}/drop")
@requires("record")
def drop(upload_id: int) -> ResponseReturnValue:
    """Drop it: nothing of it is recorded, and its bytes go."""
    stored, form = _found(upload_id), ImportForm()

    def write() -> str:
        services.drop_upload(desk(), upload_id=upload_id, version=form.opened_version)
        flash(_("Dropped: %(name)s. Nothing of it was recorded.", name=stored.file_name))
        return url_for(".index")

    return _act(stored, form, write)


@bp.post(f"/imports/{UPLOAD}/earmark")
@requires("record")
def earmark(upload_id: int) -> ResponseReturnValue:
    """Say what all money of an IATI file is for."""
    stored, form = _found(upload_id), EarmarkForm()
    here = url_for(".show", upload_id=upload_id)
    if not stored.is_open or stored.form != "xml":
        return redirect(here)

    def write() -> str:
        said = form.earmark.data or ""
        services.choose_earmark(desk(), upload_id=upload_id, version=form.opened_version, earmark=said)
        return here

    try:
        return record(form, write, lambda: _preview_page(_preview(stored), ImportForm(formdata=None), form))
    except StaleUpload:
        flash(_("This import was changed meanwhile. It is shown as it stands now."), "warning")
        return redirect(here)


def _act(stored: StoredUpload, form: ImportForm, write: Callable[[], str]) -> ResponseReturnValue:
    """Record or drop; where something has changed meanwhile, how it stands now."""
    try:
        return record(form, write, lambda: _again(stored.id, form))
    except PlanChanged:
        words = _("Records have changed meanwhile, and this file would do something else now. Look again.")
    except StaleUpload:
        words = _("This file was changed or closed meanwhile. This is how it stands.")
    db.session.rollback()
    form.show([("", words)])
    return _again(stored.id, form), CONFLICT


def _again(upload_id: int, form: ImportForm) -> str:
    """The page as it stands now, with what was said of the form."""
    stored = _found(upload_id)
    if not stored.is_open:
        return _closed_page(stored, form)
    return _preview_page(_preview(stored), form)


def _preview(stored: StoredUpload) -> Preview:
    with ProgressFile(stored.id) as told:
        return Preview(stored, services.look(db.session(), programme().id, today(), stored, told))


def _preview_page(preview: Preview, form: ImportForm, earmarked: EarmarkForm | None = None) -> str:
    stored = preview.stored
    if earmarked is None:
        earmarked = EarmarkForm(formdata=None)
        earmarked.fill({"earmark": services.earmark_of(stored) or "core"})
    return render_template(
        "imports/show.html",
        upload=stored,
        preview=preview,
        form=form,
        earmarked=earmarked,
        as_before=any(one.mapping == stored.mapping != "" for one in _recorded(stored)),
        left_out=_left_out(preview),
        same=queries.same_uploads(db.session(), programme().id, stored),
        names=_names(),
        tables=table_words(),
        key=secrets.token_hex,
    )


def _left_out(preview: Preview) -> list[tuple[str, int, str]]:
    """Why rows were left out, how many, and which."""
    found: dict[str, list[int]] = {}
    for one in preview.look.foreign.left_out if preview.look.foreign else []:
        found.setdefault(left_out_words(one), []).append(one.row)
    listed = sorted(found.items(), key=lambda pair: -len(pair[1]))
    return [(words, len(rows), rows_words(rows)) for words, rows in listed]


def _closed_page(stored: StoredUpload, form: RecordForm | None = None) -> str:
    return render_template(
        "imports/closed.html", upload=stored, form=form, tables=table_words(), names=_names()
    )


def state_words() -> dict[str, str]:
    """What may have become of a file."""
    return {"open": _("Open"), "recorded": _("Recorded"), "dropped": _("Dropped")}


def _names() -> dict[str, str]:
    """Names of people, by e-mail."""
    return {login.email: login.name for login in list_users(db.session(), programme().id) if login.name}


def _found(upload_id: int) -> StoredUpload:
    return queries.upload(db.session(), programme().id, upload_id) or abort(404)
