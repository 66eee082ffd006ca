"""Forms of the rates: one, a month of them, and a reason for voiding one."""

from wtforms import FileField, StringField, TextAreaField

from tracker.forms import KeptSelect, RecordForm, _


class RateForm(RecordForm):
    """A row of `rates.csv`."""

    columns = ("currency", "effective_on", "rate")

    currency = KeptSelect(
        _("Currency"), default="EUR", description=_("Any other than USD, which is always 1")
    )
    effective_on = StringField(
        _("In force from"), description=_("Year, month, day: 2026-03-01. Until the next rate follows")
    )
    rate = StringField(
        _("Units for one USD"), description=_("How much of the currency one US dollar buys: 0.9200")
    )


class MonthForm(RecordForm):
    """A month's rates: pasted, or in a file."""

    columns = ("effective_on", "text")

    effective_on = StringField(_("In force from"), description=_("For lines without a day of their own"))
    text = TextAreaField(
        _("Rates, one a line"),
        description=_("EUR 0.9180, or the columns currency, effective_on, rate with their header"),
    )
    file = FileField(
        _("Or a file"), description=_("CSV or XLSX with the columns currency, effective_on, rate")
    )


class ReasonForm(RecordForm):
    """Why a record is voided."""

    columns = ("reason",)

    reason = StringField(
        _("Reason"), description=_("One sentence; it stays readable beside the record for ever")
    )
