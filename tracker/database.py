"""The database, brought up to date and seeded before anything is asked of it."""

from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.health import MIGRATIONS
from tracker.queries.health import newest_revision as newest_revision
from tracker.services.setup import seed

SEEDED_BY = "system:setup"


class Unreachable(Exception):
    """The database cannot be used just now; the text is a plain sentence for a person."""


def prepare(app: Flask) -> None:
    """Bring the database to the newest revision and seed it where it is empty. Quick where nothing is to do.

    Raises `Unreachable` where it cannot be reached, read or written, or is not one of ours.
    """
    try:
        Path(app.instance_path).mkdir(parents=True, exist_ok=True)
        with app.app_context():
            _make_file()
            with db.engine.connect() as connection:
                current = _revision(connection)
            if current != newest_revision():
                _upgrade(current)
    except DBAPIError as error:
        raise Unreachable(plain_words(error)) from error
    except OSError as error:
        raise Unreachable(f"The instance folder cannot be used: {error.strerror}.") from error


def _make_file() -> None:
    """A new SQLite file is its owner's alone; what SQLite puts beside it takes its mode.

    One that is named by a URI (`file:…?mode=ro`) is not made here.
    """
    name = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return
    if not Path(name).exists():
        Path(name).touch(mode=0o600)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _upgrade(current: str | None) -> None:
    """One transaction: all migrations and the seed, or nothing."""
    if current is not None and current > newest_revision():
        raise Unreachable(
            f"The database is at revision {current}, this program at {newest_revision()}. Update the program."
        )
    with Session(db.engine) as session:
        begin_write(session)
        make_tables(session.connection())
        seed(session, actor=Actor(SEEDED_BY, datetime.now(UTC)))
        session.commit()


def make_tables(connection: Connection) -> None:
    """Run the migrations that a database has not had, within the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def drop_tables(connection: Connection) -> None:
    """Leave nothing of ours on PostgreSQL, for a restore to begin from."""
    db.metadata.drop_all(connection)
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    connection.execute(text("DROP FUNCTION IF EXISTS tracker_refuse() CASCADE"))


def plain_words(error: DBAPIError) -> str:
    """What went wrong with the database, for a person; nothing was changed by it."""
    detail = str(error.orig).splitlines()[0] if error.orig else type(error).__name__
    lowered = detail.lower()
    if "locked" in lowered or "lock timeout" in lowered:
        return "The database is busy with another write. Nothing was changed; please try again."
    if "readonly" in lowered or "read-only" in lowered:
        return "The database is read-only. Nothing was changed."
    if "full" in lowered and "disk" in lowered:
        return "The disk is full. Nothing was changed."
    if "not a database" in lowered or "malformed" in lowered:
        return f"The database file is damaged or not a database ({detail}). Nothing was changed."
    if isinstance(error, OperationalError):
        return f"The database cannot be reached ({detail}). Nothing was changed."
    return f"The database refused ({detail}). Nothing was changed."
