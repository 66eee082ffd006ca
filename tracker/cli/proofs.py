"""`tracker check`: re-proves the figures and the audit trail on the live data."""

import re

import click

from tracker.cli.work import begin, command


def _anchor(ctx: click.Context, option: click.Parameter, value: str | None) -> tuple[int, str] | None:
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}:[0-9a-fA-F]{64}", value, re.ASCII):
        raise click.BadParameter(
            "An anchor is a number, a colon and 64 hexadecimal digits, as papers print it."
        )
    number, _, digest = value.partition(":")
    return int(number), digest.lower()


@command("check", short_help="Prove again that the figures and the audit trail hold.")
@click.option("--anchor", metavar="N:HASH", callback=_anchor, help="An anchor that an earlier paper printed.")
@click.pass_context
def check_command(ctx: click.Context, acting: str | None, anchor: tuple[int, str] | None) -> None:
    """Prove again, on the live data, that figures add up and the audit trail is whole: one line each."""
    from tracker.queries.proofs import holds_anchor, prove

    work = begin(acting)
    proofs = prove(work.session, work.programme_id, work.today)
    if anchor is not None:
        proofs.append(holds_anchor(work.session, work.programme_id, *anchor))
    for proof in proofs:
        word = "note" if proof.note else "ok" if proof.holds else "FAIL"
        detail = proof.detail or ("none" if proof.note else "")
        click.echo(f"{word:<5} {proof.name}{': ' if detail else ''}{detail}")
    failed = sum(not proof.holds for proof in proofs)
    if failed:
        click.echo(f"{failed} of {len(proofs)} checks do not hold.", err=True)
        ctx.exit(1)
