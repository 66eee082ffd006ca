"""`tracker position`, `trace` and `workbook`: the figures, as of a day."""

from datetime import date, datetime
from pathlib import Path

import click

from tracker.cli.work import Work, as_of_options, begin, command, knowledge, print_json
from tracker.domain.position import Position
from tracker.reporting.figures import (
    CELL_COLUMNS,
    TRACE_COLUMNS,
    TraceLens,
    as_csv_rows,
    cell_row,
    iso_moment,
    position_dict,
    position_table,
    trace_rows,
)
from tracker.reporting.files import csv_text, replacing


def _position(work: Work, as_of: date | None, known_at: datetime | None) -> Position:
    from tracker.queries.position import position_of

    return position_of(work.session, work.programme_id, as_of or work.today, knowledge(work, known_at))


@command("position", short_help="The position: what covers which month, and what is missing.")
@as_of_options
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
def position_command(acting: str | None, as_of: date | None, known_at: datetime | None, form: str) -> None:
    """The position: what each outcome needs in each month, what covers it, and what is missing."""
    position = _position(begin(acting), as_of, known_at)
    if form == "json":
        print_json(position_dict(position, None if known_at is None else iso_moment(known_at)))
    elif form == "csv":
        click.echo("".join(csv_text(CELL_COLUMNS, map(cell_row, position.cells))), nl=False)
    else:
        click.echo("\n".join(position_table(position)))


@command("trace", short_help="What covers which outcome in which month.")
@as_of_options
@click.option("--donor", metavar="CODE", help="Only this donor's money.")
@click.option(
    "--lens",
    type=click.Choice(["received", "all"]),
    default="received",
    show_default=True,
    help="Which money.",
)
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True)
def trace_command(
    acting: str | None,
    as_of: date | None,
    known_at: datetime | None,
    donor: str | None,
    lens: TraceLens,
    form: str,
) -> None:
    """What covers which outcome in which month: every receipt, or every open instalment too."""
    work = begin(acting)
    if donor is not None:
        _known_donor(work, donor)
    position = _position(work, as_of, known_at)
    rows = trace_rows(position, lens, donor)
    if form == "json":
        print_json(rows)
    else:
        click.echo("".join(csv_text(TRACE_COLUMNS, as_csv_rows(rows))), nl=False)


def _known_donor(work: Work, code: str) -> None:
    """A donor that is not on record is a slip of the pen, not an empty answer."""
    from tracker.queries.register import load_register

    if code not in load_register(work.session, work.programme_id, work.today).donors:
        raise click.BadParameter(f"There is no donor {code!r}. Write the code of one.", param_hint="--donor")


@command("workbook", short_help="The GCG workbook.")
@as_of_options
@click.argument("out", metavar="OUT.xlsx", type=click.Path(dir_okay=False, path_type=Path))
def workbook_command(acting: str | None, as_of: date | None, known_at: datetime | None, out: Path) -> None:
    """Write the GCG workbook to OUT.xlsx."""
    from tracker.queries.report import load_report
    from tracker.reporting.workbook import write_workbook

    if out.suffix.lower() != ".xlsx":
        raise click.BadParameter("Give a name that ends in .xlsx.", param_hint="OUT.xlsx")
    work = begin(acting)
    known = knowledge(work, known_at)
    report = load_report(work.session, work.programme_id, as_of or work.today, work.now, known)
    with replacing(out) as beside:
        write_workbook(report, beside)
    click.echo(f"Written: {out}", err=True)
