"""One record in sentences: a pledge's life, an earmark, and what a receipt changes (R4, R6 to R9).

Amounts are minor units of their own currency unless the name says USD.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from flask_babel import gettext as _

from tracker.domain.contributions import InstalmentState, NetReceipt, PledgeState
from tracker.domain.earmark import Earmark
from tracker.domain.position import Position
from tracker.queries.previews import Preview
from tracker.reporting.sentences import Amount, Day, MonthName, MonthRange, Sentence, Usd, Value, say, say_n
from tracker.reporting.timelines import Past, changed_terms

State = Literal["done", "closed", "overdue", "due"]
Shape = Literal["pledged", "signed", "received", "overdue", "due", "closed", "done", "changed"]
_AFTER: Final[dict[Shape, int]] = {"pledged": 0, "signed": 1, "overdue": 2, "received": 3, "closed": 4}
NO_PAST: Final = Past()


def earmark_words(earmark: Earmark, *, support_cost: bool = True) -> str:
    """What money may serve: `core`, `O2, with programme support`, `targeted: Chile`."""
    match earmark.kind:
        case "core":
            return _("core, all outcomes")
        case "support":
            return _("programme support only")
        case "hold":
            return _("on hold, not yet assigned")
        case "targeted":
            return _("targeted: %(name)s", name=earmark.target)
        case _:
            text = str(earmark).replace(" ", ", ")
            with_support = _("with programme support") if support_cost else _("without programme support")
            return f"{text}, {with_support}"


def instalment_state(instalment: InstalmentState, as_of: date) -> tuple[State, int]:
    """Settled, ended by closing, overdue or due; and days after its day (below zero before it)."""
    days = (as_of - instalment.due_on).days
    if instalment.settled_minor >= instalment.amount_minor:
        return "done", days
    if instalment.pledge.closed_on is not None:
        return "closed", days
    return ("overdue" if days > 0 else "due"), days


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a pledge on a day. `receipt` is the reference of one, to link to."""

    day: date
    shape: Shape
    words: Sentence
    receipt: str = ""


def timeline(
    state: PledgeState, receipts: Iterable[NetReceipt], as_of: date, past: Past = NO_PAST
) -> tuple[Event, ...]:
    """What happened to a pledge up to the as-of day, and how it stands then."""
    events = [*_agreed(state, past), *_fell_due(state, as_of), *_changed(past)]
    for net in receipts:
        events += _paid(net)
    events.sort(key=lambda event: (event.day, _AFTER.get(event.shape, 5)))
    return (*events, _stands(state, as_of))


def _changed(past: Past) -> Iterable[Event]:
    for change in past.changes:
        for words in changed_terms(change):
            yield Event(change.day, "changed", words)
    for one in past.voided:
        amount = Amount(one.amount_minor, one.currency)
        pattern = _("%(currency)s %(amount)s was recorded in error and voided: %(reason)s")
        words = say(pattern, currency=one.currency, amount=amount, reason=one.reason)
        yield Event(one.dated_on, "closed", words, one.reference)


def _agreed(state: PledgeState, past: Past) -> Iterable[Event]:
    pledge = state.pledge
    whole = Amount(pledge.amount_minor, pledge.currency)
    words = say(_("Pledged *%(currency)s %(amount)s*"), currency=pledge.currency, amount=whole)
    yield Event(pledge.pledged_on, "pledged", words)
    if pledge.signed_on is not None:
        yield Event(pledge.signed_on, "signed", _signed_words(past))
    if pledge.closed_on is not None:
        rest = Amount(state.unpaid_minor, pledge.currency)
        pattern = (
            _("Closed: %(currency)s %(rest)s written off")
            if pledge.signed_on
            else _("Closed: %(currency)s %(rest)s withdrawn")
        )
        yield Event(pledge.closed_on, "closed", say(pattern, currency=pledge.currency, rest=rest))
        if past.close_reason:
            yield Event(pledge.closed_on, "closed", say("%(reason)s", reason=past.close_reason))


def _signed_words(past: Past) -> Sentence:
    if past.agreement_ref:
        return say(_("Agreement signed: %(ref)s"), ref=past.agreement_ref)
    return say(_("Agreement signed"))


def _fell_due(state: PledgeState, as_of: date) -> Iterable[Event]:
    for one in state.instalments:
        if one.due_on <= as_of and not (state.pledge.closed_on and one.due_on > state.pledge.closed_on):
            amount = Amount(one.amount_minor, state.pledge.currency)
            pattern = _("Instalment %(number)s fell due, %(currency)s %(amount)s")
            words = say(pattern, number=one.number, currency=state.pledge.currency, amount=amount)
            yield Event(one.due_on, "overdue", words)


def _paid(net: NetReceipt) -> Iterable[Event]:
    receipt = net.receipt
    amount = Amount(receipt.amount_minor, receipt.currency)
    pattern = _("*%(currency)s %(amount)s* received")
    values: dict[str, Value] = {"currency": receipt.currency, "amount": amount, "usd": Usd(receipt.usd_minor)}
    if receipt.currency != "USD":
        pattern = _("*%(currency)s %(amount)s* received, worth %(usd)s")
    words = Sentence(pattern, values)
    yield Event(receipt.received_on, "received", words, receipt.reference)
    for refund, usd in net.refunds:
        words = say(_("%(usd)s given back"), usd=Usd(usd))
        yield Event(refund.refunded_on, "closed", words, receipt.reference)


