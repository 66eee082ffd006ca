"""What rates do to the programme, in sentences with their numbers, and as files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from flask_babel import gettext as _

from tracker.domain.contributions import InstalmentState
from tracker.domain.exposure import STEPS, Difference, Differences, OpenIn, Scenario, moved_usd
from tracker.domain.months import Month
from tracker.domain.vocabulary import LENSES, Lens
from tracker.queries.exposure import Exposure
from tracker.reporting.lists import Column, Money
from tracker.reporting.sentences import Amount, Day, MonthName, Sentence, Share, Usd, Value, say, say_n


class Named(Protocol):
    """A donor, as far as this reader may see it."""

    @property
    def name(self) -> str:
        """As it is shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the working, as the rule goes."""

    title: str
    words: tuple[Sentence, ...]


def step_words(step: Fraction) -> str:
    """How a step is named.

    >>> step_words(Fraction(-1, 10)), step_words(Fraction(1, 20))
    ('−10\\xa0%', '+5\\xa0%')
    """
    return f"{'−' if step < 0 else '+'}{abs(step) * 100}\u00a0%"


def rate_words(row: OpenIn, as_of: date) -> Sentence:
    """The rate in force and since when: `0.9100 since 1 Jun 2026, 1,240 days old`."""
    if row.rate is None:
        return say(_("no rate, cannot move"))
    age = (as_of - row.rate.effective_on).days
    rate, day = f"{row.rate.value:f}", Day(row.rate.effective_on, short=True)
    if not age:
        return say(_("%(rate)s since %(day)s, of this very day"), rate=rate, day=day)
    return say_n(
        "%(rate)s since %(day)s, one day old",
        "%(rate)s since %(day)s, %(days)s days old",
        age,
        rate=rate,
        day=day,
        days=age,
    )


# The answer in words


def opening(exposure: Exposure) -> Sentence:
    """How much of what is open depends on a rate."""
    part = sum(row.usd_minor for row in exposure.moving)
    whole = sum(row.usd_minor for row in exposure.currencies)
    if part == whole:
        return say(_("All that is open, *%(whole)s*, depends on rates of exchange."), whole=Usd(whole))
    pattern = _("*%(part)s* of the %(whole)s that is open depends on rates of exchange: %(share)s.")
    return say(pattern, part=Usd(part), whole=Usd(whole), share=Share(part, whole))


def effect(found: Sequence[Scenario], currency: str) -> tuple[Sentence, ...]:
    """What the lowest step would do to still to raise and to the cliff months. Currency '': all alike."""
    low, today = found[0], today_of(found)
    facts: dict[str, Value] = {
        "currency": currency,
        "step": step_words(abs(low.step)).removeprefix("+"),
        "less": Usd(today.open_usd_minor - low.open_usd_minor),
        "more": Usd(low.total.ahead - today.total.ahead),
        "after": Usd(low.total.ahead),
    }
    return (Sentence(_effect_pattern(low, today, currency), facts), *_cliffs(low, today))


def _effect_pattern(low: Scenario, today: Scenario, currency: str) -> str:
    if low.total.ahead == today.total.ahead:
        if currency:
            return _(
                "If %(currency)s were worth %(step)s less, %(less)s less would be open, and still to raise "
                "would *stay %(after)s*."
            )
        return _(
            "If every currency but USD were worth %(step)s less, %(less)s less would be open, and still to "
            "raise would *stay %(after)s*."
        )
    if currency:
        return _(
            "If %(currency)s were worth %(step)s less, %(less)s less would be open, and still to raise would "
            "grow by *%(more)s*, to %(after)s."
        )
    return _(
        "If every currency but USD were worth %(step)s less, %(less)s less would be open, and still to raise "
        "would grow by *%(more)s*, to %(after)s."
    )


def _cliffs(low: Scenario, today: Scenario) -> Iterator[Sentence]:
    """The cliff months that the step moves, or that none moves."""
    moved = [lens for lens in LENSES if _cliff(low, lens) != _cliff(today, lens)]
    if not moved:
        yield say(_("No cliff month would move."))
    for lens in moved:
        was, now = _cliff(today, lens), _cliff(low, lens)
        if was is None and now is not None:
            pattern = _("The cliff month of %(money)s would be *%(month)s*; today there is none.")
            yield say(pattern, "bad", money=_lens_words()[lens], month=MonthName(now))
        elif was is not None and now is not None:
            yield say_n(
                "The cliff month of %(money)s would come *%(count)s month earlier*: %(month)s.",
                "The cliff month of %(money)s would come *%(count)s months earlier*: %(month)s.",
                was - now,
                "bad",
                money=_lens_words()[lens],
                month=MonthName(now),
            )


def _lens_words() -> dict[Lens, str]:
    return {
        "received": _("received money"),
        "signed": _("received and signed money"),
        "pledged": _("received, signed and pledged money"),
    }


def today_of(found: Sequence[Scenario]) -> Scenario:
    """The scenario in which nothing moves."""
    return next(one for one in found if not one.step)


def _cliff(one: Scenario, lens: Lens) -> Month | None:
    return one.headlines[lens].cliff_month


def cliff_words(one: Scenario, today: Scenario, lens: Lens) -> Sentence:
    """The cliff month of a lens in a scenario, held against today's: `stays September 2026`."""
    was, now = _cliff(today, lens), _cliff(one, lens)
    if not one.step:
        return say(_("none")) if now is None else say("%(month)s", month=MonthName(now))
    if was == now:
        return say(_("none, as today")) if now is None else say(_("stays %(month)s"), month=MonthName(now))
    if now is None or was is None:
        if now is None:
            return say(_("*none* any more"))
        return say(_("*%(month)s*, where there is none today"), "bad", month=MonthName(now))
    if now < was:
        return say_n(
            "%(count)s month earlier: *%(month)s*",
            "%(count)s months earlier: *%(month)s*",
            was - now,
            "bad",
            month=MonthName(now),
        )
    return say_n(
        "%(count)s month later: *%(month)s*",
        "%(count)s months later: *%(month)s*",
        now - was,
        month=MonthName(now),
    )


