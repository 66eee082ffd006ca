"""Forms of donors that are one: which, merging them with a reason, undoing that with a reason."""

from wtforms import HiddenField, TextAreaField

from tracker.forms import KeptSelect, RecordForm, _
from tracker.forms.statements import AskForm


class OtherForm(AskForm):
    """Which donor a donor is to become."""

    into = KeptSelect(_("The same donor as"))


class MergeForm(RecordForm):
    """Why two donors are one; `into_version` is that of the donor that stays."""

    columns = ("into", "reason")

    into = HiddenField()
    into_version = HiddenField()
    reason = TextAreaField(
        _("Reason"), description=_("How you know that they are one; stays readable on both")
    )

    def open_on_both(self, version: int, into: str, into_version: int) -> None:
        """A fresh key, and how both donors are looked at now."""
        self.open_on(version)
        self.into.data, self.into_version.data = into, str(into_version)

    @property
    def opened_into_version(self) -> int:
        """The version of the donor that stays; 0, which no donor has, where it says nothing sensible."""
        text = self.into_version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class UndoForm(RecordForm):
    """Why two donors are two after all."""

    columns = ("reason",)

    reason = TextAreaField(_("Reason"), description=_("Stays readable beside the merge"))
