"""Why a cell is what it is: the items that cover it, in the order they were used (R8, R11)."""

from typing import NamedTuple

from tracker.domain.budget import BudgetVersion, version_in_force
from tracker.domain.items import Item
from tracker.domain.months import Month
from tracker.domain.position import Cell, Position


class Use(NamedTuple):
    """One item in one cell, in USD cents: `share = used_before + used_here + left_after`."""

    item: Item
    share: int
    used_before: int
    used_here: int
    left_after: int


class Reasons(NamedTuple):
    """A cell, what covers it, and the budget version that says what it needs."""

    cell: Cell
    version: BudgetVersion
    uses: tuple[Use, ...]


def reasons(book: Position, outcome: str, month: Month) -> Reasons:
    """The reasons of one cell. Raises `KeyError` where the programme has no such cell."""
    cell = book.cell(outcome, month)
    items = {(item.lens, item.reference): item for item in book.items}
    index = book.programme.codes.index(outcome)
    before: dict[tuple[str, str], int] = {}
    uses = []
    for row in book.trace:
        if row.outcome != outcome or row.month is None or row.month > month:
            continue
        key = (row.lens, row.reference)
        if row.month < month:
            before[key] = before.get(key, 0) + row.amount
        else:
            share, used = items[key].parts_minor[index], before.get(key, 0)
            uses.append(Use(items[key], share, used, row.amount, share - used - row.amount))
    return Reasons(cell, version_in_force(book.versions, month, book.as_of), tuple(uses))
