"""Budget versions as tables: published and computed amounts, where they differ (R3), and what another version
changes. USD cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tracker.domain.budget import SHARE_UNITS, BudgetVersion, Outcome, Programme, version_in_force
from tracker.domain.money import round_half_away, split
from tracker.domain.months import Month, month_of
from tracker.domain.revisions import InForce, in_force, requirements
from tracker.domain.vocabulary import SUPPORT_CODE


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One outcome: its share in millionths, what was published a month, and the total times the share."""

    outcome: Outcome
    share_units: int
    published: int
    computed: int
    in_force: int
    before: int

    @property
    def change(self) -> int:
        """What it requires a month more than by the version before this one."""
        return self.in_force - self.before

    @property
    def difference(self) -> int:
        """Computed less published."""
        return self.computed - self.published


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A version, its rows, and what the support share would be if it were of direct costs.

    `runs` are the months in which it is in force; `previous` is the version numbered before it.
    """

    version: BudgetVersion
    rows: tuple[BudgetRow, ...]
    support_units: int
    support_of_direct: int
    runs: tuple[InForce, ...]
    previous: BudgetVersion | None

    @property
    def months_in_force(self) -> int:
        """How many months it is in force in."""
        return sum(run.last + 1 - run.first for run in self.runs)

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


def budget_views(
    programme: Programme, versions: Sequence[BudgetVersion], as_of: date
) -> tuple[BudgetView, ...]:
    """Every version, the newest first, and the months in which each is in force as of a day."""
    runs = in_force(programme, versions, as_of)
    before = (None, *versions)
    views = [
        budget_view(programme, version, tuple(run for run in runs if run.number == version.number), previous)
        for version, previous in zip(versions, before, strict=False)
    ]
    return tuple(reversed(views))


def budget_view(
    programme: Programme,
    version: BudgetVersion,
    runs: tuple[InForce, ...] = (),
    previous: BudgetVersion | None = None,
) -> BudgetView:
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
            (previous or version).requirements_minor,
            strict=True,
        )
    )
    support = next((row.share_units for row in rows if row.outcome.code == SUPPORT_CODE), 0)
    direct = sum(row.published for row in rows if row.outcome.code != SUPPORT_CODE)
    of_direct = round_half_away(Fraction(direct * support, SHARE_UNITS))
    return BudgetView(version, rows, support, of_direct, runs, previous)


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """What one outcome requires now and then: a month, in the month the version takes effect, and in all."""

    outcome: Outcome
    share_units: int
    now: int
    then: int
    whole_now: int
    whole_then: int


@dataclass(frozen=True, slots=True)
class RevisionView:
    """What a version changes. `first` to `last` are the months affected; `over` those that are over;
    `superseded` the versions that are in force in no month any more.
    """

    version: BudgetVersion
    rows: tuple[RevisionRow, ...]
    first: Month
    last: Month
    months: int
    over: int
    runs: tuple[InForce, ...]
    superseded: tuple[int, ...]

    def total(self, column: str) -> int:
        """A column, added up."""
        return sum(getattr(row, column) for row in self.rows)


def revision_view(
    programme: Programme, earlier: Sequence[BudgetVersion], version: BudgetVersion, today: date
) -> RevisionView:
    """The next version against those before it, as of today.

    The highest number is in force from its effective month on, so that those are the months affected.
    """
    both = (*earlier, version)
    standing = version_in_force(earlier, version.effective_month, today)
    columns = (
        version.share_units,
        standing.requirements_minor,
        version.requirements_minor,
        requirements(programme, earlier, today),
        requirements(programme, both, today),
    )
    rows = tuple(RevisionRow(*row) for row in zip(programme.outcomes, *columns, strict=True))
    first, last = version.effective_month, programme.last_month
    runs = in_force(programme, both, today)
    gone = {run.number for run in in_force(programme, earlier, today)} - {run.number for run in runs}
    over = max(0, min(month_of(today), Month(last + 1)) - first)
    return RevisionView(version, rows, first, last, last + 1 - first, over, runs, tuple(sorted(gone)))