# How it is worked out


def working(exposure: Exposure, found: Sequence[Scenario]) -> tuple[Step, ...]:
    """The rule, step by step, with the numbers of the largest open instalment that depends on a rate."""
    row = exposure.moving[0]
    assert row.rate is not None
    one = max(row.instalments, key=lambda i: (i.open_usd_minor, i.reference))
    low, today = found[0], today_of(found)
    return (
        Step(_("At the rate in force."), (_at_rate(one, row.rate.value, row.rate.effective_on),)),
        Step(_("Worth less or more."), (_at_step(one, row.rate.value), _each())),
        Step(_("What does not move."), (_kept(),)),
        Step(_("Still to raise."), (_ahead(low, today),)),
        Step(_("Cliff month."), (_first_short(),)),
    )


def _at_rate(one: InstalmentState, rate: Decimal, since: date) -> Sentence:
    return say(
        _(
            "The largest open instalment is %(currency)s %(amount)s; divided by %(rate)s, the rate since "
            "%(day)s, it is *%(usd)s*."
        ),
        currency=one.pledge.currency,
        amount=Amount(one.open_minor, one.pledge.currency),
        rate=f"{rate:f}",
        day=Day(since),
        usd=Usd(one.open_usd_minor),
    )


def _at_step(one: InstalmentState, rate: Decimal) -> Sentence:
    low, currency = STEPS[0], one.pledge.currency
    return say(
        _(
            "At %(step)s it is %(amount)s × %(factor)s / %(rate)s = *%(usd)s*: the same as a rate of "
            "%(rate)s / %(factor)s."
        ),
        step=step_words(low),
        amount=Amount(one.open_minor, currency),
        factor=f"{Decimal((1 + low).numerator) / Decimal((1 + low).denominator):.2f}",
        rate=f"{rate:f}",
        usd=Usd(moved_usd(one.open_minor, currency, rate, low)),
    )


def _each() -> Sentence:
    return say(_("Every instalment is rounded once, to the cent, and then they are added up."))


def _kept() -> Sentence:
    return say(
        _(
            "A receipt keeps the USD it was recorded with, and settles its pledge at the rate of its own "
            "day. Amounts in USD have no rate."
        )
    )


def _ahead(low: Scenario, today: Scenario) -> Sentence:
    return say(
        _(
            "All months are covered anew, with the moved amounts: at %(step)s the gap of this month and "
            "later is %(after)s − %(before)s = *%(more)s* more. It need not be what the open amounts lose: "
            "money that finds no month, that is targeted or on hold covers no gap."
        ),
        step=step_words(low.step),
        after=Amount(low.total.ahead),
        before=Amount(today.total.ahead),
        more=Amount(low.total.ahead - today.total.ahead),
    )


def _first_short() -> Sentence:
    return say(
        _(
            "The first month from this one on in which an outcome is not covered: by received money alone, "
            "with signed, with pledges too."
        )
    )


def idle_words(found: Differences) -> tuple[Sentence, ...]:
    """Pledges that have nothing to convert yet, and those of them without a base rate: said, not guessed."""
    if not found.idle:
        return ()
    words = [
        say_n(
            "%(count)s pledge in another currency has nothing received and nothing open: there is nothing to "
            "convert.",
            "%(count)s pledges in other currencies have nothing received and nothing open: there is nothing "
            "to convert.",
            len(found.idle),
        )
    ]
    bare = sorted({f"{row.state.pledge.currency} {row.base_day}" for row in found.idle if row.base is None})
    if bare:
        listed = ", ".join(bare[:6]) + (" …" if len(bare) > 6 else "")
        words.append(say(_("No base rate is in force for %(listed)s; none is guessed."), listed=listed))
    return tuple(words)


