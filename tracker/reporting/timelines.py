"""What happened to a pledge beside its money: terms amended, extended, opened again, receipts voided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from tracker.domain.months import parse_month
from tracker.queries.lives import Voided
from tracker.reporting.sentences import Amount, MonthName, Sentence, say


@dataclass(frozen=True, slots=True)
class TermsChange:
    """One recorded change: the programme's day, the stored row before and after."""

    day: date
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """What a pledge's own facts no longer say. Empty texts where there is nothing to say."""

    agreement_ref: str = ""
    close_reason: str = ""
    changes: Sequence[TermsChange] = ()
    voided: Sequence[Voided] = ()


def changed_terms(change: TermsChange) -> Iterable[Sentence]:
    """What one change did to what was agreed; nothing of notes and papers."""
    before, after = change.before, change.after
    if (before["amount_minor"], before["currency"]) != (after["amount_minor"], after["currency"]):
        pattern = _("Amount changed from %(was)s to *%(currency)s %(amount)s*")
        was = Amount(before["amount_minor"], before["currency"])
        now = Amount(after["amount_minor"], after["currency"])
        yield say(pattern, was=was, amount=now, currency=after["currency"])
    if before["covers_until"] != after["covers_until"]:
        until = after["covers_until"]
        if until:
            yield say(_("May now pay until *%(month)s*"), month=MonthName(parse_month(until)))
        else:
            yield say(_("May now pay until the programme’s end"))
    if before["covers_from"] != after["covers_from"]:
        first = after["covers_from"]
        if first:
            yield say(_("May now pay from *%(month)s*"), month=MonthName(parse_month(first)))
        else:
            yield say(_("May now pay from any month"))
    if before["earmark"] != after["earmark"]:
        pattern = _("Earmark changed from %(was)s to *%(now)s*")
        yield say(pattern, was=before["earmark"], now=after["earmark"])
    if before["instalments"] != after["instalments"]:
        yield say(_("Schedule changed: instalments now %(count)s"), count=len(after["instalments"]) or 1)
    if before["closed_on"] and not after["closed_on"]:
        yield say(_("Opened again"))
