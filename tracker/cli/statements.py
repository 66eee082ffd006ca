"""`tracker statement` and `tracker statements`: one donor's statement, or everybody's in a zip."""

import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import current_app

from tracker.cli.work import Day, Moment, Work, begin, command, fail, knowledge, progress_bar

if TYPE_CHECKING:
    from tracker.domain.statement import Period
    from tracker.queries.known import Known
    from tracker.services.bundles import Plan

FORMS = ("pdf", "xlsx")


def _with_words() -> None:
    """Papers speak the reader's language, which commands without pages leave out."""
    from tracker import presentation
    from tracker.extensions import babel

    if "babel" not in current_app.extensions:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        babel.init_app(app)
        presentation.init_app(app)


def _out(ctx: click.Context, option: click.Parameter, value: Path) -> Path:
    endings = (".zip",) if option.metavar == "OUT.zip" else (".pdf", ".xlsx")
    if value.suffix.lower() not in endings:
        raise click.BadParameter(f"Give a name that ends in {' or '.join(endings)}.")
    return value


def _period(work: Work, first: date | None, last: date) -> "Period":
    """From the programme's start, or the first day given, to the last day. Backwards is wrong usage."""
    from tracker.domain.months import Month, first_day
    from tracker.domain.statement import Period
    from tracker.queries.programmes import load_programme

    start = first_day(Month(load_programme(work.session, work.programme_id).first_month))
    period = Period(first or min(start, last), last)
    if period.last < period.first:
        raise click.UsageError(f"The period ends on {period.last}, before it starts on {period.first}.")
    return period


def _known(work: Work, moment: datetime | None) -> "Known":
    """What was known at a moment, or all that is known now."""
    from tracker.queries.known import newest_known

    return knowledge(work, moment) or newest_known(work.session, work.programme_id, work.now)


@command("statement", short_help="A donor's statement.")
@click.argument("donor", metavar="DONOR")
@click.argument(
    "out",
    metavar="OUT.pdf|OUT.xlsx",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_out,
)
@click.option("--from", "first", type=Day(), metavar="D", help="First day; the programme's first day.")
@click.option("--to", "last", type=Day(), metavar="D", help="Last day; the as-of day, else today.")
@click.option("--as-of", type=Day(), metavar="D", help="The day that open money is told for; the last day.")
@click.option(
    "--known-at", type=Moment(), metavar="T", help="Use only what had been recorded by this moment."
)
def statement_command(
    acting: str | None,
    donor: str,
    out: Path,
    first: date | None,
    last: date | None,
    as_of: date | None,
    known_at: datetime | None,
) -> None:
    """Write a donor's statement for a period to OUT.pdf or OUT.xlsx. It is a draft: nothing is issued."""
    work = begin(acting)
    last = last or as_of or work.today
    as_of = as_of or last
    if last > as_of:
        raise click.UsageError(f"The period ends on {last}, after the as-of day {as_of}.")
    period, known = _period(work, first, last), _known(work, known_at)
    _with_words()
    content = _statement(work, donor, period, as_of, known, out.suffix.lower().removeprefix("."))
    _write(out, content)


def _statement(work: Work, donor: str, period: "Period", as_of: date, known: "Known", form: str) -> bytes:
    from tracker.blueprints.dressing import paper
    from tracker.queries.statements import load_statement
    from tracker.reporting.pdf import PdfUnavailable

    try:
        report = load_statement(
            work.session, work.programme_id, donor=donor, period=period, as_of=as_of, known=known
        )
    except LookupError:
        hint = "DONOR"
        raise click.BadParameter(
            f"There is no donor {donor!r}. Write the code of one.", param_hint=hint
        ) from None
    try:
        return paper(report, form)
    except PdfUnavailable as missing:
        fail(f"{missing} A name that ends in .xlsx gives the workbook.")


@command("statements", short_help="Every donor's statement or balance letter, in a zip.")
@click.argument("out", metavar="OUT.zip", type=click.Path(dir_okay=False, path_type=Path), callback=_out)
@click.option("--from", "first", type=Day(), metavar="D", help="First day; the programme's first day.")
@click.option("--to", "last", type=Day(), metavar="D", help="Last day; today.")
@click.option("--letters", is_flag=True, help="Balance confirmations as at the last day, instead.")
@click.option(
    "--format", "form", type=click.Choice(["pdf", "xlsx", "both"]), default="both", show_default=True
)
def statements_command(
    acting: str | None, out: Path, first: date | None, last: date | None, letters: bool, form: str
) -> None:
    """Write every donor's statement to OUT.zip, with a manifest that adds up to the programme."""
    from tracker.queries.issuing import donors_on_record
    from tracker.services.bundles import Plan

    if letters and (first is not None or form == "xlsx"):
        raise click.UsageError(
            "--letters goes by the last day alone and is a PDF: leave out --from, --format."
        )
    work = begin(acting)
    last = last or work.today
    period = _period(work, last.replace(month=1, day=1) if letters else first, last)
    known = _known(work, None)
    donors = donors_on_record(work.session, work.programme_id, period.last, known)
    kind = "letters" if letters else "statements"
    forms = ("pdf",) if letters else FORMS if form == "both" else (form,)
    _with_words()
    content = _bundle(work, Plan(kind, forms, period, known, donors, work.actor.name, work.now))
    _write(out, content)
    click.echo(f"{len(donors)} {kind}, all from audit entry {known.seq}.", err=True)


def _bundle(work: Work, plan: "Plan") -> bytes:
    """Everything in the plan, one donor after the other, in a folder that is gone afterwards."""
    from tracker.blueprints.dressing import bundle_dress, bundle_zip
    from tracker.reporting.pdf import PdfUnavailable
    from tracker.services import bundles

    with tempfile.TemporaryDirectory() as folder, progress_bar(len(plan.donors), plan.kind) as step:
        made, dress = bundles.begin(Path(folder), plan), bundle_dress(plan)
        try:
            for at in made.pending:
                made.make(work.session, work.programme_id, at, dress)
                step(1)
        except PdfUnavailable as missing:
            fail(f"{missing} --format xlsx gives the workbooks.")
        return bundle_zip(work.session, work.programme_id, made)


def _write(out: Path, content: bytes) -> None:
    from tracker.reporting.files import replacing

    with replacing(out) as beside:
        beside.write_bytes(content)
    click.echo(f"Written: {out}", err=True)
