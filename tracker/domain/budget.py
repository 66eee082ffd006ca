"""The budget: what each outcome needs in each month (R3), and which version says so (R10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.domain.money import split
from tracker.domain.months import Month, month_text
from tracker.domain.vocabulary import SUPPORT_CODE, Basis

SHARE_UNITS = 1_000_000
"""Shares are whole millionths: 16.58 % is 165800."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One budget line of the programme, in the programme's order."""

    code: str
    name: str
    short_name: str
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """What a position is about. `first_month` and `last_month` are both inclusive."""

    code: str
    name: str
    currency: str
    first_month: Month
    last_month: Month
    tolerance_minor: int
    outcomes: tuple[Outcome, ...]

    @property
    def months(self) -> range:
        """All months of the programme, [first, last + 1)."""
        return range(self.first_month, self.last_month + 1)

    @property
    def codes(self) -> tuple[str, ...]:
        """Outcome codes in the programme's order."""
        return tuple(outcome.code for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class BudgetVersion:
    """One adopted budget. Shares (millionths) and amounts (minor units a month) follow the outcomes' order.

    `adopted_on` None counts as adopted at every date (version 1, provisional).
    """

    number: int
    effective_month: Month
    adopted_on: date | None
    monthly_total_minor: int
    basis: Basis
    share_units: tuple[int, ...]
    amounts_minor: tuple[int, ...]
    reason: str = ""

    @property
    def requirements_minor(self) -> tuple[int, ...]:
        """USD cents each outcome needs a month (R3).

        >>> v = BudgetVersion(1, Month(0), None, 3914300, "shares", (165800, 512600, 191600, 130000), ())
        >>> v.requirements_minor
        (648991, 2006470, 749980, 508859)
        """
        if self.basis == "shares":
            return split(self.monthly_total_minor, self.share_units)
        return self.amounts_minor

    @property
    def weights(self) -> tuple[int, ...]:
        """The pro-rata split of core money: the shares, or under basis `amounts` the amounts."""
        return self.share_units if self.basis == "shares" else self.amounts_minor


class NoBudget(Exception):
    """No budget version is in force in a month that needs one: the programme is set up wrongly."""


def version_in_force(versions: Iterable[BudgetVersion], month: Month, as_of: date) -> BudgetVersion:
    """The highest-numbered version effective by the month and adopted by the day (DOMAIN section 2)."""
    candidates = [
        version
        for version in versions
        if version.effective_month <= month and (version.adopted_on is None or version.adopted_on <= as_of)
    ]
    if not candidates:
        raise NoBudget(month_text(month))
    return max(candidates, key=lambda version: version.number)


def support_index(codes: Sequence[str]) -> int:
    """Where programme support stands among the outcomes."""
    return codes.index(SUPPORT_CODE)
