"""Where every key stands in the files, and which rows failed: so that no problem is told twice.

A receipt that names a pledge whose own row is wrong is not called wrong for it: the pledge's row is.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tracker.domain.problems import Problem
from tracker.domain.register import Kind
from tracker.domain.writing import TableName

Where = tuple[str, int]

_REFERS_TO: Final[dict[str, Kind]] = {
    "unknown_donor": "donors",
    "unknown_pledge": "pledges",
    "another_donors_pledge": "pledges",
    "unknown_receipt": "receipts",
}


class Standing:
    """Rows met so far. `broken` are tables that could not be read to their end."""

    def __init__(self, broken: set[TableName]) -> None:
        self._broken = broken
        self._seen: dict[tuple[Kind, str], Where] = {}
        self._recorded: dict[tuple[Kind, str], Where] = {}
        self._failed: set[tuple[Kind, str]] = set()
        self._failed_rates: dict[str, list[str]] = {}

    def seen(self, kind: Kind, key: str, where: Where) -> Where | None:
        """Note a key; answers with the row that had it first, if there is one."""
        if not key.strip():
            return None
        first = self._seen.setdefault((kind, key), where)
        return first if first != where else None

    def record(self, kind: Kind, key: str, where: Where) -> None:
        """Note a row that would add or change a record."""
        self._recorded[kind, key] = where

    def recorded(self, kind: Kind, key: str, where: Where) -> bool:
        """Whether this row adds or changes a record."""
        return self._recorded.get((kind, key)) == where

    def where(self, kind: Kind, key: str) -> Where:
        """The row that adds or changes a record."""
        return self._recorded[kind, key]

    def failed(self, kind: Kind, key: str, raw: Mapping[str, str]) -> None:
        """Note a row that is wrong; without cells, the table broke off there."""
        if not raw:
            self._broken.add(kind)
        self._failed.add((kind, key))
        if kind == "rates":
            self._failed_rates.setdefault(raw.get("currency", ""), []).append(raw.get("effective_on", ""))

    def has_failed(self, kind: Kind, key: str) -> bool:
        """Whether a record is missing only because its own row is wrong."""
        return kind in self._broken or (kind, key) in self._failed

    def explains(self, problem: Problem, beside: Iterable[Problem]) -> bool:
        """Whether a problem only follows from another one that is told already."""
        facts = problem.facts
        if problem.code in _REFERS_TO:
            return self.has_failed(_REFERS_TO[problem.code], str(facts["text"]))
        if problem.code == "no_rate":
            days = self._failed_rates.get(str(facts["currency"]), [])
            return "rates" in self._broken or any(day <= str(facts["day"]) for day in days)
        if problem.code == "too_many_decimals":
            return any(p.column == "currency" or p.code == "unknown_receipt" for p in beside)
        return False