def _stands(state: PledgeState, as_of: date) -> Event:
    open_ones = [one for one in state.instalments if one.open_minor]
    if state.pledge.closed_on is not None:
        return Event(as_of, "closed", say(_("Closed; nothing is open")))
    if not open_ones:
        return Event(as_of, "done", say(_("Paid in full")))
    late = (as_of - open_ones[0].due_on).days
    rest = Amount(state.open_minor, state.pledge.currency)
    day = Day(open_ones[0].due_on)
    values: dict[str, Value] = {"currency": state.pledge.currency, "rest": rest, "day": day}
    if late > 0:
        pattern = _("*%(currency)s %(rest)s* open, overdue since %(day)s")
        return Event(as_of, "due", Sentence(pattern, values))
    pattern = _("*%(currency)s %(rest)s* open, next due on %(day)s")
    return Event(as_of, "due", Sentence(pattern, values))


# What a receipt changes


@dataclass(frozen=True, slots=True)
class Effect:
    """What one receipt changes: said, and the figures it changes, before and after, in USD cents."""

    words: tuple[Sentence, ...]
    figures: tuple[tuple[str, str, int, int], ...]
    months: Sentence | None


def effect(preview: Preview) -> Effect:
    """What recording a receipt does to the position."""
    before, after = preview.before, preview.after
    figures = (
        ("received", _("Received"), before.total.received, after.total.received),
        ("signed", _("Signed"), before.total.signed, after.total.signed),
        ("pledged", _("Pledged"), before.total.pledged, after.total.pledged),
        ("gap", _("Gap in all"), before.total.gap, after.total.gap),
    )
    return Effect((_gap_words(preview), *_reach_words(before, after)), figures, _months_words(preview))


def _gap_words(preview: Preview) -> Sentence:
    before, after, item = preview.before.total, preview.after.total, preview.item
    if item is None:
        day = Day(preview.entry.receipt.received_on)
        return say(_("*Nothing changes today:* it counts from %(day)s."), day=day)
    if item.use == "held":
        return say(_("*The gap stays the same:* money on hold covers nothing until it is assigned."))
    if item.use == "targeted":
        return say(_("*The gap stays the same:* targeted money stands beside the core."))
    promised = _promised(preview)
    less = before.gap - after.gap
    if promised is not None and abs(less) < preview.after.programme.tolerance_minor:
        return promised
    if less > 0:
        pattern = _("*The gap shrinks by %(less)s*, from %(before)s to %(after)s.")
        return say(pattern, less=Usd(less), before=Usd(before.gap), after=Usd(after.gap))
    if less < 0:
        pattern = _("*The gap grows by %(more)s:* as a promise it found more months than it does now.")
        return say(pattern, tone="bad", more=Usd(-less))
    return say(_("*The gap stays the same:* no month that it may pay for needs it."))


def _promised(preview: Preview) -> Sentence | None:
    """That this money was already counted on; a few cents of rounding do not matter (R9)."""
    before, after = preview.before.total, preview.after.total
    if before.signed > after.signed:
        return say(_("*The gap stays the same:* this money was already counted as signed."))
    if before.pledged > after.pledged:
        return say(_("*The gap stays the same:* this money was already counted as pledged."))
    return None


def _reach_words(before: Position, after: Position) -> Iterable[Sentence]:
    was, reaches = before.headlines["received"].funded_through, after.headlines["received"].funded_through
    if reaches is None or reaches == was:
        return
    if was is None:
        pattern = _("Received money will cover every outcome through *%(month)s*.")
        yield say(pattern, month=MonthName(reaches))
        return
    yield say_n(
        "Received money will cover every outcome through *%(month)s*, %(count)s month longer than now.",
        "Received money will cover every outcome through *%(month)s*, %(count)s months longer than now.",
        reaches - was,
        month=MonthName(reaches),
    )


def _months_words(preview: Preview) -> Sentence | None:
    months = [row.month for row in preview.rows if row.month is not None]
    unused = sum(row.amount for row in preview.rows if row.month is None and row.outcome in _codes(preview))
    if preview.item is None or preview.item.use != "core":
        return None
    if not months:
        return say(_("All of it is unused: no month that it may pay for needs it."))
    covered = MonthRange(min(months), max(months))
    if unused:
        pattern = _("It will cover parts of %(months)s. %(unused)s finds no month and is at risk of return.")
        return say(pattern, months=covered, unused=Usd(unused))
    return say(_("It will cover parts of %(months)s."), months=covered)


def _codes(preview: Preview) -> tuple[str, ...]:
    return preview.after.programme.codes


def recorded_words(preview: Preview, donor: str) -> tuple[Sentence, ...]:
    """After success: what was recorded, and what it changed."""
    receipt, before, after = preview.entry.receipt, preview.before, preview.after
    first = say(_("Recorded: %(usd)s from %(donor)s."), usd=Usd(receipt.usd_minor), donor=donor)
    changed: list[Sentence] = []
    if abs(before.total.gap - after.total.gap) >= after.programme.tolerance_minor:
        pattern = _("The gap went from %(before)s to %(after)s.")
        changed.append(say(pattern, before=Usd(before.total.gap), after=Usd(after.total.gap)))
    else:
        changed.append(_gap_words(preview))
    reaches = after.headlines["received"].funded_through
    if reaches is not None and reaches != before.headlines["received"].funded_through:
        pattern = _("Received money now covers every outcome through %(month)s.")
        changed.append(say(pattern, month=MonthName(reaches)))
    return (first, *changed)
