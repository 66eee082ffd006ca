"""The one way to a position, so that a cache can stand behind it."""

from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.position import Position, position
from tracker.queries.facts import load_facts


def position_of(session: Session, programme_id: int, as_of: date) -> Position:
    """The position of a programme as of a day, from what is on record now.

    Raises `exchange.NoRate` where an amount has to be converted and no rate is in force.
    """
    return position(load_facts(session, programme_id), as_of)
