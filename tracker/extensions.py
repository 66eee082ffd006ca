"""Extensions are made here and bound to the application in `create_app`.

SQLite is set up on every connection: foreign keys on, a busy timeout, and a journal that is safe on the
linked version (before 3.51.3 two connections can corrupt a WAL database, so there `DELETE` + `EXTRA`).
Reads begin deferred; writes begin immediate, so that nobody writes on a stale snapshot: see `begin_write`.
"""

import sqlite3
from typing import Any

from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, MetaData, event, text
from sqlalchemy.orm import DeclarativeBase, Session

WAL_IS_SAFE_FROM = (3, 51, 3)
_WRITE = "tracker_write"


class Base(DeclarativeBase):
    """All tables. Constraints are named, so that a migration can drop what it made."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
bootstrap = Bootstrap5()


def begin_write(session: Session) -> None:
    """Start the session's transaction as one that will write: SQLite takes its write lock now.

    Call it before anything else is asked of the session, once a transaction.
    """
    session.connection(execution_options={_WRITE: True})


def watch_sqlite(engine: Engine, busy_seconds: float) -> None:
    """Set up every SQLite connection of an engine. Other databases are left alone."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _pragmas(busy_seconds):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITE)
        connection.execute(text("BEGIN IMMEDIATE" if writes else "BEGIN"))


def _pragmas(busy_seconds: float) -> tuple[str, ...]:
    wal = sqlite3.sqlite_version_info >= WAL_IS_SAFE_FROM
    return (
        f"busy_timeout = {int(busy_seconds * 1000)}",
        "foreign_keys = ON",
        f"journal_mode = {'WAL' if wal else 'DELETE'}",
        f"synchronous = {'FULL' if wal else 'EXTRA'}",
    )
