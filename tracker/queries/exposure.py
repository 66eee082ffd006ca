"""What rates of exchange do to a programme's figures, from what is on record now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.exposure import Differences, OpenIn, Scenario, differences, open_by_currency, scenarios
from tracker.domain.position import Position
from tracker.queries.kept import Shelf
from tracker.queries.position import facts_of, position_of
from tracker.queries.trail import newest

_scenarios: Shelf[tuple[Scenario, ...]] = Shelf(16)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Open amounts by currency, and exchange differences by pledge."""

    currencies: tuple[OpenIn, ...]
    differences: Differences

    @property
    def moving(self) -> tuple[OpenIn, ...]:
        """The currencies whose USD depends on a rate."""
        return tuple(row for row in self.currencies if row.rate is not None)

    @property
    def moved_usd_minor(self) -> tuple[int, ...]:
        """All that is open, in USD cents, at each step of all currencies."""
        return tuple(sum(parts) for parts in zip(*(r.moved_usd_minor for r in self.currencies), strict=True))

    @property
    def differences_minor(self) -> tuple[int, ...]:
        """What each step adds to all that is open, in USD cents."""
        return tuple(
            sum(parts) for parts in zip(*(r.differences_minor for r in self.currencies), strict=True)
        )


def exposure_of(session: Session, programme_id: int, book: Position) -> Exposure:
    """What of a position depends on rates; codes and references are the position's, masked or not."""
    rates = facts_of(session, programme_id).rates
    return Exposure(open_by_currency(book, rates), differences(book, rates))


def scenarios_of(
    session: Session, programme_id: int, as_of: date, currencies: Iterable[str]
) -> tuple[Scenario, ...]:
    """The programme as of a day if these currencies were worth less or more; nobody is named in it."""
    moving = tuple(sorted(currencies))
    key = (programme_id, newest(session, programme_id)[1], as_of, moving)
    return _scenarios.get(
        key,
        lambda: scenarios(position_of(session, programme_id, as_of), facts_of(session, programme_id), moving),
    )
