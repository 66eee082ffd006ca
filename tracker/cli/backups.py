"""`tracker backup` and `tracker restore`: everything, as one file, and back again."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tracker.cli.work import begin, command, fail

if TYPE_CHECKING:
    from tracker.backup import Manifest

KEY_VARIABLE: Final = "TRACKER_BACKUP_PASSPHRASE"


@command("backup", short_help="Write everything into one file, proved before it is called done.")
@click.argument("out", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
def backup_command(acting: str | None, out: Path) -> None:
    """Write a consistent copy of everything to OUT, while others may write.

    The copy is opened again and proved before it takes its name. Where TRACKER_BACKUP_PASSPHRASE is set it is
    encrypted, in the age format.
    """
    from tracker.backup import BadBackup, make

    work = begin(acting)
    try:
        manifest = make(out, now=work.now, today=work.today, passphrase=os.environ.get(KEY_VARIABLE, ""))
    except BadBackup as error:
        fail(str(error))
    _say(manifest)
    click.echo(f"Written and proved: {out}", err=True)


@command("restore", short_help="Put the records of a backup in the place of what is there.")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the records that are there.")
def restore_command(acting: str | None, file: Path, force: bool) -> None:
    """Put a backup's records in the place of what is there: all of it, or nothing.

    Refuses to overwrite records without --force. Everybody signs in again afterwards.
    """
    from tracker.backup import BadBackup, restore

    work = begin(acting)
    work.session.close()
    passphrase = os.environ.get(KEY_VARIABLE, "")
    try:
        manifest = restore(file, actor=work.actor, today=work.today, passphrase=passphrase, force=force)
    except BadBackup as error:
        fail(f"{error} Nothing was changed.")
    _say(manifest)
    click.echo("Restored and proved. Everybody signs in again.", err=True)


def _say(manifest: "Manifest") -> None:
    click.echo(f"made     {manifest.made_at_utc}")
    click.echo(f"anchor   {manifest.anchor}")
    click.echo(f"rows     {sum(manifest.rows.values())}")
    click.echo(f"donors   {len(manifest.donors)}")
    for code, one in manifest.donors.items():
        if one.receipts or one.pledges:
            click.echo(
                f"{code:<12} {one.pledges:>6} pledges {one.receipts:>6} receipts  USD {one.received_usd}"
            )
