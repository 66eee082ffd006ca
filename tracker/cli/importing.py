"""What every import command does with tables, wherever they come from: check, record, and say all of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import click

from tracker.cli.work import begin, print_json, progress_bar
from tracker.domain.entries import PledgeEntry
from tracker.domain.register import KINDS, Register
from tracker.importing.findings import Finding
from tracker.importing.flows import Brought, Foreign, LeftOut, Named, all_questions, bring
from tracker.importing.plan import Plan, make_plan
from tracker.importing.rows import Tables
from tracker.importing.sameness import changed_columns
from tracker.importing.schedules import schedule_text
from tracker.wording import located, problem_text, shown
from tracker.wording.left_out import left_out_words

ROWS_NAMED: Final = 10
"""Of rows left out for one reason, so many are named."""


CELL_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be imported, read already. `brought` makes our tables of it, against what is on record.

    `foreign` is what a source of somebody else's says of itself.
    """

    lines: int
    brought: Callable[[Register], Brought]
    foreign: Foreign | None = None


def own_source(tables: Tables) -> Source:
    """Tables of our own."""
    return Source(tables.lines, lambda register: Brought(tables, [], []))


def foreign_source(foreign: Foreign, *, file: str, prefix: str) -> Source:
    """Somebody else's rows; `prefix` begins the references of those that have none."""
    return Source(
        len(foreign.flows),
        lambda register: bring(foreign, register, file=file, prefix=prefix),
        foreign,
    )


class Change(NamedTuple):
    """A cell of a record that an import changes."""

    table: str
    key: str
    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import came to."""

    plan: Plan
    brought: Brought
    changes: list[Change]
    foreign: Foreign | None
    dry_run: bool
    recorded: bool = False


def run_import(
    ctx: click.Context,
    acting: str | None,
    source: Source,
    *,
    dry_run: bool,
    update: bool,
    form: str,
    check: Callable[[Register], object] = lambda register: None,
) -> None:
    """Record all rows of a source, or none; every change is said before it is recorded.

    `check` may refuse what was asked for, once it is known what is on record.
    """
    from tracker.queries.register import load_register
    from tracker.services.imports import store

    work = begin(acting, writes=not dry_run)
    register = load_register(work.session, work.programme_id, work.today)
    check(register)
    brought = source.brought(register)
    with progress_bar(source.lines, "Checking") as progress:
        plan = make_plan(brought.tables, register, update=update, progress=progress)
    recording = not plan.problems and not dry_run and plan.writes > 0
    outcome = Outcome(plan, brought, list(_changes(plan, register)), source.foreign, dry_run, recording)
    _say(outcome)
    if recording:
        with progress_bar(plan.writes, "Recording") as progress:
            store(
                work.session, actor=work.actor, programme_id=work.programme_id, plan=plan, progress=progress
            )
        work.session.commit()
    if form == "json":
        print_json(import_dict(outcome))
    elif not plan.problems:
        click.echo("\n".join(import_lines(plan, dry_run=dry_run)))
    if plan.problems:
        refuse(ctx, len(plan.problems))


def refuse(ctx: click.Context, problems: int) -> None:
    """End with exit status 1."""
    click.echo(f"{problems} problem{'s' if problems > 1 else ''}: nothing was recorded.", err=True)
    ctx.exit(1)


def _changes(plan: Plan, register: Register) -> Iterator[Change]:
    """Every cell that differs, in the order of the tables. The register holds the new records already."""
    for kind in KINDS:
        for old, new in plan.changed[kind]:
            for column, (before, after) in changed_columns(old, new, register).items():
                yield Change(kind, new.key, column, before, after)
            if isinstance(old, PledgeEntry) and isinstance(new, PledgeEntry):
                schedules = [schedule_text(e.pledge.instalments, e.pledge.currency) for e in (old, new)]
                if schedules[0] != schedules[1]:
                    yield Change("instalments", new.key, "amount", *schedules)


# In words


def _say(outcome: Outcome) -> None:
    """To stderr: what a person should look at. Problems come last."""
    _say_findings(all_questions(outcome.brought, outcome.plan.questions))
    for line in (
        *left_out_lines(outcome.foreign.left_out if outcome.foreign else []),
        *_name_lines(outcome.brought.names),
        *_change_lines(outcome),
    ):
        click.echo(line, err=True)
    _say_findings(outcome.plan.problems)


def _say_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        click.echo(located(*finding), err=True)


def _name_lines(names: Iterable[Named]) -> Iterator[str]:
    """New donors who resemble some on record: a person may know better."""
    for one in names:
        if one.new and one.alike:
            others = ", ".join(shown(like.code) for like in one.alike)
            yield f"New donor {shown(one.code)} for “{shown_words(one.party.name)}”; on record: {others}."


def _change_lines(outcome: Outcome) -> Iterator[str]:
    for one in outcome.changes:
        place = f"{one.table} {shown(one.key)}, {one.column}"
        yield f"{place}: {_cell(one.old)} → {_cell(one.new)}"


def _cell(text: str) -> str:
    """A cell, whole as far as one line of a terminal can be asked to hold it."""
    short = text if len(text) <= CELL_CHARACTERS else f"{text[:CELL_CHARACTERS]}…"
    return shown_words(short) or "–"


def left_out_lines(left_out: Iterable[LeftOut]) -> Iterator[str]:
    """Rows left out: how many, why, and which."""
    rows: dict[str, list[int]] = {}
    for one in left_out:
        rows.setdefault(left_out_words(one), []).append(one.row)
    for words, found in sorted(rows.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        named = ", ".join(str(row) for row in found[:ROWS_NAMED])
        more = ", …" if len(found) > ROWS_NAMED else ""
        place = f"row{'s' if len(found) > 1 else ''} {named}{more}"
        yield f"Left out: {len(found)} × {shown_words(words)} ({place})."


def shown_words(words: str) -> str:
    """A sentence with somebody's text in it, without what hides or turns text."""
    return "".join(c if c.isprintable() else "\ufffd" for c in words)


