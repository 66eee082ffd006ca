"""The position now, and as it would be after a change that is not recorded yet."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.contributions import Facts, Pledge, Receipt
from tracker.domain.position import Position, position
from tracker.domain.register import Kind
from tracker.queries.position import facts_of, position_of

Changed = Callable[[Facts], Facts]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both positions, as of today."""

    before: Position
    after: Position


def compare(session: Session, programme_id: int, today: date, change: Changed) -> Comparison:
    """What a change of the facts does to the position."""
    before = position_of(session, programme_id, today)
    return Comparison(before, position(change(facts_of(session, programme_id)), today))


def with_pledge(pledge: Pledge) -> Changed:
    """A pledge as it would be."""
    return lambda facts: replace(
        facts, pledges=(*(p for p in facts.pledges if p.reference != pledge.reference), pledge)
    )


def with_receipt(receipt: Receipt) -> Changed:
    """A receipt as it would be."""
    return lambda facts: replace(
        facts, receipts=(*(r for r in facts.receipts if r.reference != receipt.reference), receipt)
    )


def without(kind: Kind, key: str) -> Changed:
    """A record gone, as voiding it would have it."""

    def change(facts: Facts) -> Facts:
        return replace(
            facts,
            pledges=tuple(p for p in facts.pledges if (kind, key) != ("pledges", p.reference)),
            receipts=tuple(r for r in facts.receipts if (kind, key) != ("receipts", r.reference)),
            refunds=tuple(r for r in facts.refunds if (kind, key) != ("refunds", r.reference)),
        )

    return change
