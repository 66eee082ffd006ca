"""Forms of a receipt's life: its hold assigned, money of it given back."""

from wtforms import StringField, TextAreaField

from tracker.forms import KeptRadio, KeptSelect, RecordForm, _


class AssignForm(RecordForm):
    """Whose money it is, what it pays, and what it may serve."""

    columns = ("donor", "pledge", "earmark")

    donor = KeptSelect(_("Who paid"))
    pledge = KeptRadio(_("What it pays"))
    earmark = StringField(
        _("Earmark"),
        description=_("Empty: as its pledge, else core. Else core, O2, O1:60 O2:40, PS, targeted:a name"),
    )


class RefundForm(RecordForm):
    """A row of `refunds.csv`; its receipt is that of the page."""

    columns = ("reference", "refunded_on", "amount", "usd_amount", "ledger_ref", "notes")

    reference = StringField(_("Reference"), description=_("Free to take"))
    refunded_on = StringField(_("Given back on"), description=_("Day the bank paid it out: 2026-06-20"))
    amount = StringField(_("Amount given back"), description=_("Cents after a dot, no separators: 500.00"))
    usd_amount = StringField(_("Debited, USD"), description=_("Only if the bank says so; else its share"))
    ledger_ref = StringField(_("Ledger reference"))
    notes = TextAreaField(_("Notes"), description=_("For the Secretariat; no paper shows them"))
