"""Long lists: searched, filtered, put in order, and a page at a time; all of it in the address.

A list says what it can be asked (`Filter`, `Days`, `Order`); `listing` reads `?q=`, `?state=`, the filters
by their names, `?from=` and `?until=`, `?sort=received` or `?sort=-received`, and `?page=`. What the address
says is only ever read, and links carry nothing that the list does not know.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from flask import request, url_for
from flask_babel import gettext as _

from tracker.domain.folding import folded
from tracker.domain.months import parse_day
from tracker.domain.problems import Refused
from tracker.wording import problem_text

T = TypeVar("T")
SIZE = 50
LONGEST = 100
Chip = tuple[str, str, bool]
Option = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Filter(Generic[T]):
    """One choice: `?name=value`. `words` are value → word; `has` names every value that a row has."""

    name: str
    label: str
    every: str
    words: Mapping[str, str]
    has: Callable[[T], Collection[str]]


@dataclass(frozen=True, slots=True)
class Days(Generic[T]):
    """A range of days, both inclusive: `?from=2026-01-01&until=2026-03-31`."""

    label: str
    of: Callable[[T], date]


@dataclass(frozen=True, slots=True)
class Order(Generic[T]):
    """One way to put rows in order: `?sort=key`, turned round by `?sort=-key`. None stands last, always.

    `down` where the largest or latest comes first at first; `words` say that order in a menu.
    """

    key: str
    words: str
    of: Callable[[T], Any]
    down: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter as the page shows it. options: value, word, whether it is chosen."""

    name: str
    label: str
    every: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> str:
        """The word of what was chosen, or ''."""
        return next((word for value, word, chosen in self.options if chosen), "")


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range of days, as typed; a day that is none says so and bounds nothing."""

    name: str
    label: str
    typed: str
    day: date | None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """A column head: where it leads, and how the list stands by it: '', ascending or descending."""

    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list, and all of what was found. `first` and `last` are row numbers."""

    rows: Sequence[T]
    found: Sequence[T]
    query: str
    state: str
    chips: list[Chip]
    first: int
    last: int
    previous_url: str
    next_url: str
    choices: tuple[Choice, ...] = ()
    bounds: tuple[Bound, ...] = ()
    orders: tuple[Option, ...] = ()
    heads: Mapping[str, Head] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def filtered(self) -> bool:
        """Whether the reader asked for a part only."""
        return bool(self.query or self.state or any(c.chosen for c in self.choices) or self._bounded)

    @property
    def _bounded(self) -> bool:
        return any(bound.day for bound in self.bounds)

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """What was asked for, in words: label and value."""
        said = [(_("Search"), self.query), (_("State"), next((c[1] for c in self.chips if c[2]), ""))]
        said += [(choice.label, choice.chosen) for choice in self.choices]
        said += [(bound.label, bound.day.isoformat()) for bound in self.bounds if bound.day]
        return tuple((label, value) for label, value in said if value)


