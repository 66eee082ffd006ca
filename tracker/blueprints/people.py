"""Who the donor is, in people: contacts, notes, who looks after it. Files are amended and voided here too."""

from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tracker.access import programme, requires, today, visitor
from tracker.blueprints.posting import desk, record
from tracker.blueprints.stale import stale_page
from tracker.domain.entries import DonorEntry, Entry
from tracker.domain.people import LANGUAGES
from tracker.domain.vocabulary import FILE_KINDS
from tracker.extensions import db
from tracker.forms import RecordForm
from tracker.forms.people import CaretakerForm, ContactForm, FileForm, NoteForm, VoidForm
from tracker.presentation import writer
from tracker.queries import records
from tracker.queries.directory import donor_entries
from tracker.queries.people import (
    CaretakerRow,
    ContactRow,
    FileRow,
    Kept,
    NoteRow,
    PersonRow,
    What,
    find_kept,
    kept_of,
    possible_caretakers,
)
from tracker.services.people import amend as amend_kept
from tracker.services.people import record_caretaker, record_contact, record_note, void_kept

bp = Blueprint("people", __name__)
HIGHEST = 2**63 - 1
NEW = "/people/<any(contacts, notes, caretakers):what>/new/<key:code>"
EDIT = f"/people/<any(contacts, notes, caretakers, files):what>/edit/<int(max={HIGHEST}):row_id>"
VOID = f"/people/<any(contacts, notes, caretakers, files):what>/void/<int(max={HIGHEST}):row_id>"


@bp.app_context_processor
def shelf() -> dict[str, Any]:
    """What record pages include at their side: `kept_with(code)`, and the words it is shown in."""
    return {"kept_with": kept_with, "file_kinds": file_kinds, "language_name": language_name}


@bp.app_template_filter("day_here")
def day_here(moment: datetime) -> date:
    """A moment's calendar day where the programme is."""
    return moment.astimezone(ZoneInfo(programme().time_zone)).date()


@bp.app_template_filter("file_size")
def file_size(size_bytes: int) -> str:
    """`840 KB`, `2.4 MB`: rounded up, so that nothing is said to be of no size."""
    if size_bytes < 1_000_000:
        return f"{writer().whole(-(-size_bytes // 1000))} KB"
    return f"{writer().decimal(Fraction(size_bytes, 1_000_000), 1)} MB"


def kept_with(code: str, pledge: str | None = None, receipt: str | None = None) -> Kept:
    """What is kept of a donor; with a pledge or a receipt only what belongs to that."""
    kept = kept_of(db.session(), programme().id, code)
    if pledge is not None:
        notes = tuple(one for one in kept.notes if one.pledge == pledge)
        files = tuple(one for one in kept.files if one.pledge == pledge)
        return Kept(kept.contacts, notes, files, kept.caretakers)
    if receipt is not None:
        return Kept(files=tuple(one for one in kept.files if one.receipt == receipt))
    return kept


def file_kinds() -> dict[str, str]:
    """What a file is, in words."""
    words = (_("Signed agreement"), _("Bank advice"), _("Other"))
    return dict(zip(FILE_KINDS, words, strict=True))


def language_name(code: str) -> str:
    """A language by its name."""
    names = (get_locale() or Locale("en")).languages
    return str(names.get(code, code))


@bp.get(NEW)
@requires("record")
def new(what: What, code: str) -> ResponseReturnValue:
    """An empty form; with `?pledge=` about one pledge."""
    form = _form(what, code)
    form.fill({"pledge": request.args.get("pledge", ""), "dated_on": today().isoformat()})
    who = visitor()
    form.fill({"user": who.login.email if who else ""})
    form.open_on()
    return _page(what, form, _donor(code))


@bp.post(NEW)
@requires("record")
def create(what: What, code: str) -> ResponseReturnValue:
    """Record a contact, a note, or who looks after something."""
    form, donor = _form(what, code), _donor(code)

    def write() -> str:
        _record(what, code, form)
        flash(_recorded()[what])
        return _back(what, code, form.raw().get("pledge"))

    return record(form, write, lambda: _page(what, form, donor))


