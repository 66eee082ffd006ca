"""The form that invites a contact: one button, and what its page was about."""

from wtforms import HiddenField

from tracker.forms import RecordForm


class InviteForm(RecordForm):
    """`version` is the contact's; `link` the newest link's row, so that nobody ends one they did not see."""

    link = HiddenField()

    @property
    def opened_link(self) -> int:
        """The newest link when the form was opened; -1, which none has, where it says nothing sensible."""
        text = self.link.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else -1
