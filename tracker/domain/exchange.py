"""Exchange (R5). A rate is units of a currency for one USD, valid from a day until the next rate.

USD = amount / rate, rounded once. The rate in force on a day is the latest with `effective_on` <= the day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tracker.domain.money import PROGRAMME_CURRENCY, currency_digits, round_half_away
from tracker.domain.problems import Refused


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of `currency` for one USD, from `effective_on` on."""

    currency: str
    effective_on: date
    value: Decimal


class NoRate(Refused):
    """No rate is in force on a day that needs one. Never guessed."""


def no_rate(currency: str, day: date) -> NoRate:
    """The refusal, with what would help: a rate for this currency by this day."""
    refusal = NoRate.of("no_rate", currency=currency, day=day.isoformat())
    return NoRate(refusal.problems)


class Rates:
    """A table of rates that answers: which one was in force on a day?"""

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        self._by_currency: dict[str, list[Rate]] = {}
        for rate in sorted(rates, key=lambda r: (r.currency, r.effective_on)):
            self._by_currency.setdefault(rate.currency, []).append(rate)

    def all(self) -> tuple[Rate, ...]:
        """Every rate, by currency and day."""
        return tuple(rate for rates in self._by_currency.values() for rate in rates)

    def add(self, rate: Rate) -> None:
        """Add a rate, or put it in the place of that of its day."""
        rates = self._by_currency.setdefault(rate.currency, [])
        at = bisect_left(rates, rate.effective_on, key=lambda one: one.effective_on)
        same = at < len(rates) and rates[at].effective_on == rate.effective_on
        rates[at : at + same] = [rate]

    def find(self, currency: str, day: date) -> Rate | None:
        """The rate in force on a day, or None. USD is always 1."""
        if currency == PROGRAMME_CURRENCY:
            return Rate(currency, date.min, Decimal(1))
        rates = self._by_currency.get(currency, [])
        at = bisect_right(rates, day, key=lambda rate: rate.effective_on)
        return rates[at - 1] if at else None

    def in_force(self, currency: str, day: date) -> Rate:
        """The rate in force on a day. Raises `NoRate` where there is none."""
        rate = self.find(currency, day)
        if rate is None:
            raise no_rate(currency, day)
        return rate

    def to_usd(self, amount_minor: int, currency: str, day: date) -> int:
        """USD cents of an amount on a day. Nothing to convert needs no rate.

        >>> table = Rates([Rate("EUR", date(2026, 3, 1), Decimal("0.9350"))])
        >>> table.to_usd(4_000_000, "EUR", date(2026, 3, 20))
        4278075
        """
        if not amount_minor or currency == PROGRAMME_CURRENCY:
            return amount_minor
        return usd_at(amount_minor, currency, self.in_force(currency, day).value)

    def from_usd(self, usd_minor: int, currency: str, day: date) -> int:
        """Minor units of a currency that a USD value is worth on a day, rounded once."""
        if not usd_minor or currency == PROGRAMME_CURRENCY:
            return usd_minor
        rate = self.in_force(currency, day)
        scale = Fraction(10 ** currency_digits(currency), 10 ** currency_digits(PROGRAMME_CURRENCY))
        return round_half_away(usd_minor * Fraction(rate.value) * scale)


def usd_at(amount_minor: int, currency: str, rate: Decimal) -> int:
    """USD cents of an amount at a given rate, rounded half away from zero, once.

    >>> usd_at(6_000_000, "EUR", Decimal("0.91"))
    6593407
    """
    scale = Fraction(10 ** currency_digits(PROGRAMME_CURRENCY), 10 ** currency_digits(currency))
    return round_half_away(amount_minor * scale / Fraction(rate))
