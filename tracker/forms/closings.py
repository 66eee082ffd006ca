"""Forms of a month: closing it with a note, reopening it with a reason."""

from wtforms import BooleanField, TextAreaField

from tracker.forms import RecordForm, Texts, _


class CloseForm(RecordForm):
    """What was checked; a tick where no bank list was loaded; a tick where earlier months are open."""

    columns = ("note",)

    note = TextAreaField(_("Note"), description=_("What the month was held against, and by whom"))
    unlisted = BooleanField(_("No bank list: I have checked the account by other means"))

    def raw(self) -> Texts:
        """The note, and `unlisted`: yes where it is ticked."""
        return {**super().raw(), "unlisted": "yes" if self.unlisted.data else ""}


class ReopenForm(RecordForm):
    """Why a closed month is opened again."""

    columns = ("reason",)

    reason = TextAreaField(
        _("Reason"), description=_("What has to be put right; it stays readable beside the month for ever")
    )