def import_lines(plan: Plan, *, dry_run: bool) -> list[str]:
    """What an import did, a line for each table that was named."""
    counts = {name: one for name, one in plan.counts().items() if one.new or one.changed or one.unchanged}
    rows = sum(one.unchanged for one in counts.values())
    if not plan.writes:
        return [f"Nothing changed: all {rows} rows were on record already." if rows else "There are no rows."]
    word = "to record" if dry_run else "recorded"
    lines = [
        f"{name:<12} {one.new:>7} {word} {one.changed:>7} changed {one.unchanged:>7} unchanged"
        for name, one in counts.items()
    ]
    return [*lines, "Nothing was recorded: --dry-run."] if dry_run else lines


# For programs


def import_dict(outcome: Outcome) -> dict[str, Any]:
    """What an import did, for programs (docs/formats.md)."""
    plan, foreign = outcome.plan, outcome.foreign
    questions = all_questions(outcome.brought, plan.questions)
    said = {
        "recorded": outcome.recorded,
        "dry_run": outcome.dry_run,
        "tables": {
            name: {"new": one.new, "changed": one.changed, "unchanged": one.unchanged}
            for name, one in plan.counts().items()
        },
        "changes": [one._asdict() for one in outcome.changes],
        "problems": [_finding_dict(finding) for finding in plan.problems],
        "questions": [_finding_dict(finding) for finding in questions],
    }
    return said if foreign is None else said | _foreign_dict(foreign, outcome.brought.names)


def _foreign_dict(foreign: Foreign, names: Iterable[Named]) -> dict[str, Any]:
    """What a source of somebody else's says in sum, what was left out of it, and who was meant."""
    return {
        "totals": [one._asdict() for one in foreign.totals],
        "left_out": [
            {"row": one.row, "code": one.why, "why": left_out_words(one)} for one in foreign.left_out
        ],
        "names": [
            {
                "name": one.party.name,
                "rows": one.rows,
                "donor": one.code,
                "new": one.new,
                "alike": [like._asdict() for like in one.alike],
            }
            for one in names
        ],
    }


def _finding_dict(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "row": finding.row or None,
        "column": finding.problem.column or None,
        "code": finding.problem.code,
        "message": problem_text(finding.problem),
    }
