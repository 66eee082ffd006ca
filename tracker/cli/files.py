"""`tracker import` and `tracker export`: files in and out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tracker.cli.importing import Source, foreign_source, own_source, run_import
from tracker.cli.work import begin, command, fail
from tracker.domain.problems import Refused
from tracker.importing.tables import read_paths
from tracker.wording import located


@command("import", short_help="Record what stands in CSV files, a workbook, or anybody's table.")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option("--dry-run", is_flag=True, help="Check everything, record nothing.")
@click.option("--update", is_flag=True, help="Other content under a reference on record is a change.")
@click.option(
    "--map",
    "map_file",
    metavar="MAP.toml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the columns of somebody else's table mean (docs/importing.md).",
)
@click.option("--sheet", metavar="S", help="With --map: the workbook's sheet; else the map's, or the first.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def import_command(
    ctx: click.Context,
    acting: str | None,
    paths: tuple[Path, ...],
    dry_run: bool,
    update: bool,
    map_file: Path | None,
    sheet: str | None,
    form: str,
) -> None:
    """Record CSV files, a folder of them, or a workbook (.xlsx): all rows, or none.

    With --map, one table that somebody else designed.
    """
    if map_file is None:
        if sheet is not None:
            raise click.UsageError("--sheet goes with --map.")
        source = own_source(read_paths(paths))  # before the write lock is taken: a workbook takes its time
    elif len(paths) > 1 or paths[0].is_dir():
        raise click.UsageError("--map goes with one file.")
    else:
        source = _mapped_source(paths[0], map_file, sheet)
    run_import(ctx, acting, source, dry_run=dry_run, update=update, form=form)


def _mapped_source(path: Path, map_file: Path, sheet: str | None) -> Source:
    """Somebody's table as a map reads it. What is wrong with either as such is said, and nothing is read."""
    from tracker.importing.cells import read_sheets
    from tracker.importing.mapped import read_mapped
    from tracker.importing.mapping import check_map, parse_map, prefix_of

    with _refusing(map_file.name):
        try:
            text = map_file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise Refused.of("not_utf8") from error
        table_map = parse_map(text)
    with _refusing(path.name):
        sheets = read_sheets(path.name, path)
        title = sheet if sheet is not None else table_map.sheet or next(iter(sheets))
        if title not in sheets:
            raise Refused.of("no_such_sheet", "sheet", text=title, names=", ".join(sheets))
    with _refusing(map_file.name):
        if problems := check_map(table_map, sheets[title]):
            raise Refused(problems)
    foreign = read_mapped(sheets[title], table_map, file=path.name)
    return foreign_source(foreign, file=path.name, prefix=prefix_of(table_map))


@contextmanager
def _refusing(file: str) -> Iterator[None]:
    """What is refused within is a file's problem: said with its name, exit status 1."""
    try:
        yield
    except Refused as refusal:
        fail("\n".join(located(file, 0, problem) for problem in refusal.problems))


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
