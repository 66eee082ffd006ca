"""`tracker import` and `tracker export`: files in and out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from tracker.cli.work import begin, command, print_json, progress_bar
from tracker.importing.findings import Finding
from tracker.importing.plan import Plan, make_plan
from tracker.importing.tables import read_paths
from tracker.wording import located, problem_text


@command("import", short_help="Record what stands in CSV files or a workbook.")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option("--dry-run", is_flag=True, help="Check everything, record nothing.")
@click.option("--update", is_flag=True, help="Other content under a reference on record is a change.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def import_command(
    ctx: click.Context, acting: str | None, paths: tuple[Path, ...], dry_run: bool, update: bool, form: str
) -> None:
    """Record CSV files, a folder of them, or a workbook (.xlsx): all rows, or none."""
    from tracker.queries.register import load_register
    from tracker.services.imports import store

    tables = read_paths(paths)  # before the write lock is taken: a large workbook takes its time
    work = begin(acting, writes=not dry_run)
    register = load_register(work.session, work.programme_id, work.today)
    with progress_bar(tables.lines, "Checking") as progress:
        plan = make_plan(tables, register, update=update, progress=progress)
    recorded = not plan.problems and not dry_run and plan.writes > 0
    if recorded:
        with progress_bar(plan.writes, "Recording") as progress:
            store(
                work.session, actor=work.actor, programme_id=work.programme_id, plan=plan, progress=progress
            )
        work.session.commit()
    _say(plan.questions)
    _say(plan.problems)
    if form == "json":
        print_json(import_dict(plan, recorded=recorded, dry_run=dry_run))
    elif not plan.problems:
        click.echo("\n".join(import_lines(plan, dry_run=dry_run)))
    if plan.problems:
        count = len(plan.problems)
        click.echo(f"{count} problem{'s' if count > 1 else ''}: nothing was recorded.", err=True)
        ctx.exit(1)


def _say(findings: Iterable[Finding]) -> None:
    for finding in findings:
        click.echo(located(*finding), err=True)


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


def import_dict(plan: Plan, *, recorded: bool, dry_run: bool) -> dict[str, Any]:
    """What an import did, for programs (docs/formats.md)."""
    return {
        "recorded": recorded,
        "dry_run": dry_run,
        "tables": {
            name: {"new": one.new, "changed": one.changed, "unchanged": one.unchanged}
            for name, one in plan.counts().items()
        },
        "problems": [_finding_dict(finding) for finding in plan.problems],
        "questions": [_finding_dict(finding) for finding in plan.questions],
    }


def _finding_dict(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "row": finding.row or None,
        "column": finding.problem.column or None,
        "code": finding.problem.code,
        "message": problem_text(finding.problem),
    }


@command("export", short_help="Write everything on record, as CSV files or a workbook.")
@click.argument("out", metavar="FOLDER|OUT.xlsx", type=click.Path(path_type=Path))
def export_command(acting: str | None, out: Path) -> None:
    """Write everything on record into a folder of CSV files, or into one workbook (.xlsx)."""
    from tracker.queries.register import load_register
    from tracker.reporting.export import write_folder, write_workbook

    work = begin(acting)
    register = load_register(work.session, work.programme_id, work.today)
    if out.suffix.lower() == ".xlsx":
        write_workbook(register, out)
    else:
        write_folder(register, out)
    click.echo(f"Written: {out}", err=True)
