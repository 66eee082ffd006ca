"""The record that an address names: as it stands, or as it stood when it was voided."""

from flask import abort, render_template
from flask_babel import gettext as _

from tracker.access import programme, today
from tracker.blueprints.histories import as_it_stood, history
from tracker.domain.entries import Entry
from tracker.domain.register import Kind, Register
from tracker.extensions import db
from tracker.forms import RecordForm
from tracker.queries.register import load_register
from tracker.queries.stamps import stamp_of, stamp_of_voided


def register() -> Register:
    """What is on record."""
    return load_register(db.session(), programme().id, today())


def standing(kind: Kind, key: str) -> Entry:
    """The live record with this key; a page that says so where there is none."""
    entry = register().find(kind, key)
    return entry if entry is not None else abort(404)


def open_form(form: RecordForm, kind: Kind, key: str) -> None:
    """Open a form on the version that the record has now."""
    stamp = stamp_of(db.session(), programme().id, kind, key)
    form.open_on(stamp.version if stamp else 0)


def voided_page(kind: Kind, key: str) -> str:
    """A voided record, readable: when, why and by whom it was voided, what it said, its history."""
    stamp = stamp_of_voided(db.session(), programme().id, kind, key)
    if stamp is None:
        abort(404)
    steps = history(stamp)
    lines = as_it_stood(stamp)
    reason = next((line.new for line in lines if line.label == _("Reason")), "")
    voided = next(step for step in steps if step.void and not step.about)
    page = {"kind": kind, "key": key, "lines": lines, "reason": reason, "step": voided, "history": steps}
    return render_template("voiding/voided.html", **page)