# As files


def currency_columns(as_of: date) -> Sequence[Column[OpenIn]]:
    """Open amounts by currency, and their USD at each step."""
    steps = [_step_column(at) for at in range(len(STEPS))]
    return (
        Column("currency", _("Currency"), lambda r: r.currency),
        Column("rate", _("Units for one USD"), lambda r: f"{r.rate.value:f}" if r.rate else ""),
        Column("effective_on", _("In force from"), lambda r: r.rate.effective_on if r.rate else None),
        Column("days_old", _("Days old"), lambda r: (as_of - r.rate.effective_on).days if r.rate else None),
        Column("signed", _("Signed, open"), lambda r: Money(r.signed_minor, r.currency)),
        Column("pledged", _("Pledged, open"), lambda r: Money(r.pledged_minor, r.currency)),
        Column("signed_usd", _("Signed, USD"), lambda r: Money(r.signed_usd_minor), "signed"),
        Column("pledged_usd", _("Pledged, USD"), lambda r: Money(r.pledged_usd_minor), "pledged"),
        Column("open_usd", _("Open, USD"), lambda r: Money(r.usd_minor), "open"),
        *steps,
    )


def _step_column(at: int) -> Column[OpenIn]:
    step, key = STEPS[at], f"at_{'minus' if STEPS[at] < 0 else 'plus'}_{abs(STEPS[at]) * 100}_usd"
    head = _("At %(step)s, USD", step=step_words(step))
    return Column(key, head, lambda row: Money(row.moved_usd_minor[at]), key)


def currency_totals(rows: Sequence[OpenIn]) -> dict[str, Money]:
    """The page's totals by the names that the columns give them."""
    totals = {
        "signed": sum(row.signed_usd_minor for row in rows),
        "pledged": sum(row.pledged_usd_minor for row in rows),
        "open": sum(row.usd_minor for row in rows),
    }
    for at in range(len(STEPS)):
        totals[_step_column(at).total] = sum(row.moved_usd_minor[at] for row in rows)
    return {name: Money(minor) for name, minor in totals.items()}


def difference_columns(donors: Mapping[str, Named]) -> Sequence[Column[Difference]]:
    """Exchange differences by pledge, with what they follow from."""

    def own(row: Difference, minor: int) -> Money:
        return Money(minor, row.state.pledge.currency)

    return (
        Column("pledge", _("Pledge"), lambda r: r.state.pledge.reference),
        Column("donor", _("Donor code"), lambda r: r.state.pledge.donor),
        Column("donor_name", _("Donor"), lambda r: _name(donors, r.state.pledge.donor)),
        Column("currency", _("Currency"), lambda r: r.state.pledge.currency),
        Column("base_on", _("Base day"), lambda r: r.base_day),
        Column("base_rate", _("Base rate"), lambda r: f"{r.base.value:f}" if r.base else ""),
        Column("settled", _("Settled"), lambda r: own(r, r.state.settled_minor)),
        Column("came_usd", _("Came, USD"), lambda r: Money(r.came_usd_minor), "came"),
        Column("came_at_base_usd", _("At base, USD"), lambda r: Money(r.came_at_base_minor), "came_at_base"),
        Column("realised_usd", _("Realised, USD"), lambda r: Money(r.state.realised_usd_minor), "realised"),
        Column("open", _("Open"), lambda r: own(r, r.state.open_minor)),
        Column("rate_now", _("Rate as of"), lambda r: f"{r.now.value:f}" if r.now else ""),
        Column("open_usd", _("Open, USD"), lambda r: Money(r.state.open_usd_minor), "open"),
        Column("open_at_base_usd", _("At base, USD"), lambda r: Money(r.open_at_base_minor), "open_at_base"),
        Column(
            "unrealised_usd",
            _("Unrealised, USD"),
            lambda r: Money(r.state.unrealised_usd_minor),
            "unrealised",
        ),
        Column("difference_usd", _("Both, USD"), lambda r: Money(r.usd_minor), "both"),
    )


def difference_totals(found: Differences) -> dict[str, Money]:
    """The page's totals by the names that the columns give them."""
    totals = {
        "came": sum(row.came_usd_minor for row in found.rows),
        "came_at_base": sum(row.came_at_base_minor for row in found.rows),
        "realised": found.realised.usd_minor,
        "open": sum(row.state.open_usd_minor for row in found.rows),
        "open_at_base": sum(row.open_at_base_minor for row in found.rows),
        "unrealised": found.unrealised.usd_minor,
        "both": found.both.usd_minor,
    }
    return {name: Money(minor) for name, minor in totals.items()}


def _name(donors: Mapping[str, Named], code: str) -> str:
    return donors[code].name if code in donors else code
