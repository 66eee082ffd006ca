"""Alembic's environment: migrations run on the connection they are given, inside its transaction."""

from alembic import context
from sqlalchemy import create_engine

from tracker import models
from tracker.config import read_settings

target_metadata = models.Base.metadata


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        render_as_batch=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(read_settings().database_url).begin() as own:
        run(own)
