"""What depends on rates of exchange: open amounts by currency, what moved rates would do, differences (R5).

A currency worth a step more (`+10 %`) is one whose rate is `rate / (1 + step)`: every open instalment is
valued at it and rounded once. Receipts keep their USD, and what they settle keeps the rate of their day (R7).
Amounts are minor units of their own currency, or USD cents where the name says `usd`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from tracker.domain.contributions import Facts, InstalmentState, PledgeState
from tracker.domain.exchange import Rate, Rates
from tracker.domain.money import PROGRAMME_CURRENCY, currency_digits, round_half_away
from tracker.domain.position import Headlines, Position, Total, position
from tracker.domain.vocabulary import Lens

STEPS: Final = (Fraction(-1, 10), Fraction(-1, 20), Fraction(1, 20), Fraction(1, 10))
"""How much less or more a currency is worth, lowest first."""
_SCALE: Final = 10 ** currency_digits(PROGRAMME_CURRENCY)


def moved_usd(amount_minor: int, currency: str, rate: Decimal, step: Fraction) -> int:
    """USD cents of an amount whose currency is worth a step more, rounded half away from zero, once.

    >>> moved_usd(6_000_000, "EUR", Decimal("0.91"), Fraction(-1, 10))
    5934066
    """
    return round_half_away(
        amount_minor * Fraction(_SCALE, 10 ** currency_digits(currency)) * (1 + step) / Fraction(rate)
    )


# By currency


@dataclass(frozen=True, slots=True)
class OpenIn:
    """What is open in one currency on the day. `rate` is the one in force, None in USD.

    `moved_usd_minor` is the USD of all of it at each of `STEPS`, every instalment rounded by itself.
    """

    currency: str
    signed_minor: int
    pledged_minor: int
    signed_usd_minor: int
    pledged_usd_minor: int
    rate: Rate | None
    moved_usd_minor: tuple[int, ...]
    instalments: tuple[InstalmentState, ...]

    @property
    def usd_minor(self) -> int:
        """All of it in USD, at the rate in force."""
        return self.signed_usd_minor + self.pledged_usd_minor

    @property
    def differences_minor(self) -> tuple[int, ...]:
        """What each step adds, in USD cents."""
        return tuple(moved - self.usd_minor for moved in self.moved_usd_minor)


def open_by_currency(book: Position, rates: Rates) -> tuple[OpenIn, ...]:
    """Every currency with an open amount: the largest in USD first, then by code; USD itself last.

    Raises `exchange.NoRate` where a currency has none in force on the day.
    """
    found: dict[str, list[InstalmentState]] = {}
    for state in book.pledges.values():
        for one in state.instalments:
            if one.open_minor:
                found.setdefault(state.pledge.currency, []).append(one)
    rows = [_open_in(currency, ones, rates, book.as_of) for currency, ones in found.items()]
    return tuple(sorted(rows, key=lambda row: (row.rate is None, -row.usd_minor, row.currency)))


def _open_in(currency: str, ones: list[InstalmentState], rates: Rates, day: date) -> OpenIn:
    rate = None if currency == PROGRAMME_CURRENCY else rates.in_force(currency, day)
    value = Decimal(1) if rate is None else rate.value
    steps = [Fraction(0)] * len(STEPS) if rate is None else STEPS
    signed, pledged = (
        [one for one in ones if one.pledge.lens == lens] for lens in ("signed", "pledged")
    )  # fmt: skip
    return OpenIn(
        currency=currency,
        signed_minor=sum(one.open_minor for one in signed),
        pledged_minor=sum(one.open_minor for one in pledged),
        signed_usd_minor=sum(one.open_usd_minor for one in signed),
        pledged_usd_minor=sum(one.open_usd_minor for one in pledged),
        rate=rate,
        moved_usd_minor=tuple(
            sum(moved_usd(one.open_minor, currency, value, step) for one in ones) for step in steps
        ),
        instalments=tuple(ones),
    )


# If rates moved


class _Moved(Rates):
    """Rates under which open amounts of one day are worth a step more, by currency.

    Only `to_usd` of that day moves: `from_usd`, by which a receipt settles a pledge, never does.
    """

    def __init__(self, rates: Rates, day: date, steps: Mapping[str, Fraction]) -> None:
        super().__init__(rates.all())
        self._day, self._steps = day, steps

    def to_usd(self, amount_minor: int, currency: str, day: date) -> int:
        """USD cents, at the moved rate on the one day."""
        step = self._steps.get(currency)
        if not step or not amount_minor or day != self._day or currency == PROGRAMME_CURRENCY:
            return super().to_usd(amount_minor, currency, day)
        return moved_usd(amount_minor, currency, self.in_force(currency, day).value, step)


def moved_position(book: Position, facts: Facts, steps: Mapping[str, Fraction]) -> Position:
    """The position of the same day if each of these currencies were worth a step more.

    `book` is the position of `facts`. Base rates do not move: a pledge's realised difference stays, and its
    unrealised one changes by what its open amount does.
    """
    after = position(replace(facts, rates=_Moved(facts.rates, book.as_of, steps)), book.as_of)
    pledges = {
        reference: _of_today(state, book.pledges[reference]) for reference, state in after.pledges.items()
    }
    return replace(after, pledges=pledges)


def _of_today(after: PledgeState, today: PledgeState) -> PledgeState:
    """A moved pledge with its differences against the base as it is: one signed today has today's rate."""
    grown = after.open_usd_minor - today.open_usd_minor
    return replace(
        after,
        realised_usd_minor=today.realised_usd_minor,
        unrealised_usd_minor=today.unrealised_usd_minor + grown,
    )


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a step does to the programme: open USD, totals, and how far each lens reaches. Step 0 is today."""

    step: Fraction
    open_usd_minor: int
    total: Total
    headlines: Mapping[Lens, Headlines]


def scenarios(book: Position, facts: Facts, currencies: Iterable[str]) -> tuple[Scenario, ...]:
    """All steps, lowest first, with today among them, if these currencies moved alike and no other did."""
    moving = tuple(currencies)
    return tuple(
        _scenario(step, book if not step else moved_position(book, facts, dict.fromkeys(moving, step)))
        for step in sorted((Fraction(0), *STEPS))
    )


def _scenario(step: Fraction, book: Position) -> Scenario:
    open_usd = sum(state.open_usd_minor for state in book.pledges.values())
    return Scenario(step, open_usd, book.total, book.headlines)


# Exchange differences


@dataclass(frozen=True, slots=True)
class Difference:
    """A pledge in another currency and what exchange did to it (R5), with the rates it is reckoned from.

    `now` is None where nothing is open, `base` where nothing had to be converted at it.
    """

    state: PledgeState
    base: Rate | None
    now: Rate | None

    @property
    def base_day(self) -> date:
        """The day whose rate differences are reckoned from: signed, else pledged."""
        return self.state.pledge.signed_on or self.state.pledge.pledged_on

    @property
    def came_usd_minor(self) -> int:
        """What came, in USD, with what was deducted on the way."""
        return self.state.received_usd_minor + self.state.deductions_usd_minor

    @property
    def came_at_base_minor(self) -> int:
        """The same at the base rate, in USD cents."""
        return self.came_usd_minor - self.state.realised_usd_minor

    @property
    def open_at_base_minor(self) -> int:
        """What is open at the base rate, in USD cents."""
        return self.state.open_usd_minor - self.state.unrealised_usd_minor

    @property
    def usd_minor(self) -> int:
        """Realised and unrealised together."""
        return self.state.realised_usd_minor + self.state.unrealised_usd_minor


class Sums(NamedTuple):
    """Gains and losses, each added up by itself; losses are negative."""

    gains: int
    losses: int

    @property
    def usd_minor(self) -> int:
        """Both together."""
        return self.gains + self.losses


@dataclass(frozen=True, slots=True)
class Differences:
    """Exchange differences by pledge, the largest first; `idle` are pledges with nothing to convert yet."""

    rows: tuple[Difference, ...]
    idle: tuple[Difference, ...]

    @property
    def realised(self) -> Sums:
        """On what came."""
        return _sums(row.state.realised_usd_minor for row in self.rows)

    @property
    def unrealised(self) -> Sums:
        """On what is open."""
        return _sums(row.state.unrealised_usd_minor for row in self.rows)

    @property
    def both(self) -> Sums:
        """Gains of both kinds, and losses of both kinds: no gain is set off against a loss."""
        return Sums(
            self.realised.gains + self.unrealised.gains, self.realised.losses + self.unrealised.losses
        )


def _sums(amounts: Iterable[int]) -> Sums:
    found = list(amounts)
    return Sums(sum(one for one in found if one > 0), sum(one for one in found if one < 0))


def differences(book: Position, rates: Rates) -> Differences:
    """What the position's pledges in other currencies gained or lost. The figures are the position's own."""
    foreign = [state for state in book.pledges.values() if state.pledge.currency != PROGRAMME_CURRENCY]
    found = [_difference(state, rates, book.as_of) for state in foreign]
    rows = [row for row in found if _converted(row.state)]
    rows.sort(key=lambda row: (-abs(row.usd_minor), row.state.pledge.reference))
    return Differences(tuple(rows), tuple(row for row in found if not _converted(row.state)))


def _converted(state: PledgeState) -> bool:
    """Whether anything of a pledge came, or is open."""
    return bool(state.settled_minor or state.open_minor or state.realised_usd_minor)


def _difference(state: PledgeState, rates: Rates, day: date) -> Difference:
    pledge = state.pledge
    return Difference(
        state,
        rates.find(pledge.currency, pledge.signed_on or pledge.pledged_on),
        rates.in_force(pledge.currency, day) if state.open_minor else None,
    )
