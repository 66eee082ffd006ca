"""`tracker iati import`: incoming money of an IATI activity file (docs/importing.md)."""

from pathlib import Path

import click

from tracker.cli.importing import foreign_source, run_import
from tracker.cli.work import command, fail
from tracker.domain.earmark import parse_earmark
from tracker.domain.problems import Refused
from tracker.domain.register import Register
from tracker.wording import located, problem_text


@command("import", short_help="Record the incoming money of an activity file.")
@click.argument("path", metavar="FILE.xml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything, record nothing.")
@click.option("--update", is_flag=True, help="Other content under a reference on record is a change.")
@click.option("--earmark", metavar="E", default="", help="For all rows; else they are core.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def iati_import_command(
    ctx: click.Context,
    acting: str | None,
    path: Path,
    dry_run: bool,
    update: bool,
    earmark: str,
    form: str,
) -> None:
    """Record incoming funds (1), commitments (11) and pledges (13): all of them, or none.

    Other transactions are counted and left out. A file that this programme, or another one, exported is
    read from its own namespace, exactly.
    """
    from tracker.importing.iati import PREFIX, read_iati

    def check(register: Register) -> None:
        try:
            if earmark:
                parse_earmark(earmark, register.programme.codes)
        except Refused as refusal:
            sentence = problem_text(refusal.problems[0])
            raise click.BadParameter(sentence, param_hint="--earmark") from refusal

    try:
        foreign = read_iati(path, file=path.name, earmark=earmark)
    except Refused as refusal:
        fail("\n".join(located(path.name, 0, problem) for problem in refusal.problems))
    source = foreign_source(foreign, file=path.name, prefix=PREFIX)
    run_import(ctx, acting, source, dry_run=dry_run, update=update, form=form, check=check)
