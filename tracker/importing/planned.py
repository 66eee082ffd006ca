"""What an import would do: records to add and to change, and what stands in the way."""

from dataclasses import dataclass, field

from tracker.domain.entries import Entry
from tracker.domain.register import KINDS, Kind
from tracker.domain.writing import COLUMNS, TableName
from tracker.importing.findings import Finding


@dataclass
class Counts:
    """Rows of one table by what they amount to."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass
class Plan:
    """What an import would do. With any problem it does nothing at all.

    `changed` holds (as on record, as in the file). A pledge's entry carries its whole schedule; one that
    is changed may differ in its schedule alone. `instalments` counts rows of `instalments.csv`.
    """

    new: dict[Kind, list[Entry]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    changed: dict[Kind, list[tuple[Entry, Entry]]] = field(default_factory=lambda: {k: [] for k in KINDS})
    unchanged: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    instalments: Counts = field(default_factory=Counts)
    problems: list[Finding] = field(default_factory=list)
    questions: list[Finding] = field(default_factory=list)

    def counts(self) -> dict[TableName, Counts]:
        """Rows by table, in FORMATS' order."""
        by_kind = {kind: self._counts_of(kind) for kind in KINDS}
        return {name: self.instalments if name == "instalments" else by_kind[name] for name in COLUMNS}

    def _counts_of(self, kind: Kind) -> Counts:
        return Counts(len(self.new[kind]), len(self.changed[kind]), self.unchanged[kind])

    @property
    def writes(self) -> int:
        """Records that would be added or changed."""
        return sum(len(self.new[kind]) + len(self.changed[kind]) for kind in KINDS)
