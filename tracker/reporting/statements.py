"""A statement in words: its lines, and what moved the opening. Page, PDF and workbook all say this."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from flask_babel import gettext as _

from tracker.domain.received import Amounts
from tracker.domain.statement import Cause
from tracker.queries.statements import StatementReport
from tracker.reporting.sentences import Day, Sentence, say

Sign = Literal["", "+", "−", "±", "="]


@dataclass(frozen=True, slots=True)
class Line:
    """One line from the opening to the closing.

    `amounts` stand by the report's `columns`, above zero as stated; `sign` says whether they are added or
    taken away. A line `within` the closing is a part of it.
    """

    key: str
    sign: Sign
    words: Sentence
    amounts: Amounts
    within: bool = False

    @property
    def total(self) -> int:
        """All columns."""
        return sum(self.amounts)


def lines(report: StatementReport) -> tuple[Line, ...]:
    """From the opening to the closing, and what the closing consists of. Lines without movement stay."""
    moved, period = report.movement, report.period
    core = len(report.programme.codes)
    beside = moved.beside
    found = [
        Line(
            "opening",
            "",
            say(_("Opening, %(day)s"), day=Day(period.first - timedelta(days=1))),
            moved.opening,
        ),
        Line("receipts", "+", say(_("Receipts in the period")), moved.receipts),
        Line("refunds", "−", say(_("Refunds")), moved.refunds),
        Line("allocated", "−", say(_("Allocated to months that ended in the period")), moved.allocated),
        Line("adjustments", "±", say(_("Adjustments to earlier periods")), moved.adjustments),
        Line("closing", "=", say(_("Closing, %(day)s"), day=Day(period.last)), moved.closing),
        Line("later", "", say(_("assigned to later months (provisional)")), moved.later, within=True),
        Line("unused", "", say(_("not used by any month")), moved.unused, within=True),
    ]
    for at, key, words in (
        (core, "targeted", _("targeted, beside the core")),
        (core + 1, "held", _("held, not yet assigned")),
    ):
        if at in report.wanted_columns:
            only = tuple(part if here == at else 0 for here, part in enumerate(beside))
            found.append(Line(key, "", say(words), only, within=True))
    return tuple(found)


def cause_words(cause: Cause) -> str:
    """What moved an opening, in words: the record, and what happened to it since it was stated."""
    match cause.kind:
        case "receipt":
            return _receipt_words(cause)
        case "refund":
            return {
                "added": _("Refund %(reference)s, of a receipt of an earlier period"),
                "changed": _("Refund %(reference)s, changed since"),
                "removed": _("Refund %(reference)s, voided since"),
            }[cause.how] % {"reference": cause.reference}
        case "pledge":
            what = ", ".join(_field_words(cause)) or _("recorded or voided since")
            return _("Agreement %(reference)s: %(what)s", reference=cause.reference, what=what)
        case "budget":
            return _("Budget version %(number)s, for months of earlier periods", number=cause.reference)
        case "programme":
            return _("The programme’s months or outcomes were changed")
        case "others":
            return _("Records of other contributors, which moved the months that this money covers")
        case "rules":
            return _("Reckoned differently by this version of the tracker")


def _receipt_words(cause: Cause) -> str:
    if cause.how == "changed":
        what = ", ".join(_field_words(cause))
        return _("Receipt %(reference)s: %(what)s", reference=cause.reference, what=what)
    return {
        "added": _("Receipt %(reference)s, which covers months of earlier periods or was recorded late"),
        "removed": _("Receipt %(reference)s, voided since"),
    }[cause.how] % {"reference": cause.reference}


def _field_words(cause: Cause) -> Iterator[str]:
    """The facts that changed, in words; each once."""
    words = {
        "covers_from": _("the first month it covers was changed"),
        "covers_until": _("the last month it covers was changed"),
        "earmark": _("the earmark was changed"),
        "support_cost": _("support cost was changed"),
        "split": _("the exact split was changed"),
        "amount_minor": _("the amount was changed"),
        "usd_minor": _("the USD amount was changed"),
        "received_on": _("the value date was changed"),
        "currency": _("the currency was changed"),
        "pledge": _("it was put to another agreement, or to none"),
        "donor": _("its donor was changed"),
    }
    return (words[name] for name in cause.fields if name in words)
