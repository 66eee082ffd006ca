"""Forms: fields named as FORMATS' columns, texts as typed. They check nothing.

What a text means is `domain.reading`'s to say: `raw()` hands the texts over, and `show` puts what came
back beside the fields. Nothing typed is lost on the way.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import Choice, SelectChoice  # type: ignore[attr-defined]

Choices = Sequence[tuple[str, str]]
Texts = dict[str, str]


def _(text: str, **values: object) -> Any:
    """A text in the language of who reads it, found when it is read."""
    return lazy_gettext(text, **values)


YES_NO: Choices = (("yes", _("Yes")), ("no", _("No")))
MAX_ROWS = 60
FIRST_ROWS = 4
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_VERSION = re.compile(r"[0-9]{1,9}", re.ASCII)


class KeptSelect(SelectField):
    """A choice that keeps what was sent, even where it is not on the list: the rules refuse it by name."""

    def __init__(self, *args: Any, pairs: Choices = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.type = "SelectField"  # templates dress it as one
        self.offer(pairs)

    def offer(self, pairs: Choices) -> None:
        """What there is to choose from: (value, label)."""
        self.choices = [SelectChoice(value, label) for value, label in pairs]
        self.offered = {value for value, _label in pairs}

    def iter_choices(self) -> Any:
        """The choices, and what was sent."""
        kept = self.data and self.data not in self.offered
        return [*super().iter_choices(), *([Choice(self.data, self.data, True, {})] if kept else [])]


class KeptRadio(RadioField, KeptSelect):
    """The same, one button a choice."""


class SignInForm(FlaskForm):
    """Who, and the proof."""

    email = StringField(_("E-mail"))
    password = PasswordField(_("Password"))
    next = HiddenField()


class PasswordForm(FlaskForm):
    """A new password, from a one-time link."""

    password = PasswordField(_("New password"))


class SignOutForm(FlaskForm):
    """Nothing but the proof that it comes from our page."""


class RecordForm(FlaskForm):
    """What every form that records has: a one-time key, the version it was opened on, a confirming tick."""

    columns: ClassVar[tuple[str, ...]] = ()

    form_key = HiddenField()
    version = HiddenField()
    confirm = BooleanField(_("It is meant so. Record it all the same"))

    def raw(self) -> Texts:
        """Texts by column, without blanks around them, as the rules read them."""
        return {name: (self[name].data or "").strip() for name in self.columns}

    def fill(self, texts: Texts) -> None:
        """Start from a record, or from what is known of a new one."""
        for name, text in texts.items():
            if name in self:
                self[name].data = text

    def open_on(self, version: int = 0) -> None:
        """A fresh one-time key; the version that an edit starts from."""
        self.form_key.data, self.version.data = secrets.token_hex(16), str(version)

    @property
    def key(self) -> str | None:
        """The one-time key, where there is a proper one."""
        key = self.form_key.data or ""
        return key if _KEY.fullmatch(key) else None

    @property
    def opened_version(self) -> int:
        """The version the form was opened on; 0, which no record has, where it says nothing sensible."""
        text = self.version.data or ""
        return int(text) if _VERSION.fullmatch(text) else 0

    def show(self, messages: Iterable[tuple[str, str]]) -> None:
        """Put messages beside their fields (column, sentence); those of no field on top of the form."""
        for column, message in messages:
            field = self._field(column)
            if field is None:
                self.form_errors.append(message)
            else:
                field.errors = [*field.errors, message]

    def ask(self, questions: Iterable[str]) -> None:
        """Questions: the tick appears, and a tick of before does not answer them."""
        self.confirm.errors = list(questions)

    @property
    def asks(self) -> bool:
        """Whether the tick has to be shown."""
        return bool(self.confirm.errors or self.confirm.data)

    def _field(self, column: str) -> Field | None:
        found: Field | None = self._fields.get(column)
        return found


class DonorForm(RecordForm):
    """A row of `donors.csv`."""

    columns = ("code", "name", "kind", "country", "iati_ref", "email", "aliases", "anonymous")

    code = StringField(_("Code"), description=_("Short and lasting, as in references: FR"))
    name = StringField(_("Name"))
    kind = KeptSelect(_("Kind"), default="government")
    country = KeptSelect(_("Country"), description=_("Where it has one"))
    iati_ref = StringField(_("IATI organisation reference"), description=_("As FR-6, where it has one"))
    email = StringField(_("E-mail of the focal point"))
    aliases = StringField(_("Other names"), description=_("Between semicolons; search and imports know them"))
    anonymous = KeptSelect(
        _("Anonymous"),
        pairs=YES_NO,
        default="no",
        description=_("Neither name nor code leaves the Secretariat"),
    )


class TermsForm(RecordForm):
    """What a pledge and a receipt have in common."""

    reference = StringField(_("Reference"))
    donor = KeptSelect(_("Donor"))
    currency = KeptSelect(_("Currency"), default="USD")
    amount = StringField(_("Amount"), description=_("Cents after a dot, no separators: 55342.60"))
    earmark = StringField(
        _("Earmark"), description=_("core, O2, O1:60 O2:40, PS, targeted:a name, or hold. Empty: core")
    )
    covers_from = StringField(_("Covers from"), description=_("Year and month, 2026-04"))
    covers_until = StringField(_("Covers until"), description=_("Year and month. Empty: the programme’s end"))
    notes = TextAreaField(_("Notes"), description=_("For the Secretariat; no paper shows them"))


class ScheduleRows(RecordForm):
    """Rows of a schedule: `instalments-0-due_on`, `instalments-0-amount` …"""

    rows: ClassVar[int] = 0
    schedule_errors: Sequence[str] = ()

    def instalment(self, at: int) -> tuple[Field, Field]:
        """The two fields of one row."""
        return self[f"instalments-{at}-due_on"], self[f"instalments-{at}-amount"]

    def schedule(self) -> list[Texts]:
        """The rows that say something, as the rules read them."""
        return [self._row(at) for at in self._said()]

    def fill_schedule(self, rows: Iterable[Texts]) -> None:
        """Start from a record's schedule."""
        for at, row in enumerate(rows):
            due_on, amount = self.instalment(at)
            due_on.data, amount.data = row["due_on"], row["amount"]

    def show(self, messages: Iterable[tuple[str, str]]) -> None:
        """As any form; a message of the whole schedule stands over its rows too."""
        told = list(messages)
        self.schedule_errors = [message for column, message in told if column == "schedule"]
        super().show(told)

    def _row(self, at: int) -> Texts:
        due_on, amount = self.instalment(at)
        return {"due_on": (due_on.data or "").strip(), "amount": (amount.data or "").strip()}

    def _said(self) -> list[int]:
        return [at for at in range(self.rows) if any(self._row(at).values())]

    def _field(self, column: str) -> Field | None:
        """Rows left empty are not counted by who reads them: the third said row may be the fifth shown."""
        if column.startswith("instalments-"):
            _start, at, name = column.split("-")
            column = f"instalments-{self._said()[int(at)]}-{name}"
        return super()._field(column)


