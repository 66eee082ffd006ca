"""The one way to a position. What was worked out once is kept until something is recorded.

The key is the newest audit entry's hash: every write moves it, and a write that was rolled back never
shared it with another one. `forget` throws everything away; it is got back by asking again.
"""

from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import Final

from sqlalchemy.orm import Session

from tracker.domain.contributions import Facts
from tracker.domain.position import Position, position
from tracker.queries.facts import load_facts
from tracker.queries.trail import newest

KEPT_POSITIONS: Final = 8
KEPT_FACTS: Final = 1

_positions: OrderedDict[tuple[int, str, date], Position] = OrderedDict()
_facts: OrderedDict[tuple[int, str], Facts] = OrderedDict()
_lock = Lock()


def position_of(session: Session, programme_id: int, as_of: date) -> Position:
    """The position of a programme as of a day, from what is on record now. Frozen: many may share it.

    Raises `exchange.NoRate` where an amount has to be converted and no rate is in force.
    """
    _, digest = newest(session, programme_id)
    key = (programme_id, digest, as_of)
    with _lock:
        if key in _positions:
            _positions.move_to_end(key)
            return _positions[key]
    book = position(facts_of(session, programme_id), as_of)
    with _lock:
        _positions[key] = book
        while len(_positions) > KEPT_POSITIONS:
            _positions.popitem(last=False)
    return book


def facts_of(session: Session, programme_id: int) -> Facts:
    """Everything on record now, as facts."""
    _, digest = newest(session, programme_id)
    key = (programme_id, digest)
    with _lock:
        if key in _facts:
            return _facts[key]
    facts = load_facts(session, programme_id)
    with _lock:
        _facts[key] = facts
        while len(_facts) > KEPT_FACTS:
            _facts.popitem(last=False)
    return facts


def forget() -> None:
    """Throw away everything that was kept."""
    with _lock:
        _positions.clear()
        _facts.clear()
