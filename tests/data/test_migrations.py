"""The migrations make exactly what `models.py` says, triggers included, on either database."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, text

from tracker.database import newest_revision, prepare
from tracker.extensions import db

KEPT = {
    "donor",
    "pledge",
    "instalment",
    "receipt",
    "refund",
    "rate",
    "user_account",
    "audit_entry",
    "budget_version",
    "statement",
    "statement_file",
    "meeting",
    "paper",
    "paper_file",
    "month_closing",
    "donor_merge",
    "import_mapping",
    "upload",
}
FROZEN = {"audit_entry", "statement", "statement_file", "paper", "paper_file"}


def test_the_tables_are_those_of_the_models(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.Model.metadata) == []


def test_every_check_of_the_models_is_in_the_database(app: Flask) -> None:
    inspector = inspect(db.engine)
    for table in db.Model.metadata.sorted_tables:
        wanted = {
            str(c.name)
            for c in table.constraints
            if c.__visit_name__ == "check_constraint"
            and not (db.engine.dialect.name != "sqlite" and str(c.name).endswith("_whole"))
        }
        assert wanted <= {c["name"] for c in inspector.get_check_constraints(table.name)}, table.name


def test_every_kept_table_has_its_trigger(app: Flask) -> None:
    source = "sqlite_master WHERE type = 'trigger'" if db.engine.dialect.name == "sqlite" else "pg_trigger"
    column = "name" if db.engine.dialect.name == "sqlite" else "tgname"
    with db.engine.connect() as connection:
        triggers = set(connection.scalars(text(f"SELECT {column} FROM {source}")))  # noqa: S608
    assert {f"tr_{table}_no_delete" for table in KEPT} <= triggers
    assert {f"tr_{table}_no_update" for table in FROZEN} <= triggers


def test_preparing_again_changes_nothing(app: Flask) -> None:
    with db.engine.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM audit_entry"))
    prepare(app)
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision()
        assert connection.scalar(text("SELECT count(*) FROM audit_entry")) == before
