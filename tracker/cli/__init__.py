"""The `tracker` command; also `flask --app tracker …`. Results go to stdout, words for people to stderr.

Exit status: 0 done, 1 the data has problems and nothing was changed, 2 wrong usage.
"""

import sys
from collections.abc import Sequence

import click
from flask import Flask
from flask.cli import FlaskGroup

from tracker.cli.backups import backup_command, restore_command
from tracker.cli.figures import position_command, trace_command, workbook_command
from tracker.cli.files import export_command, import_command
from tracker.cli.iati import iati_group
from tracker.cli.proofs import check_command
from tracker.cli.reconcile import reconcile_command
from tracker.cli.server import serve_command
from tracker.cli.statements import statement_command, statements_command
from tracker.cli.users import user_group
from tracker.cli.work import ACTING, acting_option, said_plainly

COMMANDS: tuple[click.Command, ...] = (
    serve_command,
    user_group,
    import_command,
    export_command,
    position_command,
    trace_command,
    workbook_command,
    statement_command,
    statements_command,
    iati_group,
    check_command,
    reconcile_command,
    backup_command,
    restore_command,
)


def init_app(app: Flask) -> None:
    """Give the application its commands, for `flask --app tracker …`."""
    for command in COMMANDS:
        app.cli.add_command(command)


def _make_app() -> Flask:
    from tracker import create_app

    return create_app(pages=False)


class TrackerGroup(FlaskGroup):
    """Flask's group with our commands alone: help and usage need no database and no settings."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our commands, in the order in which they are met."""
        return [command.name or "" for command in COMMANDS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """A command by its name."""
        return click.Group.get_command(self, ctx, name)


@click.pass_context
def _remember(ctx: click.Context, acting: str | None) -> None:
    """`tracker --as EMAIL …` and `tracker … --as EMAIL` are the same."""
    ctx.meta[ACTING] = acting


def _group() -> TrackerGroup:
    group = TrackerGroup(
        name="tracker",
        help="Budget and resource mobilisation of a multi-donor programme.",
        callback=_remember,
        create_app=_make_app,
        add_default_commands=False,
        add_version_option=False,
        load_dotenv=False,
    )
    # Which application, and where its settings are, is not asked here.
    group.params = []
    acting_option(group)
    for command in COMMANDS:
        group.add_command(command)
    click.version_option(package_name="tracker", prog_name="tracker")(group)
    return group


cli = _group()


def main(args: Sequence[str] | None = None) -> None:
    """The console script. Whatever a person can do something about is one sentence, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with said_plainly():
        cli.main(args=list(args) if args is not None else None, prog_name="tracker")
