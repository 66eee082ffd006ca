"""`tracker iati …`: the programme as an IATI 2.03 activity file."""

from pathlib import Path

import click
from flask import current_app

from tracker.cli.iati_import import iati_import_command
from tracker.cli.work import begin, command

iati_group = click.Group(
    "iati", short_help="IATI 2.03: activity files out and in.", help="IATI 2.03 activity files."
)


@command("export", short_help="Write the programme as an activity file.")
@click.argument("out", metavar="OUT.xml", type=click.Path(dir_okay=False, path_type=Path))
def export_command(acting: str | None, out: Path) -> None:
    """Write the programme and its incoming money as of today. What is left out is counted on stderr."""
    from tracker.queries.iati import load_to_publish
    from tracker.reporting.iati import publication, write_iati
    from tracker.wording.iati import left_out_words

    work = begin(acting)
    source = load_to_publish(work.session, work.programme_id, work.today, work.now)
    found = publication(source, current_app.config["TRACKER"].publisher)
    write_iati(found, out)
    for kind, count in found.left_out().items():
        click.echo(f"Left out: {left_out_words(kind, count)}.", err=True)
    click.echo(f"Written: {out}", err=True)


iati_group.add_command(export_command)
iati_group.add_command(iati_import_command)
