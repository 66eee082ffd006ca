"""Settings, from `TRACKER_…` environment variables, typed and checked once at start-up.

| variable | default | what |
| --- | --- | --- |
| TRACKER_DATABASE_URL | SQLite in the instance folder | where the records are |
| TRACKER_INSTANCE_PATH | `instance/` of the checkout | the SQLite file, the secret key, local files |
| TRACKER_SECRET_KEY | made at first run | signs cookies; kept in the instance folder, mode 0600 |
| TRACKER_ENV | `development` | `production` refuses weak settings |
| TRACKER_BUSY_SECONDS | 5 | how long a write waits for another one |
| TRACKER_BASE_URL | `http://127.0.0.1:8000` | where people reach the pages: links in messages begin with it |
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Environment = Literal["development", "production"]

MIN_SECRET_CHARACTERS: Final = 32
DEFAULT_BASE_URL: Final = "http://127.0.0.1:8000"
_POSTGRES_SCHEMES: Final = ("postgres://", "postgresql://")


class BadSetting(Exception):
    """A setting that the program will not start with; the text says which and what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one installation to the next."""

    database_url: str
    instance_path: Path
    secret_key: str
    environment: Environment
    busy_seconds: float
    base_url: str = DEFAULT_BASE_URL

    @property
    def production(self) -> bool:
        """Whether people's real records are behind this."""
        return self.environment == "production"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises `BadSetting` with what would be right."""
    env = os.environ if environ is None else environ
    environment = env.get("TRACKER_ENV", "development")
    if environment not in ("development", "production"):
        raise BadSetting(f"TRACKER_ENV is {environment!r}: write development or production.")
    instance = Path(env.get("TRACKER_INSTANCE_PATH") or _default_instance()).absolute()
    url = env.get("TRACKER_DATABASE_URL") or f"sqlite:///{instance / 'tracker.sqlite3'}"
    return Settings(
        database_url=normal_url(url),
        instance_path=instance,
        secret_key=_secret_key(env, instance, environment),
        environment="production" if environment == "production" else "development",
        busy_seconds=_seconds(env, "TRACKER_BUSY_SECONDS", "5"),
        base_url=(env.get("TRACKER_BASE_URL") or DEFAULT_BASE_URL).rstrip("/"),
    )


def normal_url(url: str) -> str:
    """A database address as SQLAlchemy wants it, with the PostgreSQL driver that is installed.

    >>> normal_url("postgres://u@h/d")
    'postgresql+psycopg://u@h/d'
    """
    for scheme in _POSTGRES_SCHEMES:
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _default_instance() -> Path:
    """`instance/` of the checkout; of the folder one stands in, where the package is installed."""
    checkout = Path(__file__).resolve().parent.parent
    return (checkout if (checkout / "pyproject.toml").exists() else Path.cwd()) / "instance"


def _seconds(env: Mapping[str, str], name: str, default: str) -> float:
    text = env.get(name) or default
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 600:
        raise BadSetting(f"{name} is {text!r}: write a number of seconds from 0 to 600.")
    return seconds


def _secret_key(env: Mapping[str, str], instance: Path, environment: str) -> str:
    """The key given, else the one kept in the instance folder, made at first run."""
    given = env.get("TRACKER_SECRET_KEY", "")
    if given:
        if environment == "production" and len(given) < MIN_SECRET_CHARACTERS:
            raise BadSetting(
                f"TRACKER_SECRET_KEY is short: give at least {MIN_SECRET_CHARACTERS} characters."
            )
        return given
    return _kept_secret(instance / "secret_key")


def _kept_secret(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    except OSError as error:
        raise BadSetting(f"The instance folder {path.parent} cannot be written: {error.strerror}.") from error
    key = path.read_text(encoding="ascii").strip()
    if len(key) < MIN_SECRET_CHARACTERS:
        raise BadSetting(f"{path} holds no usable key: delete it, and a new one is made.")
    return key
