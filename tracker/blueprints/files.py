"""Files in, and out again: as attachments only, with our media type, in a sandbox."""

import logging
from hashlib import sha256
from io import BytesIO

from flask import Blueprint, abort, flash, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import actor, programme, requires
from tracker.blueprints.people import offer_places
from tracker.blueprints.posting import desk, record
from tracker.domain.entries import DonorEntry
from tracker.extensions import db
from tracker.forms.people import NewFileForm
from tracker.importing.attachments import MAX_FILE_BYTES, MEDIA_TYPES
from tracker.queries.directory import donor_entries
from tracker.queries.people import FileRow, content_of, find_kept
from tracker.services.files import record_file

bp = Blueprint("files", __name__)
log = logging.getLogger("tracker")
HIGHEST = 2**63 - 1


@bp.get("/files/new/<key:code>")
@requires("record")
def new(code: str) -> ResponseReturnValue:
    """An empty form; with `?pledge=` or `?receipt=` for one of those."""
    form, donor = _form(code), _donor(code)
    form.fill({name: request.args.get(name, "") for name in ("pledge", "receipt")})
    form.kind.data = "bank_advice" if form.receipt.data else "agreement"
    form.open_on()
    return _page(form, donor)


@bp.post("/files/new/<key:code>")
@requires("record")
def create(code: str) -> ResponseReturnValue:
    """Keep a file, once its type is proven."""
    form, donor = _form(code), _donor(code)

    def write() -> str:
        name, content = _sent()
        kept = record_file(desk(), donor=code, raw=form.raw(), name=name, content=content)
        log.info("file %s kept by %r", kept.id, actor().name)
        flash(_("Kept: %(name)s.", name=kept.file_name))
        return _back(form, code)

    return record(form, write, lambda: _page(form, donor))


@bp.get(f"/files/<int(max={HIGHEST}):row_id>")
@requires("see_records")
def download(row_id: int) -> ResponseReturnValue:
    """A file, to be saved and not shown. One that is not what was kept any more is not given out."""
    row = find_kept(db.session(), programme().id, "files", row_id)
    if not isinstance(row, FileRow):
        abort(404)
    content = content_of(db.session(), row.id)
    if sha256(content).hexdigest() != row.sha256:
        raise RuntimeError(f"file {row.id} is not what was kept")
    g.sandboxed = True
    log.info("file %s by %r", row.id, actor().name)
    known = row.media_type if row.media_type in MEDIA_TYPES.values() else "application/octet-stream"
    return send_file(BytesIO(content), mimetype=known, as_attachment=True, download_name=row.file_name)


def _sent() -> tuple[str, bytes]:
    """The name and the bytes that came; one byte over the limit is enough to refuse."""
    sent = request.files.get("file")
    if sent is None:
        return "", b""
    sent.stream.seek(0)
    return sent.filename or "", sent.stream.read(MAX_FILE_BYTES + 1)


def _form(code: str) -> NewFileForm:
    form = NewFileForm()
    offer_places(form, code)
    return form


def _donor(code: str) -> DonorEntry:
    return donor_entries(db.session(), programme().id).get(code) or abort(404)


def _back(form: NewFileForm, code: str) -> str:
    if form.receipt.data:
        return url_for("receipts.show", reference=form.receipt.data, _anchor="files")
    if form.pledge.data:
        return url_for("pledges.show", reference=form.pledge.data, _anchor="files")
    return url_for("donors.show", code=code, _anchor="files")


def _page(form: NewFileForm, donor: DonorEntry) -> str:
    return render_template("files/form.html", form=form, donor=donor)
