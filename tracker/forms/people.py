"""Forms of people, notes and files. As all forms they check nothing: `domain.people` reads them."""

from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField

from tracker.forms import KeptSelect, RecordForm, _


class ContactForm(RecordForm):
    """A person at a donor."""

    columns = ("name", "role", "email", "phone", "language")

    name = StringField(_("Name"))
    role = StringField(_("Role"), description=_("As on their card: desk officer, treasury"))
    email = StringField(_("E-mail"))
    phone = StringField(_("Telephone"), description=_("With the country: +41 22 799 6111"))
    language = KeptSelect(_("Language"), description=_("The one to write in"))


class NoteForm(RecordForm):
    """Something to remember."""

    columns = ("dated_on", "pledge", "text")

    dated_on = StringField(_("Day"), description=_("When it was said or seen: 2026-03-20"))
    pledge = KeptSelect(_("About"), description=_("The donor as a whole, or one pledge"))
    text = TextAreaField(_("Note"), description=_("What whoever comes after you should know"))


class CaretakerForm(RecordForm):
    """Who looks after a donor or pledge."""

    columns = ("user", "pledge")

    user = KeptSelect(_("Who looks after it"), description=_("An active officer or administrator"))
    pledge = KeptSelect(_("What"), description=_("The donor as a whole, or one pledge"))


class FileForm(RecordForm):
    """What a file is, and what it belongs to."""

    columns = ("kind", "pledge", "receipt")

    kind = KeptSelect(_("What it is"), default="agreement")
    pledge = KeptSelect(_("Belongs to the pledge"), description=_("Where it belongs to one"))
    receipt = KeptSelect(_("Belongs to the receipt"), description=_("Where it belongs to one"))


class NewFileForm(FileForm):
    """The same, with the file itself."""

    file = FileField(_("File"), description=_("PDF, PNG, JPEG or DOCX, at most 10 MB"))


class VoidForm(RecordForm):
    """Why a record is voided."""

    columns = ("reason",)

    reason = StringField(_("Reason"), description=_("Stands in the history, with your name"))
