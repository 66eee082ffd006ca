"""Forms of the import: the file, and what becomes of it."""

from wtforms import FileField, HiddenField, StringField

from tracker.forms import RecordForm, _


class UploadForm(RecordForm):
    """The file itself."""

    columns = ()

    file = FileField(_("File"), description=_("CSV, XLSX or IATI XML of at most 30 MB"))


class ImportForm(RecordForm):
    """To record what was shown, or to drop it. `seen` says what was shown, as a digest."""

    columns = ()

    seen = HiddenField()


class EarmarkForm(RecordForm):
    """What all money of an IATI file is for."""

    columns = ("earmark",)

    earmark = StringField(
        _("Earmark for all of them"),
        description=_("core, O2, O1:60 O2:40, PS, targeted:a name, or hold. Empty: core"),
    )
