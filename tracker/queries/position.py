"""The one way to facts, a position, and what was received by a day: now, or as known at a moment.

What was worked out once is kept until something is recorded (`queries.kept`).
"""

from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.contributions import Facts
from tracker.domain.position import Position, position
from tracker.domain.received import Received, received_by
from tracker.queries.facts import load_facts
from tracker.queries.kept import Shelf, forget
from tracker.queries.known import Known
from tracker.queries.trail import newest

__all__ = ["facts_of", "forget", "position_of", "received_of"]

_positions: Shelf[Position] = Shelf(8)
_facts: Shelf[Facts] = Shelf(3)
_received: Shelf[Received] = Shelf(8)


def position_of(session: Session, programme_id: int, as_of: date, known: Known | None = None) -> Position:
    """The position of a programme as of a day, from what is on record now, or from what was known then.
    Frozen: many may share it.

    Raises `exchange.NoRate` where an amount has to be converted and no rate is in force.
    """
    key = (programme_id, _digest(session, programme_id, known), as_of)
    return _positions.get(key, lambda: position(facts_of(session, programme_id, known), as_of))


def received_of(session: Session, programme_id: int, day: date, known: Known | None = None) -> Received:
    """What was received by a day, and what it covers: for statements."""
    key = (programme_id, _digest(session, programme_id, known), day)
    return _received.get(key, lambda: received_by(facts_of(session, programme_id, known), day))


def facts_of(session: Session, programme_id: int, known: Known | None = None) -> Facts:
    """Everything on record now, or what was known then, as facts."""
    _, digest = newest(session, programme_id)
    past = known.seq if known is not None and known.digest != digest else None
    key = (programme_id, known.digest if known else digest)
    return _facts.get(key, lambda: load_facts(session, programme_id, past))


def _digest(session: Session, programme_id: int, known: Known | None) -> str:
    return known.digest if known else newest(session, programme_id)[1]