def _record(what: What, code: str, form: RecordForm) -> int:
    if what == "notes":
        return record_note(desk(), donor=code, raw=form.raw(), confirmed=bool(form.confirm.data))
    by_kind: dict[What, Callable[..., int]] = {"contacts": record_contact, "caretakers": record_caretaker}
    return by_kind[what](desk(), donor=code, raw=form.raw())


@bp.get(EDIT)
@requires("record")
def edit(what: What, row_id: int) -> ResponseReturnValue:
    """The form, as it stands."""
    row = _row(what, row_id)
    form = _form(what, row.donor)
    form.fill(texts_of(row))
    form.open_on(row.version)
    return _page(what, form, _donor(row.donor), row)


@bp.post(EDIT)
@requires("record")
def amend(what: What, row_id: int) -> ResponseReturnValue:
    """Change it, unless somebody else did meanwhile."""
    row = _row(what, row_id)
    form = _form(what, row.donor)

    def write() -> str:
        said: dict[str, Any] = {"raw": form.raw(), "confirmed": bool(form.confirm.data)}
        amend_kept(desk(), what, row_id=row_id, version=form.opened_version, **said)
        flash(_("Changed. The history keeps what it was before."))
        return _back(what, row.donor, form.raw().get("pledge"), getattr(row, "receipt", None))

    def changed(_entry: Entry) -> str:
        return stale_page(form, texts_of(row), url_for(".edit", what=what, row_id=row_id))

    return record(form, write, lambda: _page(what, form, _donor(row.donor), row), changed)


@bp.get(VOID)
@requires("record")
def ask_void(what: What, row_id: int) -> ResponseReturnValue:
    """What would be voided, and why."""
    row, form = _row(what, row_id), VoidForm()
    form.open_on(row.version)
    return _void_page(what, form, row)


@bp.post(VOID)
@requires("record")
def void(what: What, row_id: int) -> ResponseReturnValue:
    """Void it: no list shows it any more, the history does."""
    row, form = _row(what, row_id), VoidForm()

    def write() -> str:
        reason, version = form.raw()["reason"], form.opened_version
        void_kept(desk(), what, row_id=row_id, version=version, reason=reason)
        flash(_("Voided. It stands in the history, with your reason."))
        return _back(what, row.donor, getattr(row, "pledge", None), getattr(row, "receipt", None))

    def changed(_entry: Entry) -> str:
        form.version.data = str(row.version)
        form.show(
            [("", _("It was changed meanwhile. See below how it stands now, and void it if still meant."))]
        )
        return _void_page(what, form, row)

    return record(form, write, lambda: _void_page(what, form, row), changed)


def texts_of(row: PersonRow) -> dict[str, str]:
    """A row as its form shows it."""
    match row:
        case ContactRow():
            return {
                "name": row.name,
                "role": row.role,
                "email": row.email,
                "phone": row.phone,
                "language": row.language,
            }
        case NoteRow():
            return {"dated_on": row.dated_on.isoformat(), "text": row.text, "pledge": row.pledge or ""}
        case FileRow():
            return {"kind": row.kind, "pledge": row.pledge or "", "receipt": row.receipt or ""}
        case CaretakerRow():
            return {"user": row.email, "pledge": row.pledge or ""}


def _form(what: What, donor: str) -> RecordForm:
    match what:
        case "contacts":
            contact = ContactForm()
            languages = [(code, language_name(code)) for code in LANGUAGES]
            contact.language.offer([("", _("Not known")), *languages])
            return contact
        case "notes":
            note = NoteForm()
            note.pledge.offer(pledges_to_choose(donor, _("the donor as a whole")))
            return note
        case "files":
            return offer_places(FileForm(), donor)
        case _:
            caretaker = CaretakerForm()
            people = possible_caretakers(db.session(), programme().id)
            caretaker.user.offer([("", _("Choose somebody")), *((e, f"{n} ({e})") for e, n in people)])
            caretaker.pledge.offer(pledges_to_choose(donor, _("the donor as a whole")))
            return caretaker


