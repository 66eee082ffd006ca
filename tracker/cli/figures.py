"""`tracker position`, `trace` and `workbook`: the figures, as of a day."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.work import Day, Moment, Work, as_of_options, begin, command, knowledge, print_json
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

if TYPE_CHECKING:
    from tracker.queries.changes import Earlier
    from tracker.queries.known import Known


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
@click.option("--since", type=Day(), metavar="D", help="Hold it against the position as of this day.")
@click.option(
    "--since-known-at",
    type=Moment(),
    metavar="T",
    help="Of that day, use only what had been recorded by then.",
)
@click.argument("out", metavar="OUT.xlsx", type=click.Path(dir_okay=False, path_type=Path))
def workbook_command(
    acting: str | None,
    as_of: date | None,
    known_at: datetime | None,
    since: date | None,
    since_known_at: datetime | None,
    out: Path,
) -> None:
    """Write the GCG workbook to OUT.xlsx; with --since, Changes says what changed since that day."""
    from tracker.queries.report import load_report
    from tracker.reporting.workbook import write_workbook

    if out.suffix.lower() != ".xlsx":
        raise click.BadParameter("Give a name that ends in .xlsx.", param_hint="OUT.xlsx")
    work = begin(acting)
    known, day = knowledge(work, known_at), as_of or work.today
    earlier = _earlier(work, since, since_known_at, day, known)
    report = load_report(work.session, work.programme_id, day, work.now, known, earlier)
    with replacing(out) as beside:
        write_workbook(report, beside)
    click.echo(f"Written: {out}", err=True)


def _earlier(
    work: Work, since: date | None, since_known_at: datetime | None, as_of: date, known: "Known | None"
) -> "Earlier | None":
    """The state that the workbook is held against. It cannot be later than the workbook's own."""
    from tracker.queries.changes import Earlier
    from tracker.queries.known import newest_known

    if since is None:
        if since_known_at is not None:
            raise click.BadParameter("Say of which day: give --since too.", param_hint="--since-known-at")
        return None
    if since > as_of:
        raise click.BadParameter("Give a day that is not after the workbook's own.", param_hint="--since")
    own = known or newest_known(work.session, work.programme_id, work.now)
    then = knowledge(work, since_known_at, "--since-known-at") or own
    if then.seq > own.seq:
        words = "The workbook knows less than that. Give an earlier moment."
        raise click.BadParameter(words, param_hint="--since-known-at")
    return Earlier(since, then)
