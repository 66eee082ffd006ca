"""One donor's part of a position: all that a donor may see of single contributions.

`part_of` is the one filter. Whatever is shown to a donor of pledges, receipts and what they cover comes
from an `OwnPart`, which holds nothing of anybody else. Amounts are USD cents unless the name says otherwise.
"""

from dataclasses import dataclass
from datetime import date

from tracker.domain.budget import BudgetVersion, Programme
from tracker.domain.contributions import NetReceipt, PledgeState
from tracker.domain.items import Item
from tracker.domain.months import Month, month_of
from tracker.domain.position import Position, TraceRow


@dataclass(frozen=True)
class OwnPart:
    """Items, trace, receipts and pledges of one donor, in the position's order. The budget is public."""

    donor: str
    programme: Programme
    as_of: date
    versions: tuple[BudgetVersion, ...]
    items: tuple[Item, ...]
    trace: tuple[TraceRow, ...]
    receipts: dict[str, NetReceipt]
    pledges: dict[str, PledgeState]

    @property
    def as_of_month(self) -> Month:
        """The month of the as-of day."""
        return month_of(self.as_of)


def part_of(book: Position, donor: str) -> OwnPart:
    """What belongs to one donor, by its code."""
    return OwnPart(
        donor=donor,
        programme=book.programme,
        as_of=book.as_of,
        versions=book.versions,
        items=tuple(item for item in book.items if item.donor == donor),
        trace=tuple(row for row in book.trace if row.donor == donor),
        receipts={key: net for key, net in book.receipts.items() if net.receipt.donor == donor},
        pledges={key: state for key, state in book.pledges.items() if state.pledge.donor == donor},
    )
