"""From one state of the records to another, one record at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any, Generic, Literal, NamedTuple, TypeVar

How = Literal["added", "changed", "removed"]
R = TypeVar("R")


class Changed(NamedTuple, Generic[R]):
    """A record as it was and as it is; `rows` are all of its kind once it is changed."""

    key: str
    how: How
    was: R | None
    now: R | None
    rows: tuple[R, ...]


def walk(
    was: Iterable[R],
    now: Iterable[R],
    key: Callable[[R], str],
    what: Callable[[R], object] = lambda row: row,
) -> Iterator[Changed[R]]:
    """The records that differ in `what`: those that are gone, then the others in the order of `now`."""
    rows: dict[str, R] = {key(row): row for row in was}
    wanted: dict[str, R] = {key(row): row for row in now}
    gone: list[str] = [one for one in rows if one not in wanted]
    for one in (*gone, *wanted):
        old, new = rows.get(one), wanted.get(one)
        if new is None:
            del rows[one]
        else:
            rows[one] = new
        if old is None or new is None or what(old) != what(new):
            how: How = "removed" if new is None else "added" if old is None else "changed"
            yield Changed(one, how, old, new, tuple(rows.values()))


def changed_fields(changed: Changed[Any]) -> tuple[str, ...]:
    """The facts that changed of a record that was there before."""
    was, now = changed.was, changed.now
    if was is None or now is None:
        return ()
    return tuple(f.name for f in fields(was) if getattr(was, f.name) != getattr(now, f.name))
