"""The form of a budget version: its terms, and a share and an amount for every outcome."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, ClassVar

from wtforms import Field, HiddenField, StringField, TextAreaField

from tracker.forms import KeptRadio, RecordForm, Texts, _


class RevisionForm(RecordForm):
    """A version as it is adopted: `share_O1`, `amount_O1` … for the programme's outcomes.

    `seen` is a digest of what was previewed: only that can be adopted.
    """

    columns: ClassVar[tuple[str, ...]] = ("effective_month", "adopted_on", "monthly_total", "basis", "reason")
    codes: ClassVar[tuple[str, ...]] = ()

    seen = HiddenField()
    effective_month = StringField(_("In effect from"), description=_("Year and month: 2027-01"))
    adopted_on = StringField(
        _("Adopted on"), description=_("Day of the decision, not after today: 2026-06-15")
    )
    monthly_total = StringField(_("Monthly total"), description=_("All outcomes together: 39143.00"))
    basis = KeptRadio(_("What counts"), default="shares")
    reason = TextAreaField(
        _("Reason"), description=_("Who decided, and why; it stays readable beside the version for ever")
    )

    def outcome(self, code: str) -> tuple[Field, Field]:
        """The share and the amount of one outcome."""
        return self[f"share_{code}"], self[f"amount_{code}"]

    @property
    def line_errors(self) -> list[str]:
        """What is wrong with shares and amounts, once each."""
        found = [message for code in self.codes for field in self.outcome(code) for message in field.errors]
        return list(dict.fromkeys(found))

    def digest(self) -> str:
        """What the form says, as one hash."""
        return said_digest(self.raw())


def said_digest(texts: Texts) -> str:
    """Texts as one hash."""
    return sha256(repr(sorted(texts.items())).encode()).hexdigest()


def revision_form(outcomes: Iterable[tuple[str, str]], bases: Iterable[tuple[str, str]]) -> RevisionForm:
    """A form for a programme's outcomes: (code, name)."""
    codes, fields = [], dict[str, Any]()
    for code, name in outcomes:
        codes.append(code)
        fields[f"share_{code}"] = StringField(_("%(outcome)s, share in percent", outcome=f"{code} {name}"))
        fields[f"amount_{code}"] = StringField(_("%(outcome)s, USD a month", outcome=f"{code} {name}"))
    fields["codes"] = tuple(codes)
    fields["columns"] = (*RevisionForm.columns, *(name for name in fields if name != "codes"))
    form: RevisionForm = type("RevisionOfOutcomes", (RevisionForm,), fields)()
    form.basis.offer(list(bases))
    return form
