"""`tracker reconcile`: a ledger held against receipts and refunds. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from tracker.cli.work import begin, command, print_json
from tracker.domain.matching import Booking, Reconciled, reconcile
from tracker.domain.money import amount_text
from tracker.domain.months import parse_day
from tracker.domain.problems import Refused
from tracker.importing.bank import read_ledger
from tracker.wording import located, problem_text, shown


@dataclass(frozen=True)
class _Day(click.ParamType[date]):
    """A day, as files write it."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """YYYY-MM-DD, or wrong usage."""
        try:
            return parse_day(str(value))
        except Refused as refused:
            self.fail(problem_text(refused.problems[0]), param, ctx)


@command("reconcile", short_help="Hold a ledger against what is on record.")
@click.argument("ledger", metavar="LEDGER.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "first", metavar="D", type=_Day(), help="Only what is dated on this day or later.")
@click.option("--to", "last", metavar="D", type=_Day(), help="Only what is dated on this day or earlier.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def reconcile_command(
    ctx: click.Context, acting: str | None, ledger: Path, first: date | None, last: date | None, form: str
) -> None:
    """Hold the entries of a ledger against receipts and refunds: what matches, and what is not explained."""
    from tracker.queries.bookings import bookings

    if first and last and last < first:
        raise click.BadParameter("It is before --from. Give the same day or a later one.", param_hint="--to")
    entries, findings = read_ledger(ledger)
    for finding in findings:
        click.echo(located(*finding), err=True)
    if findings:
        ctx.exit(1)
    work = begin(acting)
    found = reconcile(entries, bookings(work.session, work.programme_id), first, last)
    if form == "json":
        print_json(reconciled_dict(found))
    else:
        click.echo("\n".join(reconciled_lines(found)))
    if not found.explained:
        ctx.exit(1)


def reconciled_lines(found: Reconciled) -> list[str]:
    """What was found, a line for each entry that is not explained, and the totals."""
    lines = [f"matched        {len(found.matched):>7}"]
    lines += [f"differing      {len(found.differing):>7}", *_pairs(found.differing)]
    lines += [f"missing here   {len(found.missing_here):>7}", *_entries(found.missing_here, "row ")]
    lines += [f"missing there  {len(found.missing_there):>7}", *_entries(found.missing_there)]
    totals = [f"{c} {amount_text(minor, c)}" for c, minor in found.unexplained_minor().items()]
    return [*lines, f"unexplained    {', '.join(totals) or 'nothing'}"]


def _pairs(pairs: Iterable[tuple[Booking, Booking]]) -> list[str]:
    return [f"  row {there.row}: {_words(there)}; here {_words(here)}" for there, here in pairs]


def _entries(entries: Iterable[Booking], row: str = "") -> list[str]:
    return [f"  {f'{row}{one.row}: ' if row else ''}{_words(one)}" for one in entries]


def _words(one: Booking) -> str:
    names = " / ".join(shown(text) for text in (one.reference, one.ledger_ref) if text)
    amount = f"{one.currency} {amount_text(one.amount_minor, one.currency)}"
    return f"{names or '-'} {one.booked_on.isoformat()} {amount}"


def reconciled_dict(found: Reconciled) -> dict[str, Any]:
    """What was found, for programs (docs/formats.md)."""
    return {
        "explained": found.explained,
        "matched": [_pair_dict(there, here) for there, here in found.matched],
        "differing": [
            {
                **_pair_dict(there, here),
                "date": there.booked_on != here.booked_on,
                "amount": not here.equals(there),
            }
            for there, here in found.differing
        ],
        "missing_here": [_entry_dict(one) for one in found.missing_here],
        "missing_there": [_entry_dict(one) for one in found.missing_there],
        "unexplained": {c: amount_text(minor, c) for c, minor in found.unexplained_minor().items()},
    }


def _pair_dict(there: Booking, here: Booking) -> dict[str, Any]:
    return {"ledger": _entry_dict(there), "record": _entry_dict(here)}


def _entry_dict(one: Booking) -> dict[str, Any]:
    return {
        "row": one.row or None,
        "reference": one.reference or None,
        "ledger_ref": one.ledger_ref or None,
        "date": one.booked_on.isoformat(),
        "currency": one.currency,
        "amount": amount_text(one.amount_minor, one.currency),
    }
