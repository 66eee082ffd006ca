"""A rate in words and in a worked example, and what a new one moves."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from flask_babel import gettext as _

from tracker.domain.exchange import Rate, usd_at
from tracker.domain.money import currency_digits
from tracker.domain.vocabulary import LENSES, Lens
from tracker.queries.rates import RateLine, RatePreview
from tracker.reporting.lists import Column
from tracker.reporting.sentences import Amount, MonthName, Sentence, Usd, say

ONE_DOLLAR_MINOR = 100
MAX_ZEROS = 12


def direction(rate: Rate) -> Sentence:
    """Which way a rate is written, worked through: `0.9200 EUR for 1 USD: EUR 100.00 = USD 108.70`."""
    amount, usd = worked(rate)
    pattern = _("%(rate)s %(currency)s for 1 USD: %(currency)s %(amount)s = *%(usd)s*")
    shown = Amount(amount, rate.currency)
    return say(pattern, rate=f"{rate.value:f}", currency=rate.currency, amount=shown, usd=Usd(usd))


def worked(rate: Rate) -> tuple[int, int]:
    """A round amount in minor units, and its USD cents: 100, or more zeros where that is under a dollar.

    >>> from datetime import date; from decimal import Decimal
    >>> worked(Rate("EUR", date(2026, 1, 1), Decimal("0.92")))
    (10000, 10870)
    """
    amount = 100 * 10 ** currency_digits(rate.currency)
    for _zeros in range(MAX_ZEROS):
        if usd_at(amount, rate.currency, rate.value) >= ONE_DOLLAR_MINOR:
            break
        amount *= 10
    return amount, usd_at(amount, rate.currency, rate.value)


def change(rate: Rate, last: Rate | None) -> Fraction | None:
    """By how much a rate differs from the one before it, as a fraction of that; None without one."""
    return Fraction(rate.value) / Fraction(last.value) - 1 if last else None


def rate_columns(names: Mapping[str, str]) -> Sequence[Column[RateLine]]:
    """The list of rates as a file: the columns of `rates.csv`, and what became of each."""
    return (
        Column("currency", _("Currency"), lambda line: line.rate.currency),
        Column("effective_on", _("In force from"), lambda line: line.rate.effective_on),
        Column("rate", _("Units for one USD"), lambda line: f"{line.rate.value:f}"),
        Column("in_force_until", _("In force until"), lambda line: None if line.voided else line.until),
        Column("void_reason", _("Voided because"), lambda line: line.void_reason),
        Column("recorded_on", _("Recorded on"), lambda line: line.changed_at_utc.date()),
        Column("recorded_by", _("Recorded by"), lambda line: names.get(line.changed_by, line.changed_by)),
    )


def move_words(preview: RatePreview) -> tuple[Sentence, ...]:
    """What happens to open amounts, the gap, and how far the money reaches."""
    if not preview.moves:
        return (say(_("*No open amount moves today.*")),)
    return (_open_words(preview), _gap_words(preview), *_reach_words(preview))


def _open_words(preview: RatePreview) -> Sentence:
    before, after = Usd(preview.usd_before_minor), Usd(preview.usd_after_minor)
    if after.minor < before.minor:
        pattern = _("Open amounts are worth *%(less)s less*: %(after)s instead of %(before)s.")
        return say(pattern, "bad", less=Usd(before.minor - after.minor), before=before, after=after)
    pattern = _("Open amounts are worth *%(more)s more*: %(after)s instead of %(before)s.")
    return say(pattern, more=Usd(after.minor - before.minor), before=before, after=after)


def _gap_words(preview: RatePreview) -> Sentence:
    before, after = preview.before.total.gap, preview.after.total.gap
    if after > before:
        pattern = _("The gap grows by %(more)s, to %(after)s.")
        return say(pattern, more=Usd(after - before), after=Usd(after))
    if after < before:
        pattern = _("The gap shrinks by %(less)s, to %(after)s.")
        return say(pattern, less=Usd(before - after), after=Usd(after))
    return say(_("The gap stays the same: %(after)s."), after=Usd(after))


def _reach_words(preview: RatePreview) -> Iterator[Sentence]:
    for lens in LENSES:
        was = preview.before.headlines[lens].funded_through
        now = preview.after.headlines[lens].funded_through
        if was == now:
            continue
        if now is None or was is None:
            word = _lens_words()[lens]
            pattern = _("%(money)s will cover every outcome through *%(month)s*.")
            if now is not None:
                yield say(pattern, money=word, month=MonthName(now))
            else:
                yield say(_("%(money)s will no longer cover any month in full."), "bad", money=word)
            continue
        pattern = _("%(money)s will cover every outcome through *%(month)s*, not %(before)s.")
        yield say(pattern, money=_lens_words()[lens], month=MonthName(now), before=MonthName(was))


def _lens_words() -> dict[Lens, str]:
    return {
        "received": _("Received money"),
        "signed": _("Received and signed money"),
        "pledged": _("Received, signed and pledged money"),
    }


def reach_rows(preview: RatePreview) -> list[tuple[Lens, str, int | None, int | None]]:
    """How far each lens reaches, before and after: months, None where not even the first is covered."""
    before, after = preview.before.headlines, preview.after.headlines
    words = {"received": _("Received"), "signed": _("+ signed"), "pledged": _("+ pledged")}
    return [(lens, words[lens], before[lens].funded_through, after[lens].funded_through) for lens in LENSES]
