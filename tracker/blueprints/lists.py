"""Long lists: searched, filtered by a chip, and a page at a time. What the address says is only ever read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request, url_for
from flask_babel import gettext as _

T = TypeVar("T")
SIZE = 50
Chip = tuple[str, str, bool]


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

    @property
    def filtered(self) -> bool:
        """Whether the reader asked for a part only."""
        return bool(self.query or self.state)


def listing(
    rows: Iterable[T], texts: Callable[[T], Iterable[str]], states: dict[str, str], of: Callable[[T], str]
) -> Listing[T]:
    """What the address asks for: `?q=` in a row's texts, `?state=` one of its states, `?page=`.

    `states` are state → word in the chips' order; `of` says in which state a row is.
    """
    query, state = request.args.get("q", "").strip()[:100], request.args.get("state", "")
    state = state if state in states else ""
    searched = [row for row in rows if query.casefold() in "\n".join(texts(row)).casefold()]
    counts = {name: sum(of(row) == name for row in searched) for name in states}
    chips = [(_url(query, "", 1), f"{_('All')} {len(searched)}", not state)]
    chips += [(_url(query, name, 1), f"{states[name]} {n}", name == state) for name, n in counts.items() if n]
    found = [row for row in searched if not state or of(row) == state]
    page = min(_page(), max(1, -(-len(found) // SIZE)))
    start = (page - 1) * SIZE
    shown = found[start : start + SIZE]
    before = _url(query, state, page - 1) if page > 1 else ""
    after = _url(query, state, page + 1) if start + SIZE < len(found) else ""
    return Listing(shown, found, query, state, chips, start + 1, start + len(shown), before, after)


def _page() -> int:
    text = request.args.get("page", "")
    return max(1, int(text)) if len(text) <= 6 and text.isascii() and text.isdigit() else 1


def _url(query: str, state: str, page: int) -> str:
    said = {"q": query, "state": state, "page": str(page) if page > 1 else ""}
    chosen: dict[str, Any] = {name: text for name, text in said.items() if text}
    return url_for(request.endpoint or "", **chosen)
