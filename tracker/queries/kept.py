"""What was worked out once, kept while it may be asked for again.

Keys hold the hash of the audit entry that a figure rests on: every write makes a new one, so that nothing
kept is ever out of date. `forget` throws everything away; it is got back by asking again.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")

_shelves: list["Shelf[object]"] = []


class Shelf(Generic[V]):
    """The last few values asked for, by their keys."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        _shelves.append(self)  # type: ignore[arg-type]

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """The value kept under a key, else made now. Two who ask at once may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        """Throw everything away."""
        with self._lock:
            self._values.clear()


def forget() -> None:
    """Throw away everything that was kept."""
    for shelf in _shelves:
        shelf.clear()
