"""Mappings kept by name: what they say, edited as text, uploaded and downloaded, voided."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires
from tracker.blueprints.column_words import constant_words, field_words, kind_words, shape_words
from tracker.blueprints.posting import desk, record
from tracker.blueprints.stale import stale_page
from tracker.domain.problems import Problem, Refused
from tracker.extensions import db
from tracker.forms import RecordForm
from tracker.forms.mappings import MappingFileForm, MappingForm, VoidMappingForm
from tracker.importing.mapping import TableMap, parse_map
from tracker.queries import mappings as queries
from tracker.queries.mappings import StoredMapping
from tracker.reporting.bundles import safe_stem
from tracker.services import mappings as services
from tracker.wording import problem_text

bp = Blueprint("mappings", __name__)

CONFLICT = 409


@bp.get("/mappings")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every mapping: its name, its shape, when it was used, who changed it."""
    found = queries.mappings(db.session(), programme().id).values()
    return render_template(
        "mappings/index.html",
        mappings=[(one, _read(one)) for one in found],
        uses=queries.uses(db.session(), programme().id),
        shapes=shape_words(),
        moment=_moment,
    )


@bp.get("/mappings/<int:mapping_id>")
@requires("see_records")
def show(mapping_id: int) -> ResponseReturnValue:
    """One mapping: its text, and what it says in words."""
    form = VoidMappingForm(formdata=None)
    found = _found(mapping_id)
    form.open_on(found.version)
    return _page(found, form)


@bp.get("/mappings/<int:mapping_id>/file")
@requires("see_records")
def download(mapping_id: int) -> ResponseReturnValue:
    """A mapping as a file, to be kept elsewhere, or used by the command line."""
    found = _found(mapping_id)
    g.sandboxed = True
    name = f"{safe_stem(found.name)}.toml"
    content = BytesIO(found.text.encode())
    return send_file(content, mimetype="application/toml", as_attachment=True, download_name=name)


@bp.get("/mappings/new")
@requires("record")
def new() -> ResponseReturnValue:
    """Where a mapping is uploaded or pasted."""
    form = MappingFileForm()
    form.open_on()
    return render_template("mappings/new.html", form=form)


@bp.post("/mappings/new")
@requires("record")
def create() -> ResponseReturnValue:
    """Keep a mapping that came as a file or a text."""
    form = MappingFileForm()

    def write() -> str:
        text = _sent(form)
        name = (form.name.data or "").strip() or queries.name_in(text)
        id_ = services.keep_mapping(desk(), name=name, text=text)
        flash(_("Kept: %(name)s. It is offered for every file that has its columns.", name=name))
        return url_for("mappings.show", mapping_id=id_)

    return _record(form, write, lambda: render_template("mappings/new.html", form=form))


@bp.get("/mappings/<int:mapping_id>/edit")
@requires("record")
def edit(mapping_id: int) -> ResponseReturnValue:
    """A mapping's text, to be changed."""
    found, form = _found(mapping_id), MappingForm(formdata=None)
    form.fill({"text": found.text})
    form.open_on(found.version)
    return render_template("mappings/edit.html", form=form, one=found)


@bp.post("/mappings/<int:mapping_id>/edit")
@requires("record")
def amend(mapping_id: int) -> ResponseReturnValue:
    """Change a mapping's text."""
    found, form = _found(mapping_id), MappingForm()

    def write() -> str:
        # a browser sends every end of a line as two characters
        text = (form.text.data or "").replace("\r\n", "\n")
        services.change_mapping(desk(), mapping_id=mapping_id, version=form.opened_version, text=text)
        flash(_("Changed: %(name)s. Files imported before stay as they are.", name=found.name))
        return url_for("mappings.show", mapping_id=mapping_id)

    return _record(form, write, lambda: render_template("mappings/edit.html", form=form, one=found))


@bp.post("/mappings/<int:mapping_id>/void")
@requires("record")
def void(mapping_id: int) -> ResponseReturnValue:
    """Void a mapping that is of no use any more."""
    found, form = _found(mapping_id), VoidMappingForm()

    def write() -> str:
        reason = form.reason.data or ""
        services.void_mapping(desk(), mapping_id=mapping_id, version=form.opened_version, reason=reason)
        flash(_("Voided: %(name)s. It is offered no more; what was imported with it stays.", name=found.name))
        return url_for("mappings.index")

    return _record(form, write, lambda: _page(found, form))


def _record(form: RecordForm, write: Callable[[], str], page: Callable[[], str]) -> ResponseReturnValue:
    """Record a form of a mapping; one that has changed meanwhile is shown beside what was sent.

    What is wrong with a text names the key that it stands at.
    """

    def checked() -> str:
        try:
            return write()
        except Refused as refused:
            form.show(("text", _located(one)) for one in refused.problems if one.column not in form)
            raise Refused(tuple(one for one in refused.problems if one.column in form)) from None

    try:
        return record(form, checked, page)
    except services.StaleMapping as stale:
        texts = {"text": stale.current.text, "reason": ""}
        current = {name: texts[name] for name in form.columns}
        again = "mappings.edit" if "text" in form.columns else "mappings.show"
        return stale_page(form, current, url_for(again, mapping_id=stale.current.id)), CONFLICT


def _located(problem: Problem) -> str:
    """A problem of a mapping's text, with its key."""
    words = problem_text(problem)
    return f"{problem.column}: {words}" if problem.column else words


def _page(found: StoredMapping, form: VoidMappingForm) -> str:
    return render_template(
        "mappings/show.html",
        one=found,
        form=form,
        said=_read(found),
        use=queries.uses(db.session(), programme().id)[found.id],
        shapes=shape_words(),
        fields=field_words(),
        constants=constant_words(),
        kinds=kind_words(),
        moment=_moment,
    )


def _moment(when: datetime) -> datetime:
    """A moment in the programme's time zone."""
    return when.astimezone(ZoneInfo(programme().time_zone))


def _found(mapping_id: int) -> StoredMapping:
    return queries.mapping(db.session(), programme().id, mapping_id) or abort(404)


def _read(found: StoredMapping) -> TableMap | None:
    """What a mapping says; None where its text, kept before a field was renamed, is understood no more."""
    try:
        return parse_map(found.text)
    except Refused:
        return None


def _sent(form: MappingFileForm) -> str:
    """The text that came: of a file, or pasted. Raises `Refused` for neither, both, or what is no text."""
    sent = request.files.get("file")
    pasted = (form.text.data or "").replace("\r\n", "\n")
    if sent is None or not sent.filename:
        if not pasted.strip():
            raise Refused.of("mapping_not_given", "file")
        return pasted
    if pasted.strip():
        raise Refused.of("upload_twice", "file")
    sent.stream.seek(0)
    content = sent.stream.read(4 * services.MAX_TEXT + 1)
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Refused.of("not_utf8", "file") from None
