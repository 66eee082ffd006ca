"""What a change does, in figures, before it is made: gap, lenses, funded through."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from tracker.domain.contributions import PledgeState
from tracker.domain.months import Month
from tracker.domain.vocabulary import LENSES
from tracker.queries.comparisons import Comparison
from tracker.reporting.sentences import Amount, MonthName, Sentence, Usd, say


@dataclass(frozen=True, slots=True)
class Consequence:
    """Said, and the figures before and after: (shape, label, now, after) in USD cents, months for lenses."""

    words: tuple[Sentence, ...]
    figures: tuple[tuple[str, str, int, int], ...]
    reaches: tuple[tuple[str, str, Month | None, Month | None], ...]


def consequence(found: Comparison) -> Consequence:
    """What a change does to the position as of today."""
    before, after = found.before, found.after
    figures = (
        ("received", _("Received, covering"), before.total.received, after.total.received),
        ("signed", _("Signed, covering"), before.total.signed, after.total.signed),
        ("pledged", _("Pledged, covering"), before.total.pledged, after.total.pledged),
        ("gap", _("Still to raise"), before.total.ahead, after.total.ahead),
        ("lapsed", _("Lapsed"), before.total.lapsed, after.total.lapsed),
        ("", _("Unused, at risk of return"), sum(before.unused), sum(after.unused)),
        ("due", _("On hold"), sum(before.held), sum(after.held)),
        ("", _("Targeted"), sum(before.targeted), sum(after.targeted)),
    )
    shown = tuple(one for one in figures if one[0] in ("gap", "received") or one[2] or one[3])
    labels = (_("Received"), _("Received and signed"), _("Received, signed and pledged"))
    reaches = tuple(
        (lens, label, before.headlines[lens].funded_through, after.headlines[lens].funded_through)
        for lens, label in zip(LENSES, labels, strict=True)
    )
    return Consequence((_gap_words(found), *_reach_words(reaches)), shown, reaches)


def _gap_words(found: Comparison) -> Sentence:
    was, will = found.before.total.gap, found.after.total.gap
    if will == was:
        return say(_("*The gap stays the same:* %(gap)s."), gap=Usd(was))
    if will > was:
        pattern = _("*The gap grows by %(more)s*, from %(was)s to %(will)s.")
        return say(pattern, tone="bad", more=Usd(will - was), was=Usd(was), will=Usd(will))
    pattern = _("*The gap shrinks by %(less)s*, from %(was)s to %(will)s.")
    return say(pattern, less=Usd(was - will), was=Usd(was), will=Usd(will))


def _reach_words(
    reaches: tuple[tuple[str, str, Month | None, Month | None], ...],
) -> Iterable[Sentence]:
    moved = [one for one in reaches if one[2] != one[3]]
    if not moved:
        yield say(_("The months that are funded through stay the same."))
    for _lens, label, was, will in moved:
        if was is not None and will is not None:
            pattern = _("%(money)s will reach %(will)s instead of %(was)s.")
            yield say(pattern, money=label, will=MonthName(will), was=MonthName(was))
        elif was is not None:
            pattern = _("%(money)s will no longer cover the first month ahead; now it reaches %(was)s.")
            yield say(pattern, money=label, was=MonthName(was))
        elif will is not None:
            yield say(_("%(money)s will reach %(will)s."), money=label, will=MonthName(will))


def closing_words(state: PledgeState) -> Sentence:
    """What closing ends: the unpaid rest, withdrawn or written off."""
    pledge = state.pledge
    rest = Amount(max(0, pledge.amount_minor - state.settled_minor), pledge.currency)
    pattern = (
        _("*%(currency)s %(rest)s* is unpaid and will be written off: the agreement was signed.")
        if pledge.signed_on
        else _("*%(currency)s %(rest)s* is unpaid and will be withdrawn: nothing was signed.")
    )
    return say(pattern, currency=pledge.currency, rest=rest)
