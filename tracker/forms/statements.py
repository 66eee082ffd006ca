"""Statements: the period asked for, issuing one, the day of a letter, all of them at once."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField

from tracker.forms import KeptSelect, RecordForm, _

NAMES = {"from": "from_"}
"""Columns whose field cannot have their name in Python."""


def _show(form: FlaskForm, messages: list[tuple[str, str]]) -> None:
    """Put messages (column, sentence) beside their fields."""
    for column, message in messages:
        field: Any = form[NAMES.get(column, column)]
        field.errors = [*field.errors, message]


class AskForm(FlaskForm):
    """What a page is asked for by its address. It records nothing, so it carries no token."""

    class Meta:
        """Read from the address alone."""

        csrf = False

    def show(self, messages: list[tuple[str, str]]) -> None:
        """Put messages beside their fields."""
        _show(self, messages)


class PeriodForm(AskForm):
    """Days from and to, both included."""

    from_ = StringField(_("From"), name="from")
    to = StringField(_("To"))


class DayForm(AskForm):
    """One day."""

    day = StringField(_("As at"))


class IssueForm(RecordForm):
    """Issue the statement of a period; `corrects` is the number of the one it corrects, else empty."""

    columns = ("from_", "to", "corrects", "reason")

    from_ = StringField(_("From"), name="from")
    to = StringField(_("To"))
    corrects = HiddenField(_("Corrects"))
    reason = TextAreaField(
        _("Why it is corrected"), description=_("The contributor reads this on the new statement")
    )

    def _field(self, column: str) -> Any:
        return super()._field(NAMES.get(column, column))


class BundleForm(FlaskForm):
    """All donors' papers at once."""

    kind = KeptSelect(
        _("What"), pairs=(("statements", _("Draft statements")), ("letters", _("Balance confirmations")))
    )
    format = KeptSelect(
        _("Files"), pairs=(("both", _("PDF and workbook")), ("pdf", _("PDF")), ("xlsx", _("Workbook")))
    )
    from_ = StringField(_("From"), name="from")
    to = StringField(_("To"))

    def show(self, messages: list[tuple[str, str]]) -> None:
        """Put messages beside their fields."""
        _show(self, messages)


class NextForm(FlaskForm):
    """Nothing but the proof that it comes from our page."""
