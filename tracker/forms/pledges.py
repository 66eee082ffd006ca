"""Forms of a pledge's life: signed, closed, given a schedule; and of any record that is voided."""

from wtforms import StringField, TextAreaField

from tracker.forms import RecordForm, ScheduleRows, _


class SignForm(RecordForm):
    """The day and the paper of an agreement."""

    columns = ("signed_on", "agreement_ref")

    signed_on = StringField(_("Signed on"), description=_("Year, month, day: 2026-02-20"))
    agreement_ref = StringField(_("Agreement reference"), description=_("As on the signed paper"))


class CloseForm(RecordForm):
    """The day from which the unpaid rest is no longer open, and why."""

    columns = ("closed_on", "reason")

    closed_on = StringField(_("Closed on"), description=_("From this day nothing of it is open any more"))
    reason = TextAreaField(_("Reason"), description=_("Kept with the pledge, as who decided it and why"))


class VoidForm(RecordForm):
    """Why a record was an error."""

    columns = ("reason",)

    reason = TextAreaField(_("Reason"), description=_("Stays readable on the voided record"))


class ScheduleForm(ScheduleRows):
    """Rows by hand, or made: so many equal parts, or equal parts on given days."""

    columns = ("number", "first_due_on", "every_months", "days")

    number = StringField(_("How many"), description=_("From 1 to 60"))
    first_due_on = StringField(_("The first is due on"), description=_("Year, month, day: 2026-09-30"))
    every_months = StringField(_("Then every … months"), description=_("12 is once a year"))
    days = TextAreaField(_("Due on these days"), description=_("One date a line: 2026-09-30"))
