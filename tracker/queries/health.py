"""Whether the database answers, and is of this program's revision."""

from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"


def newest_revision() -> str:
    """The newest migration's number, from its file name: Alembic is imported only where there is work."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def is_current(session: Session) -> bool:
    """Whether the database is at the newest revision. Raises SQLAlchemy's errors where it does not answer."""
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found == newest_revision()
