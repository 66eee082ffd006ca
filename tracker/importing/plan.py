"""Tables of text → what would be recorded, or everything that is wrong (docs/formats.md).

All or nothing over everything named in one command. Every row is read against what is on record and
against the rows before it; donors come first, then rates, pledges with their instalments, receipts and
refunds, whatever the order of the files. Nothing here writes.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from tracker.domain.again import read_receipt_again, read_refund_again
from tracker.domain.closing import check_closed
from tracker.domain.consequences import check_changed_pledge, check_changed_receipt
from tracker.domain.entries import Entry, PledgeEntry, ReceiptEntry, RefundEntry
from tracker.domain.problems import Problem
from tracker.domain.reading import (
    read_donor,
    read_pledge,
    read_rate,
    read_receipt,
    read_refund,
)
from tracker.domain.register import KINDS, Kind, Register
from tracker.domain.rows import Reading
from tracker.importing.findings import Finding, finding
from tracker.importing.planned import Counts, Plan
from tracker.importing.rows import Table, Tables, TextRow
from tracker.importing.sameness import changed_columns
from tracker.importing.schedules import (
    ScheduleRow,
    count_rows,
    gather,
    read_schedule,
    schedule_problems,
    schedule_text,
)
from tracker.importing.standing import Standing

__all__ = ["Counts", "Finding", "Plan", "make_plan"]

Raw = Mapping[str, str]
Where = tuple[str, int]

READERS: Final[dict[Kind, Callable[[Raw, Register], Reading[Entry]]]] = {
    "donors": read_donor,
    "rates": read_rate,
    "pledges": read_pledge,
    "receipts": read_receipt,
    "refunds": read_refund,
}
KEY_COLUMNS: Final[dict[Kind, tuple[str, ...]]] = {
    "donors": ("code",),
    "rates": ("currency", "effective_on"),
    "pledges": ("reference",),
    "receipts": ("reference",),
    "refunds": ("reference",),
}
CHECKED_AT_THE_ROW: Final = ("due_twice", "schedule_does_not_add_up")


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
    return _Planner(tables, register, update, progress).plan()


class _Planner:
    """One import being worked out."""

    def __init__(
        self, tables: Tables, register: Register, update: bool, progress: Callable[[int], object]
    ) -> None:
        self._tables, self._register, self._update, self._progress = tables, register, update, progress
        self._plan = Plan(problems=list(tables.problems))
        self._standing = Standing(set(tables.broken))
        self._schedules: dict[str, list[ScheduleRow]] = {}

    def plan(self) -> Plan:
        self._schedules, wrong = gather(self._tables, self._progress)
        self._plan.problems.extend(wrong)
        for kind in KINDS:
            for table in self._tables.tables:
                if table.name == kind:
                    self._read_table(kind, table)
            if kind == "pledges":
                self._schedules_alone()
        self._check_changes()
        return self._plan

    def _read_table(self, kind: Kind, table: Table) -> None:
        for row in table.rows():
            self._progress(1)
            self._read_row(kind, row, (table.file, row.number))

    # One row

    def _read_row(self, kind: Kind, row: TextRow, where: Where) -> None:
        if row.problems:
            self._wrong(where, row.problems)
            self._standing.failed(kind, _key(kind, row.cells), row.cells)
            return
        key = _key(kind, row.cells)
        first = self._standing.seen(kind, key, where)
        reading = self._read(kind, key, row.cells)
        problems = [p for p in reading.problems if not self._standing.explains(p, reading.problems)]
        if first is not None:
            facts = {"text": key, "file": first[0], "row": first[1]}
            problems.insert(0, Problem("twice_in_files", KEY_COLUMNS[kind][-1], facts))
        self._wrong(where, problems)
        if reading.entry is None:
            self._standing.failed(kind, key, row.cells)
        if kind == "pledges" and first is None:
            self._place_pledge(reading.entry, key, row.cells.get("currency", ""), where)
        elif reading.entry is not None and first is None:
            self._place(kind, reading.entry, where)
        if self._standing.recorded(kind, key, where) and first is None:
            self._plan.questions.extend(Finding(*where, question) for question in reading.questions)

    def _read(self, kind: Kind, key: str, raw: Raw) -> Reading[Entry]:
        match self._register.find(kind, key):
            case ReceiptEntry() as old:
                return read_receipt_again(raw, self._register, old)
            case RefundEntry() as old:
                return read_refund_again(raw, self._register, old)
            case _:
                return READERS[kind](raw, self._register)

    def _wrong(self, where: Where, problems: list[Problem] | tuple[Problem, ...]) -> None:
        self._plan.problems.extend(Finding(*where, problem) for problem in problems)

    # A record beside what is on record

    def _place(self, kind: Kind, entry: Entry, where: Where) -> None:
        """New, changed, or the same as on record."""
        old = self._register.find(kind, entry.key)
        if old is None:
            self._add(kind, entry, where)
            return
        columns = changed_columns(old, entry, self._register)
        if not columns:
            self._plan.unchanged[kind] += 1
        elif self._update:
            self._change(kind, old, entry, where)
        else:
            self._wrong(where, _other_content(entry.key, columns))

    def _add(self, kind: Kind, entry: Entry, where: Where) -> None:
        self._wrong(where, check_closed(None, entry, self._register.closed))
        self._plan.new[kind].append(entry)
        self._register.put(kind, entry)
        self._standing.record(kind, entry.key, where)

    def _change(self, kind: Kind, old: Entry, new: Entry, where: Where) -> None:
        self._wrong(where, check_closed(old, new, self._register.closed))
        self._plan.changed[kind].append((old, new))
        self._register.put(kind, new)
        self._standing.record(kind, new.key, where)

    # Pledges and their schedules

    def _place_pledge(self, entry: Entry | None, key: str, currency: str, where: Where) -> None:
        """A pledge's row with its schedule from the files; without one it keeps that on record."""
        old = self._register.pledges.get(key)
        rows = self._schedules.pop(key, [])
        schedule = read_schedule(rows, currency)
        self._plan.problems.extend(schedule.problems)
        if not isinstance(entry, PledgeEntry):
            return
        kept = old.pledge.instalments if old else ()
        instalments = schedule.instalments if rows and schedule.instalments is not None else kept
        new = replace(entry, pledge=replace(entry.pledge, instalments=instalments))
        if schedule.instalments is not None:
            self._plan.problems.extend(schedule_problems(new.pledge, rows, where))
        count_rows(self._plan.instalments, kept, schedule.instalments or ())
        if old is None:
            self._add("pledges", new, where)
        else:
            self._compare_pledge(old, new, rows, where)

    def _compare_pledge(
        self, old: PledgeEntry, new: PledgeEntry, rows: list[ScheduleRow], where: Where
    ) -> None:
        columns = changed_columns(old, new, self._register)
        before, after = old.pledge.instalments, new.pledge.instalments
        if not columns and before == after:
            self._plan.unchanged["pledges"] += 1
            return
        if not self._update:
            self._wrong(where, _other_content(new.key, columns))
            if before and before != after:
                self._wrong((rows[0].file, rows[0].number), [_other_schedule(old, new)])
        if self._update or not (columns or before):
            self._change("pledges", old, new, where)

    def _schedules_alone(self) -> None:
        """Schedules of pledges that stand in none of the files."""
        for key, rows in self._schedules.items():
            old = self._register.pledges.get(key)
            schedule = read_schedule(rows, old.pledge.currency if old else "")
            self._plan.problems.extend(schedule.problems)
            if old is not None and rows and schedule.instalments is not None:
                new = replace(old, pledge=replace(old.pledge, instalments=schedule.instalments))
                where = rows[0].file, rows[0].number
                wrong = schedule_problems(new.pledge, rows, where)
                self._plan.problems.extend(wrong)
                count_rows(self._plan.instalments, old.pledge.instalments, schedule.instalments)
                if old != new and not wrong:
                    self._compare_pledge(old, new, rows, where)
            elif old is None and not self._standing.has_failed("pledges", key):
                self._plan.problems.extend(
                    finding(row.file, row.number, "unknown_pledge", "pledge", text=key) for row in rows
                )

    # Afterwards

    def _check_changes(self) -> None:
        """What a change would break among the records that refer to it."""
        for _, new in self._plan.changed["pledges"]:
            assert isinstance(new, PledgeEntry)
            found = check_changed_pledge(new, self._register)
            self._wrong(
                self._standing.where("pledges", new.key),
                [problem for problem in found if problem.code not in CHECKED_AT_THE_ROW],
            )
        for _, new in self._plan.changed["receipts"]:
            assert isinstance(new, ReceiptEntry)
            found = check_changed_receipt(new, self._register)
            self._wrong(self._standing.where("receipts", new.key), found)


def _key(kind: Kind, raw: Raw) -> str:
    """What a row is known by, as text: `EUR 2026-03-01`, `P1`."""
    return " ".join(raw.get(column, "") for column in KEY_COLUMNS[kind])


def _other_content(key: str, columns: Mapping[str, tuple[str, str]]) -> list[Problem]:
    """One problem for each column that differs from what is on record."""
    return [
        Problem("differs_from_record", column, {"key": key, "old": old, "new": new})
        for column, (old, new) in columns.items()
    ]


def _other_schedule(old: PledgeEntry, new: PledgeEntry) -> Problem:
    facts: dict[str, object] = {
        "key": new.key,
        "old": schedule_text(old.pledge.instalments, old.pledge.currency),
        "new": schedule_text(new.pledge.instalments, new.pledge.currency),
    }
    return Problem("schedule_differs_from_record", "amount", facts)