def listing(
    rows: Iterable[T],
    texts: Callable[[T], Iterable[str]],
    states: Mapping[str, str],
    of: Callable[[T], str],
    *,
    filters: Sequence[Filter[T]] = (),
    days: Days[T] | None = None,
    orders: Sequence[Order[T]] = (),
) -> Listing[T]:
    """What the address asks for. `states` are state → word in the chips' order; `of` is a row's state.

    The first of `orders` is how the list stands by itself; without any, rows stay as they come.
    """
    asked = _Asked.read(states, filters, orders)
    bounds = _bounds(days)
    fitting = _between(_chosen(_searched(rows, texts, asked.query), filters, asked), days, bounds)
    counts = _counts(fitting, states, of)
    found = [row for row in fitting if not asked.state or of(row) == asked.state]
    found = _ordered(found, orders, asked.sort)
    page = min(_page(), max(1, -(-len(found) // SIZE)))
    start = (page - 1) * SIZE
    shown = found[start : start + SIZE]
    said = asked.said(bounds)
    chips = [(_url(said, state=""), f"{_('All')} {len(fitting)}", not asked.state)]
    chips += [(_url(said, state=n), f"{states[n]} {c}", n == asked.state) for n, c in counts.items() if c]
    return Listing(
        shown,
        found,
        asked.query,
        asked.state,
        chips,
        start + 1,
        start + len(shown),
        _url(said, page=str(page - 1) if page > 2 else "") if page > 1 else "",
        _url(said, page=str(page + 1)) if start + SIZE < len(found) else "",
        tuple(_choice(one, asked) for one in filters),
        bounds,
        _order_options(orders, asked.sort),
        _heads(orders, asked.sort, said),
        {kind: _url(said, format=kind) for kind in ("csv", "xlsx")},
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for, as far as the list knows it. `sort` is '' for the list's own order."""

    query: str
    state: str
    chosen: Mapping[str, str]
    sort: str

    @classmethod
    def read(
        cls, states: Mapping[str, str], filters: Sequence[Filter[T]], orders: Sequence[Order[T]]
    ) -> "_Asked":
        given = request.args
        state, sort = given.get("state", ""), given.get("sort", "")
        chosen = {one.name: given.get(one.name, "") for one in filters}
        return cls(
            given.get("q", "").strip()[:LONGEST],
            state if state in states else "",
            {one.name: chosen[one.name] for one in filters if chosen[one.name] in one.words},
            sort if sort.removeprefix("-") in {order.key for order in orders} else "",
        )

    def said(self, bounds: Iterable[Bound]) -> dict[str, str]:
        """The same as an address says it, without the page."""
        days = {bound.name: bound.day.isoformat() for bound in bounds if bound.day}
        return {"q": self.query, "state": self.state, **self.chosen, **days, "sort": self.sort}


def _searched(rows: Iterable[T], texts: Callable[[T], Iterable[str]], query: str) -> list[T]:
    if not query:
        return list(rows)
    wanted = folded(query)
    return [row for row in rows if wanted in folded("\n".join(texts(row)))]


def _chosen(rows: list[T], filters: Iterable[Filter[T]], asked: _Asked) -> list[T]:
    for one in filters:
        if value := asked.chosen.get(one.name, ""):
            rows = [row for row in rows if value in one.has(row)]
    return rows


def _between(rows: list[T], days: Days[T] | None, bounds: Sequence[Bound]) -> list[T]:
    if days is None:
        return rows
    first, last = (bound.day for bound in bounds)
    return [r for r in rows if (not first or days.of(r) >= first) and (not last or days.of(r) <= last)]


def _counts(rows: Iterable[T], states: Mapping[str, str], of: Callable[[T], str]) -> dict[str, int]:
    counts = dict.fromkeys(states, 0)
    for row in rows:
        counts[of(row)] = counts.get(of(row), 0) + 1
    return {name: counts[name] for name in states}


def _ordered(rows: list[T], orders: Sequence[Order[T]], sort: str) -> list[T]:
    if not orders:
        return rows
    order = next((one for one in orders if one.key == sort.removeprefix("-")), orders[0])
    keyed = [(order.of(row), row) for row in rows]
    known = [pair for pair in keyed if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=order.down != sort.startswith("-"))
    return [row for _key, row in known] + [row for key, row in keyed if key is None]


def _bounds(days: Days[T] | None) -> tuple[Bound, ...]:
    if days is None:
        return ()
    ends = (("from", _("%(what)s from", what=days.label)), ("until", _("%(what)s until", what=days.label)))
    return tuple(_bound(name, label) for name, label in ends)


def _bound(name: str, label: str) -> Bound:
    typed = request.args.get(name, "").strip()[:40]
    try:
        return Bound(name, label, typed, parse_day(typed) if typed else None)
    except Refused as refused:
        return Bound(name, label, typed, None, problem_text(refused.problems[0]))


def _choice(one: Filter[T], asked: _Asked) -> Choice:
    chosen = asked.chosen.get(one.name, "")
    options = tuple((value, word, value == chosen) for value, word in one.words.items())
    return Choice(one.name, one.label, one.every, options)


def _order_options(orders: Sequence[Order[T]], sort: str) -> tuple[Option, ...]:
    """Every order as it comes first, and the one that stands turned round."""
    options = []
    for at, one in enumerate(orders):
        options.append((one.key, one.words, sort == one.key or (not sort and at == 0)))
        if sort == f"-{one.key}":
            options.append((sort, _("%(order)s, turned round", order=one.words), True))
    return tuple(options)


def _heads(orders: Sequence[Order[T]], sort: str, said: Mapping[str, str]) -> dict[str, Head]:
    standing = sort or (orders[0].key if orders else "")
    heads = {}
    for one in orders:
        if standing.removeprefix("-") != one.key:
            heads[one.key] = Head(_url(said, sort=one.key), "")
            continue
        turned = standing.startswith("-")
        direction = "descending" if one.down != turned else "ascending"
        heads[one.key] = Head(_url(said, sort=one.key if turned else f"-{one.key}"), direction)
    return heads


def _page() -> int:
    text = request.args.get("page", "")
    return max(1, int(text)) if len(text) <= 6 and text.isascii() and text.isdigit() else 1


def _url(said: Mapping[str, str], **changed: str) -> str:
    chosen: dict[str, Any] = {name: text for name, text in {**said, **changed}.items() if text}
    return url_for(request.endpoint or "", **chosen)
