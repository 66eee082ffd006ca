"""`python -m tracker.migrations "what changes"`: draft the next migration from `models.py`.

Review what it writes: Alembic sees neither CHECK constraints nor triggers, and a batch rebuild on SQLite
loses a table's triggers without a word.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from tracker.database import MIGRATIONS, newest_revision


def main(message: str) -> None:
    """Bring an empty database to the newest revision, compare it with the models, write the difference."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with (
        tempfile.TemporaryDirectory() as folder,
        create_engine(f"sqlite:///{Path(folder) / 'draft.sqlite3'}").connect() as connection,
    ):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=f"{int(newest_revision()) + 1:04d}")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit(__doc__))
