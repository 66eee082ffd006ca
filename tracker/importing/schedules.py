"""Rows of `instalments.csv`, kept until the pledge that they belong to has been read."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from tracker.domain.contributions import Instalment, Pledge
from tracker.domain.money import CURRENCIES, amount_text
from tracker.domain.problems import Problem
from tracker.domain.reading import check_schedule, read_instalment
from tracker.importing.findings import Finding, finding
from tracker.importing.planned import Counts
from tracker.importing.rows import Tables

FINEST_CURRENCY: Final = "CLF"
"""Four decimals, the most there are: amounts of an unknown pledge are not refused for their decimals."""


class ScheduleRow(NamedTuple):
    """One row, as text."""

    file: str
    number: int
    due_on: str
    amount: str


class Schedule(NamedTuple):
    """A schedule as read, by due date, and its rows. `instalments` is None where a row is wrong."""

    rows: Sequence[ScheduleRow]
    instalments: tuple[Instalment, ...] | None
    problems: list[Finding]


def gather(
    tables: Tables, progress: Callable[[int], object]
) -> tuple[dict[str, list[ScheduleRow]], list[Finding]]:
    """All rows of instalments by their pledge's reference, and those that name none."""
    by_pledge: dict[str, list[ScheduleRow]] = {}
    problems: list[Finding] = []
    for table in tables.tables:
        for row in table.rows() if table.name == "instalments" else ():
            progress(1)
            reference = row.cells.get("pledge", "")
            if row.problems:
                problems.extend(Finding(table.file, row.number, problem) for problem in row.problems)
            elif not reference.strip():
                problems.append(finding(table.file, row.number, "missing", "pledge"))
            kept = ScheduleRow(
                table.file, row.number, row.cells.get("due_on", ""), row.cells.get("amount", "")
            )
            if reference.strip():
                by_pledge.setdefault(reference, []).extend([] if row.problems else [kept])
    return by_pledge, problems


def read_schedule(rows: Sequence[ScheduleRow], currency: str) -> Schedule:
    """Read a schedule in its pledge's currency."""
    currency = currency if currency in CURRENCIES else FINEST_CURRENCY
    problems: list[Finding] = []
    instalments = []
    for row in rows:
        reading = read_instalment({"due_on": row.due_on, "amount": row.amount}, currency)
        problems.extend(Finding(row.file, row.number, problem) for problem in reading.problems)
        if reading.entry is not None:
            instalments.append(reading.entry)
    read = tuple(sorted(instalments, key=lambda i: i.due_on)) if not problems else None
    return Schedule(rows, read, problems)


def schedule_problems(
    pledge: Pledge, rows: Sequence[ScheduleRow], where: tuple[str, int] | None
) -> list[Finding]:
    """What is wrong with a pledge's schedule: at its rows, or at the pledge's where none were given."""
    return [Finding(*_place(problem, rows, where), problem) for problem in check_schedule(pledge)]


def _place(problem: Problem, rows: Sequence[ScheduleRow], where: tuple[str, int] | None) -> tuple[str, int]:
    """A date twice is shown at its second row, a wrong sum at the first of the schedule."""
    days = [row for row in rows if problem.code == "due_twice" and row.due_on == problem.facts.get("day")]
    chosen = days[1] if len(days) > 1 else rows[0] if rows else None
    if chosen is not None:
        return chosen.file, chosen.number
    return where or ("", 0)


def count_rows(counts: Counts, old: Sequence[Instalment], new: Sequence[Instalment]) -> None:
    """Add a schedule's rows to the counts: as on record, on a date that is there already, or new."""
    for instalment in new:
        if instalment in old:
            counts.unchanged += 1
        elif any(instalment.due_on == one.due_on for one in old):
            counts.changed += 1
        else:
            counts.new += 1


def schedule_text(instalments: Sequence[Instalment], currency: str) -> str:
    """A schedule on one line: `2026-03-15 40000.00, 2026-05-15 60000.00`."""
    return ", ".join(f"{i.due_on.isoformat()} {amount_text(i.amount_minor, currency)}" for i in instalments)