def offer_places(form: FileForm, donor: str) -> FileForm:
    """Kinds of file, and the donor's pledges and receipts that one may belong to."""
    form.kind.offer(list(file_kinds().items()))
    form.pledge.offer(pledges_to_choose(donor, _("no pledge in particular")))
    own = [e.receipt for e in records.receipts(db.session(), programme().id) if e.receipt.donor == donor]
    own.sort(key=lambda r: (r.received_on, r.reference), reverse=True)
    form.receipt.offer([("", _("no receipt in particular")), *((r.reference, r.reference) for r in own)])
    return form


def pledges_to_choose(donor: str, none: str) -> list[tuple[str, str]]:
    """A donor's pledges, the latest first, after a line for none of them."""
    own = [e.pledge for e in records.pledges(db.session(), programme().id) if e.pledge.donor == donor]
    own.sort(key=lambda p: (p.pledged_on, p.reference), reverse=True)
    return [("", none), *((p.reference, p.reference) for p in own)]


def _recorded() -> dict[What, str]:
    return {
        "contacts": _("The contact is recorded."),
        "notes": _("The note is recorded, under your name."),
        "caretakers": _("Recorded who looks after it."),
    }


def _titles() -> dict[What, tuple[str, str, str]]:
    """Of a new one, of one that is amended, of one that is voided."""
    return {
        "contacts": (_("Add a contact"), _("Amend a contact"), _("Void a contact")),
        "notes": (_("Write a note"), _("Amend a note"), _("Void a note")),
        "caretakers": (
            _("Say who looks after it"),
            _("Change who looks after it"),
            _("Nobody looks after it any more"),
        ),
        "files": (_("Keep a file"), _("Amend what a file is"), _("Void a file")),
    }


def _row(what: What, row_id: int) -> PersonRow:
    return find_kept(db.session(), programme().id, what, row_id) or abort(404)


def _donor(code: str) -> DonorEntry:
    return donor_entries(db.session(), programme().id).get(code) or abort(404)


def _back(what: What, donor: str, pledge: str | None, receipt: str | None = None) -> str:
    """To the record that it belongs to, where the list of them stands."""
    if pledge:
        return url_for("pledges.show", reference=pledge, _anchor=what)
    if receipt:
        return url_for("receipts.show", reference=receipt, _anchor=what)
    return url_for("donors.show", code=donor, _anchor=what)


def _page(what: What, form: RecordForm, donor: DonorEntry, row: PersonRow | None = None) -> str:
    title = _titles()[what][1 if row else 0]
    back = _back(what, donor.code, getattr(row, "pledge", None), getattr(row, "receipt", None))
    return render_template(
        "people/form.html", what=what, form=form, donor=donor, row=row, title=title, back=back
    )


def _void_page(what: What, form: VoidForm, row: PersonRow) -> str:
    back = _back(what, row.donor, getattr(row, "pledge", None), getattr(row, "receipt", None))
    facts = _facts(row)
    page = {"title": _titles()[what][2], "facts": facts, "back": back, "donor": _donor(row.donor)}
    return render_template("people/void.html", form=form, **page)


def _facts(row: PersonRow) -> list[tuple[str, str]]:
    """How it stands, as label and value."""
    match row:
        case ContactRow():
            said = [(_("Name"), row.name), (_("Role"), row.role), (_("E-mail"), row.email)]
            return [(label, value) for label, value in said if value]
        case NoteRow():
            return [(_("Written by"), row.author), (_("Note"), row.text)]
        case FileRow():
            return [(_("File"), row.file_name), (_("What it is"), file_kinds()[row.kind])]
        case CaretakerRow():
            return [(_("Looks after it"), row.name), (_("What"), row.pledge or _("the donor as a whole"))]
