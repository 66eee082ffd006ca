"""Tables of text → what would be recorded, or everything that is wrong (docs/formats.md).

All or nothing over everything named in one command. Every row is read against what is on record and
against the rows before it; donors come first, then rates, pledges with their instalments, receipts and
refunds, whatever the order of the files. Nothing here writes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tracker.domain.entries import Entry, PledgeEntry
from tracker.domain.register import KINDS, Kind, Register
from tracker.domain.writing import COLUMNS, TableName
from tracker.importing.findings import Finding
from tracker.importing.tables import Tables


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


def make_plan(
    tables: Tables,
    register: Register,
    *,
    update: bool = False,
    progress: Callable[[int], object] = lambda rows: None,
) -> Plan:
    """What recording these tables would do. Adds what is right to the register as it goes along.

    `update`: other content under a reference on record is a change, not a problem. `progress` is told
    how many rows more have been read.
    """
    from tracker.importing.planner import Planner  # it fills the Plan that is defined here

    return Planner(tables, register, update, progress).plan()


def schedule_text(entry: PledgeEntry, amounts: Callable[[int], str]) -> str:
    """A schedule on one line: `2026-03-15 40000.00, 2026-05-15 60000.00`."""
    return ", ".join(f"{i.due_on.isoformat()} {amounts(i.amount_minor)}" for i in entry.pledge.instalments)
