"""Forms of the bank lists: what to read, which column means what, and what a line is."""

from wtforms import FileField, HiddenField, StringField, TextAreaField

from tracker.forms import KeptSelect, RecordForm, _


class SourceForm(RecordForm):
    """The list itself: a file, or a text."""

    columns = ("name", "text")

    name = StringField(_("Name of the list"), description=_("As you will look for it: March 2026, UBS USD"))
    file = FileField(_("File"), description=_("CSV or XLSX of at most 10 MB"))
    text = TextAreaField(
        _("Or paste the list"), description=_("With its headings, as copied from a spreadsheet")
    )


class ColumnsForm(RecordForm):
    """Which columns mean what. `rows` carries the list from step to step."""

    columns = (
        *("name", "header_row", "value_on", "amount", "currency", "constant", "payer", "details"),
        *("ledger_ref", "date_format", "number_format", "layout_name"),
    )

    rows = HiddenField()
    name = StringField(_("Name of the list"))
    header_row = StringField(_("Row of the headings"), description=_("As a spreadsheet numbers rows"))
    value_on = KeptSelect(_("Value date"))
    amount = KeptSelect(_("Amount credited"), description=_("Rows without it, or below zero, are left out"))
    currency = KeptSelect(_("Currency"), description=_("The column that says it, if there is one"))
    constant = KeptSelect(_("Or one currency for all rows"))
    payer = KeptSelect(_("Payer"))
    details = KeptSelect(_("Details"))
    ledger_ref = KeptSelect(_("Ledger reference"))
    date_format = KeptSelect(_("Dates are written"))
    number_format = KeptSelect(_("Amounts are written"))
    layout_name = StringField(
        _("Keep this choice as"), description=_("It is offered for the next list; a known name is replaced")
    )
    layout = KeptSelect(_("A choice of before"))


class LineForm(RecordForm):
    """What a line of a list is: a receipt on record, a new one, or none of ours."""

    columns = ("receipt", "donor", "pledge", "earmark", "reason")

    receipt = KeptSelect(_("Receipt on record"))
    donor = KeptSelect(_("Donor"))
    pledge = KeptSelect(_("What it pays"))
    earmark = StringField(
        _("Earmark"), description=_("core, O2, O1:60 O2:40, PS, targeted:a name, or hold. Empty: core")
    )
    reason = StringField(
        _("Reason"), description=_("One sentence: an internal transfer, a payment for somebody else")
    )
    seen = HiddenField()
