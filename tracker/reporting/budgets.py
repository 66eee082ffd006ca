"""A budget version as a table: published and computed amounts, and where they differ (R3). USD cents."""

from dataclasses import dataclass
from fractions import Fraction

from tracker.domain.budget import SHARE_UNITS, BudgetVersion, Outcome, Programme
from tracker.domain.money import round_half_away, split
from tracker.domain.vocabulary import SUPPORT_CODE


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One outcome: its share in millionths, what was published a month, and the total times the share."""

    outcome: Outcome
    share_units: int
    published: int
    computed: int
    in_force: int

    @property
    def difference(self) -> int:
        """Computed less published."""
        return self.computed - self.published


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A version, its rows, and what the support share would be if it were of direct costs."""

    version: BudgetVersion
    rows: tuple[BudgetRow, ...]
    support_units: int
    support_of_direct: int

    @property
    def published(self) -> int:
        """The published column, added up."""
        return sum(row.published for row in self.rows)

    @property
    def computed(self) -> int:
        """The computed column, added up."""
        return sum(row.computed for row in self.rows)

    @property
    def differs(self) -> bool:
        """Whether any amount is not its share."""
        return any(row.difference for row in self.rows)


def budget_view(programme: Programme, version: BudgetVersion) -> BudgetView:
    """One version; `support_of_direct` is the support share of the other outcomes' published amounts.

    13 % of 34,046.00 is 4,425.98, where the published 5,097.00 is 13 % of the total (R14).
    """
    computed = split(version.monthly_total_minor, version.share_units)
    rows = tuple(
        BudgetRow(*columns)
        for columns in zip(
            programme.outcomes,
            version.share_units,
            version.amounts_minor,
            computed,
            version.requirements_minor,
            strict=True,
        )
    )
    support = next((row.share_units for row in rows if row.outcome.code == SUPPORT_CODE), 0)
    direct = sum(row.published for row in rows if row.outcome.code != SUPPORT_CODE)
    return BudgetView(version, rows, support, round_half_away(Fraction(direct * support, SHARE_UNITS)))
