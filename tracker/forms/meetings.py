"""Forms of meetings and their papers. As all forms they check nothing: `domain.meetings` reads them."""

from wtforms import HiddenField, StringField, TextAreaField

from tracker.forms import RecordForm, _


class MeetingForm(RecordForm):
    """A meeting of the Global Coordinating Group."""

    columns = ("number", "held_on", "place", "agenda")

    number = StringField(_("Number"), description=_("The meeting’s own: 22"))
    held_on = StringField(_("Day"), description=_("Year, month, day: 2026-07-14"))
    place = StringField(_("Place"), description=_("Geneva, or online"))
    agenda = TextAreaField(_("Agenda note"), description=_("The GCG reads it"))


class DraftForm(RecordForm):
    """What the draft of a paper speaks for."""

    columns = ("as_of", "known_at")

    as_of = StringField(
        _("As of"), description=_("2026-06-30. Empty: the end of the last month that is over")
    )
    known_at = StringField(
        _("Known at"), description=_("2026-07-10T16:00:00Z. Empty: all that is recorded when it is frozen")
    )


class FreezeForm(RecordForm):
    """Freeze the paper; `corrects` is the number of the one that it corrects, else empty."""

    columns = ("corrects", "reason")

    corrects = HiddenField(_("Corrects"))
    reason = TextAreaField(_("Why it is corrected"), description=_("It stands on the new paper"))


class DecisionsForm(RecordForm):
    """What the meeting decided."""

    columns = ("decisions",)

    decisions = TextAreaField(_("Decisions"), description=_("The GCG reads them beside the paper"))
