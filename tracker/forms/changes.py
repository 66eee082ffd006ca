"""What changed: two states to hold against each other, or two states of knowledge of one day."""

from wtforms import StringField

from tracker.forms import _
from tracker.forms.statements import AskForm

_MOMENT = _("Day and time in UTC, as 2026-05-31T22:00; empty: all that is known now")


class StatesForm(AskForm):
    """Two days, and what is known of each."""

    from_ = StringField(_("From the position as of"), name="from")
    from_known = StringField(_("That as known at"), description=_MOMENT)
    to = StringField(_("To the position as of"))
    to_known = StringField(_("And that as known at"), description=_MOMENT)


class KnowledgeForm(AskForm):
    """One day, known at two moments."""

    day = StringField(_("Position as of"))
    then = StringField(_("As known at"), description=_MOMENT)
    now = StringField(_("And as known at"), description=_MOMENT)