S = TypeVar("S", bound=ScheduleRows)


class PledgeForm(ScheduleRows, TermsForm):
    """A row of `pledges.csv`, and rows of a schedule: `instalments-0-due_on`, `instalments-0-amount` …"""

    columns = (
        *("reference", "donor", "currency", "amount", "pledged_on", "signed_on", "closed_on", "earmark"),
        *("psc", "covers_from", "covers_until", "agreement_ref", "notes"),
    )

    pledged_on = StringField(_("Pledged on"), description=_("Year, month, day: 2026-02-01"))
    signed_on = StringField(_("Signed on"), description=_("Empty: not yet signed"))
    closed_on = StringField(_("Closed on"), description=_("From this day nothing of it is open any more"))
    psc = KeptSelect(
        _("Programme support"),
        pairs=YES_NO,
        default="yes",
        description=_("No: the agreement waives it, for named outcomes only"),
    )
    agreement_ref = StringField(_("Agreement reference"))


def pledge_form(rows: int = FIRST_ROWS) -> PledgeForm:
    """A pledge's form with a number of rows for instalments."""
    return with_rows(PledgeForm, rows)


def with_rows(kind: type[S], rows: int) -> S:
    """A form of a kind, with a number of rows for instalments."""
    rows = max(1, min(rows, MAX_ROWS))
    fields: dict[str, Any] = {"rows": rows}
    for at in range(rows):
        fields[f"instalments-{at}-due_on"] = StringField(_("Instalment %(n)s, due on", n=at + 1))
        fields[f"instalments-{at}-amount"] = StringField(_("Instalment %(n)s, amount", n=at + 1))
    form: S = type(f"{kind.__name__}OfRows", (kind,), fields)()
    return form


class ReceiptForm(TermsForm):
    """A row of `receipts.csv`."""

    columns = (
        *("reference", "donor", "pledge", "received_on", "currency", "amount", "usd_amount", "earmark"),
        *("split", "covers_from", "covers_until", "ledger_ref", "notes"),
    )

    pledge = KeptRadio(_("What it pays"))
    received_on = StringField(_("Value date"), description=_("Day the bank credited it: 2026-03-20"))
    usd_amount = StringField(_("Credited, USD"), description=_("Only if the bank says so; else by the rate"))
    split = StringField(
        _("Exact split, USD"), description=_("O1:100.00 PS:13.00, adding up to the receipt’s USD")
    )
    ledger_ref = StringField(_("Ledger reference"), description=_("As on the bank list, if there is one"))
