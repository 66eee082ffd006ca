"""A map of a table as text: a small TOML file that a person can write (docs/importing.md).

`parse_map` and `map_text` are each other's reverse.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

import tomli_w

from tracker.domain.problems import Problem, Refused
from tracker.importing.suggesting import suggest, suggest_kinds
from tracker.importing.table_map import (
    CONSTANTS,
    FIELDS,
    KINDS,
    Filter,
    TableMap,
    check_map,
    check_terms,
    fits,
    prefix_of,
)

__all__ = [
    "CONSTANTS",
    "FIELDS",
    "KINDS",
    "Filter",
    "TableMap",
    "check_map",
    "fits",
    "map_text",
    "parse_map",
    "prefix_of",
    "suggest",
    "suggest_kinds",
]

_TEXTS: Final = ("name", "shape", "sheet", "date_format", "number_format")
_TABLES: Final = ("columns", "constants", "donors", "date_formats")
_KEYS: Final = (*_TEXTS, "header_row", "columns", "date_formats", "constants", "kinds", "filters", "donors")
_FILTER_KEYS: Final = ("column", "keep", "drop")


def parse_map(text: str) -> TableMap:
    """The map that a TOML text says. Raises `Refused` with every problem, each naming its key.

    >>> parse_map('shape = "wide"\\n[columns]\\ndonor = "Fund"').columns["donor"]
    'Fund'
    """
    try:
        said = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused.of("map_not_toml", "", reason=str(error)) from None
    reader = _Reader()
    table_map = reader.read(said)
    problems = (*reader.problems, *(check_terms(table_map) if not reader.problems else ()))
    if problems:
        raise Refused(problems)
    return table_map


def map_text(table_map: TableMap) -> str:
    """A map as TOML. What is empty, and formats that are the usual ones, are left out where they may be."""
    said: dict[str, Any] = {
        "name": table_map.name,
        "shape": table_map.shape,
        "sheet": table_map.sheet,
        "header_row": table_map.header_row,
        "number_format": table_map.number_format,
        "date_format": table_map.date_format,
        "date_formats": dict(table_map.date_formats),
        "columns": dict(table_map.columns),
        "constants": dict(table_map.constants),
        "kinds": {kind: list(words) for kind, words in table_map.kinds.items()},
        "filters": [_filter(one) for one in table_map.filters],
        "donors": dict(table_map.donors),
    }
    return tomli_w.dumps({key: value for key, value in said.items() if value})


def _filter(one: Filter) -> dict[str, Any]:
    words = {"keep": list(one.keep), "drop": list(one.drop)}
    return {"column": one.column, **{key: said for key, said in words.items() if said}}


class _Reader:
    """A map being read; collects what is wrong with it, key by key."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, said: Mapping[str, object]) -> TableMap:
        self._known("", said, _KEYS)
        found: dict[str, Any] = {key: self._text(key, said[key]) for key in _TEXTS if key in said}
        if "header_row" in said:
            found["header_row"] = self._row(said["header_row"])
        for key in _TABLES:
            found[key] = self._table(key, said.get(key, {}), self._text)
        found["kinds"] = self._table("kinds", said.get("kinds", {}), self._words)
        filters = said.get("filters", [])
        if not isinstance(filters, list):
            self._wrong("filters", filters, '[[filters]] with column = "…" and keep = ["…"]')
            filters = []
        found["filters"] = tuple(self._filter(n, one) for n, one in enumerate(filters, start=1))
        return TableMap(**found)

    def _known(self, within: str, said: Mapping[str, object], keys: tuple[str, ...]) -> None:
        for key in said:
            if key not in keys:
                facts: dict[str, object] = {"text": key, "words": ", ".join(keys)}
                self.problems.append(Problem("map_unknown_key", f"{within}{key}", facts))

    def _wrong(self, key: str, said: object, right: str) -> None:
        facts: dict[str, object] = {"text": str(said), "right": right}
        self.problems.append(Problem("map_wrong_type", key, facts))

    def _text(self, key: str, said: object) -> str:
        """A text; a date as TOML writes it is one of ours."""
        if isinstance(said, date) and not isinstance(said, datetime):
            return said.isoformat()
        if isinstance(said, str):
            return said
        self._wrong(key, said, '"…"')
        return ""

    def _row(self, said: object) -> int:
        if isinstance(said, int) and not isinstance(said, bool) and 0 < said < 10**6:
            return said
        self._wrong("header_row", said, "1")
        return 1

    def _table(self, key: str, said: object, read: Callable[[str, object], Any]) -> dict[str, Any]:
        if isinstance(said, dict):
            return {name: read(f"{key}.{name}", value) for name, value in said.items()}
        self._wrong(key, said, f"[{key}]")
        return {}

    def _words(self, key: str, said: object) -> tuple[str, ...]:
        if isinstance(said, list) and all(isinstance(word, str) for word in said):
            return tuple(said)
        self._wrong(key, said, '["…", "…"]')
        return ()

    def _filter(self, number: int, said: object) -> Filter:
        within = f"filters.{number}."
        if not isinstance(said, dict):
            self._wrong("filters", said, '[[filters]] with column = "…" and keep = ["…"]')
            return Filter("")
        self._known(within, said, _FILTER_KEYS)
        column = self._text(f"{within}column", said.get("column"))
        keep, drop = (self._words(within + key, said.get(key, [])) for key in ("keep", "drop"))
        if column and bool(keep) == bool(drop):
            self.problems.append(Problem("filter_without_words", f"filters.{number}", {"text": column}))
        return Filter(column, keep, drop)
