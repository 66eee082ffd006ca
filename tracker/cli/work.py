"""What every command begins with: the database up to date, a programme, an actor, one look at the clock."""

import errno
import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from tracker.config import BadSetting
from tracker.domain.budget import NoBudget
from tracker.domain.months import parse_day, parse_moment
from tracker.domain.permissions import Actor
from tracker.domain.problems import Refused
from tracker.wording import problem_text

if TYPE_CHECKING:
    from tracker.queries.known import Known

F = TypeVar("F", bound=Callable[..., Any])
ACTING: Final = "tracker.acting"


class Failed(click.ClickException):
    """A sentence for a person, and exit status 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """To stderr, as it is."""
        click.echo(self.format_message(), err=True)


@dataclass(frozen=True, slots=True)
class Work:
    """One command at work. `today` is the programme's day at the one moment the clock was asked."""

    session: Session
    programme_id: int
    actor: Actor
    now: datetime
    today: date


def begin(acting: str | None, *, writes: bool = False) -> Work:
    """Bring the database up to date and start. With `writes`, the write lock is taken at once."""
    from tracker.database import prepare
    from tracker.extensions import begin_write, db
    from tracker.queries.programmes import the_programme

    prepare(current_app._get_current_object())  # type: ignore[attr-defined]
    now = datetime.now(UTC)
    if writes:
        begin_write(db.session())
    programme = the_programme(db.session())
    return Work(db.session(), programme.id, Actor(actor_name(acting), now), now, programme.today(now))


def actor_name(acting: str | None) -> str:
    """Who acts, for the audit trail: the address given, else `cli:` and the system's user name."""
    if acting:
        return acting
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError, ImportError):
        return "cli:unknown"


def command(name: str, **options: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """A command that has `--as`, runs inside the application, and fails in plain words."""

    def make(function: Callable[..., Any]) -> click.Command:
        inside: Callable[..., Any] = with_appcontext(function)

        @acting_option
        @wraps(function)
        def run(*args: Any, acting: str | None, **kwargs: Any) -> Any:
            acting = acting or click.get_current_context().meta.get(ACTING)
            with said_plainly():  # making the application may fail as well
                return inside(*args, acting=acting, **kwargs)

        return click.command(name, cls=click.Command, **options)(run)

    return make


def _address(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and (
        len(value) > 254 or "@" not in value or not value.isprintable() or " " in value
    ):
        raise click.BadParameter(f"{value!r} is not an e-mail address. Write it like name@example.org.")
    return value


acting_option = click.option(
    "--as", "acting", metavar="EMAIL", callback=_address, help="Who acts, for the audit trail."
)


@contextmanager
def said_plainly() -> Iterator[None]:
    """Expected failures become one sentence on stderr and exit status 1."""
    try:
        yield
    except click.ClickException:
        raise
    except Exception as error:
        sentence = plain_sentence(error)
        if sentence is None:
            raise
        fail(sentence)


def plain_sentence(error: Exception) -> str | None:
    """What a person should know of a failure; None for what nobody expected, and a closed pipe."""
    from sqlalchemy.exc import DBAPIError

    from tracker.database import Unreachable, plain_words

    match error:
        case Refused():
            return " ".join(problem_text(problem) for problem in error.problems)
        case NoBudget():
            return f"No budget version is in force in {error}. Adopt one that is effective by then."
        case Unreachable() | BadSetting():
            return str(error)
        case DBAPIError():
            return plain_words(error)
        case OSError() if error.errno != errno.EPIPE:
            where = f" ({error.filename})" if error.filename else ""
            return f"{error.strerror or error}{where}. Nothing was changed."
        case _ if type(error).__name__ == "FileCreateError":  # xlsxwriter's own; the cause is an OSError
            return f"The workbook cannot be written ({error}). Nothing was changed."
        case _:
            return None


def fail(sentence: str) -> NoReturn:
    """Stop with a sentence and exit status 1."""
    if click.get_current_context(silent=True) is None:
        click.echo(sentence, err=True)
        sys.exit(1)
    raise Failed(sentence)


class Day(click.ParamType[date]):
    """A date, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Refuses any other form as wrong usage."""
        if isinstance(value, date):
            return value
        try:
            return parse_day(value)
        except Refused as refusal:
            self.fail(problem_text(refusal.problems[0]), param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment, ISO 8601; UTC where it has no offset. A day alone is its first moment."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Refuses any other form as wrong usage."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_moment(value)
        except Refused as refusal:
            self.fail(problem_text(refusal.problems[0]), param, ctx)


def as_of_options(function: F) -> F:
    """`--as-of D` and `--known-at T`."""
    known = click.option(
        "--known-at", type=Moment(), metavar="T", help="Use only what had been recorded by this moment."
    )
    day = click.option("--as-of", type=Day(), metavar="D", help="The day that the report speaks for; today.")
    return day(known(function))


def knowledge(work: Work, moment: datetime | None, option: str = "--known-at") -> "Known | None":
    """What had been recorded by a moment; None for all that is known now."""
    from tracker.queries.known import known_at

    if moment is None:
        return None
    if moment > work.now:
        raise click.BadParameter("What will be known later cannot be told now.", param_hint=option)
    known = known_at(work.session, work.programme_id, moment)
    if known is None:
        raise click.BadParameter("Nothing had been recorded by then.", param_hint=option)
    return known


def print_json(value: Any) -> None:
    """A result, as JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def progress_bar(length: int, label: str) -> Iterator[Callable[[int], None]]:
    """Something to call with every step done; a bar on stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda steps: None
        return
    with click.progressbar(length=max(length, 1), label=label, file=sys.stderr) as bar:
        yield bar.update
