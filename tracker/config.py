"""Settings, from `TRACKER_…` environment variables, typed and checked once at start-up.

| variable | default | what |
| --- | --- | --- |
| TRACKER_DATABASE_URL | SQLite in the instance folder | where the records are |
| TRACKER_INSTANCE_PATH | `instance/` of the checkout | the SQLite file, the secret key, local files |
| TRACKER_SECRET_KEY | made at first run | signs cookies; kept in the instance folder, mode 0600 |
| TRACKER_ENV | `development` | `production` refuses weak settings |
| TRACKER_SECOND_FACTOR | `required` in production, else `optional` | who records needs one |
| TRACKER_PROXY_HOPS | 0 | how many proxies of our own stand in front: that many set X-Forwarded-For |
| TRACKER_BUSY_SECONDS | 5 | how long a write waits for another one |
| TRACKER_BASE_URL | `http://127.0.0.1:8000` | where people reach the pages: links in messages begin with it |
| TRACKER_SMTP_HOST | none: messages go to `outbox/` of the instance folder | the mail server |
| TRACKER_SMTP_PORT | 587, 465 or 25, by the security | its port |
| TRACKER_SMTP_USER, TRACKER_SMTP_PASSWORD | none | what the tracker signs in with there; both or neither |
| TRACKER_SMTP_SECURITY | `starttls` | or `tls`, or `none`: in production for a server on this machine alone |
| TRACKER_MAIL_FROM | `tracker@localhost`; with a mail server required | who writes: `Name <name@host>` |
| TRACKER_IATI_REPORTING_REF | `XM-DAC-41302` | the reporting organisation's identifier in IATI files |
| TRACKER_IATI_REPORTING_NAME | `International Labour Organization (ILO)` | its name there |
| TRACKER_IATI_REPORTING_TYPE | `40`, multilateral | its code in IATI's list OrganisationType |
| TRACKER_IATI_ACTIVITY | the reference and `-A87-MDP` | the activity's identifier, for good once published |
| TRACKER_IATI_SECTOR | `16070`, labour rights | the OECD DAC purpose code |
"""

import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Final, Literal

from tracker.domain.publishing import ORGANISATION_TYPES, Publisher, is_activity_of, is_organisation_ref

Environment = Literal["development", "production"]
Security = Literal["starttls", "tls", "none"]
SecondFactor = Literal["required", "optional"]

MAX_BODY_BYTES: Final = 40 * 1024 * 1024
"""How much one request may carry, files included: more is answered 413 before anything reads it."""
MAX_FORM_BYTES: Final = 500_000
"""How much of it may be typed texts, which are held in memory."""
MAX_FORM_PARTS: Final = 1_000
"""How many fields and files a form may have."""
MAX_PROXY_HOPS: Final = 8
MIN_SECRET_CHARACTERS: Final = 32
MIN_SECRET_VARIETY: Final = 10
_WEAK_SECRETS: Final = ("development", "changeme", "change-me", "change_me", "secret", "password", "example")
FACTOR_ROLES: Final = ("admin", "officer")
"""Who needs a second factor where the setting says `required`."""
DEFAULT_BASE_URL: Final = "http://127.0.0.1:8000"
DEFAULT_MAIL_FROM: Final = "tracker@localhost"
SMTP_PORTS: Final[dict[Security, int]] = {"starttls": 587, "tls": 465, "none": 25}
DEFAULT_PUBLISHER: Final = Publisher(
    ref="XM-DAC-41302",
    name="International Labour Organization (ILO)",
    organisation_type="40",
    activity="XM-DAC-41302-A87-MDP",
    sector="16070",
)
MAX_PUBLISHER_CHARACTERS: Final = 200
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
_HOST: Final = re.compile(r"[A-Za-z0-9.:_-]{1,253}", re.ASCII)
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAIL_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9.-]+", re.ASCII)
"""One address that any mail server takes: no quotes, no blanks, no letters beyond ASCII."""
_POSTGRES_SCHEMES: Final = ("postgres://", "postgresql://")


class BadSetting(Exception):
    """A setting that the program will not start with; the text says which and what would be right."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server, and how to speak to it. `user` is empty where it asks for no sign-in."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one installation to the next."""

    database_url: str
    instance_path: Path
    secret_key: str
    environment: Environment
    busy_seconds: float
    base_url: str = DEFAULT_BASE_URL
    smtp: Smtp | None = None
    mail_from: str = DEFAULT_MAIL_FROM
    second_factor: SecondFactor = "optional"
    proxy_hops: int = 0
    publisher: Publisher = DEFAULT_PUBLISHER

    @property
    def production(self) -> bool:
        """Whether people's real records are behind this."""
        return self.environment == "production"

    @property
    def behind_tls(self) -> bool:
        """Whether browsers reach the pages by https alone."""
        return self.production or self.base_url.startswith("https://")

    @property
    def factor_roles(self) -> tuple[str, ...]:
        """The roles that need a second factor."""
        return FACTOR_ROLES if self.second_factor == "required" else ()


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises `BadSetting` with what would be right."""
    env = os.environ if environ is None else environ
    environment = env.get("TRACKER_ENV", "development")
    if environment not in ("development", "production"):
        raise BadSetting(f"TRACKER_ENV is {environment!r}: write development or production.")
    instance = Path(env.get("TRACKER_INSTANCE_PATH") or _default_instance()).absolute()
    url = normal_url(env.get("TRACKER_DATABASE_URL") or f"sqlite:///{instance / 'tracker.sqlite3'}")
    settings = Settings(
        database_url=url,
        instance_path=instance,
        secret_key=_secret_key(env, instance, environment),
        environment="production" if environment == "production" else "development",
        busy_seconds=_seconds(env, "TRACKER_BUSY_SECONDS", "5"),
        base_url=(env.get("TRACKER_BASE_URL") or DEFAULT_BASE_URL).rstrip("/"),
        smtp=_smtp(env, environment),
        mail_from=_mail_from(env),
        second_factor=_second_factor(env, environment),
        proxy_hops=_hops(env),
        publisher=_publisher(env),
    )
    if settings.production:
        _check_production(env, url)
    return settings


def _check_production(env: Mapping[str, str], url: str) -> None:
    """What real records are never put behind. Raises `BadSetting`."""
    for name in ("FLASK_DEBUG", "WERKZEUG_DEBUG_PIN", "PYTHONDEVMODE"):
        if env.get(name, "").lower() not in ("", "0", "false", "no", "off"):
            raise BadSetting(f"{name} is set: in production debugging shows strangers the inside. Unset it.")
    if not re.fullmatch(r"https://[^\s/?#@]+/?", env.get("TRACKER_BASE_URL", "")):
        raise BadSetting(
            f"TRACKER_BASE_URL is {env.get('TRACKER_BASE_URL', '')!r}: in production write where people "
            "reach the pages, with https: https://funding.example.org."
        )
    if url.startswith("sqlite"):
        _check_file(url)


def _check_file(url: str) -> None:
    """An SQLite file that stays, and that nobody else on the machine may read. Raises `BadSetting`."""
    name = url.partition("///")[2].partition("?")[0]
    if not name or ":memory:" in url or "mode=memory" in url:
        raise BadSetting(
            "TRACKER_DATABASE_URL keeps the records in memory: in production name a file or a server."
        )
    try:
        mode = Path(name).stat().st_mode
    except OSError:
        return  # not there yet: it is made with mode 0600; or out of reach, which is told when it is opened
    if stat.S_ISREG(mode) and mode & stat.S_IRWXO:
        raise BadSetting(
            f"Others on this machine may read {name} (mode {stat.S_IMODE(mode):04o}): chmod 600 {name}"
        )


def _second_factor(env: Mapping[str, str], environment: str) -> SecondFactor:
    text = env.get("TRACKER_SECOND_FACTOR") or ("required" if environment == "production" else "optional")
    if text == "required":
        return "required"
    if text == "optional":
        return "optional"
    raise BadSetting(f"TRACKER_SECOND_FACTOR is {text!r}: write required or optional.")


def _hops(env: Mapping[str, str]) -> int:
    text = env.get("TRACKER_PROXY_HOPS") or "0"
    if not (text.isascii() and text.isdigit() and len(text) == 1 and int(text) <= MAX_PROXY_HOPS):
        raise BadSetting(f"TRACKER_PROXY_HOPS is {text!r}: write a number from 0 to {MAX_PROXY_HOPS}.")
    return int(text)


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


def _smtp(env: Mapping[str, str], environment: str) -> Smtp | None:
    """The mail server; None where none is named. No message holds the password."""
    host = env.get("TRACKER_SMTP_HOST", "")
    user, password = env.get("TRACKER_SMTP_USER", ""), env.get("TRACKER_SMTP_PASSWORD", "")
    if not host:
        said = [name for name in ("PORT", "USER", "PASSWORD", "SECURITY") if env.get(f"TRACKER_SMTP_{name}")]
        if said:
            raise BadSetting(f"TRACKER_SMTP_{said[0]} is set and TRACKER_SMTP_HOST is not: name the server.")
        return None
    if not _HOST.fullmatch(host):
        raise BadSetting(f"TRACKER_SMTP_HOST is {host!r}: write the name of a server.")
    if bool(user) != bool(password):
        raise BadSetting("Give TRACKER_SMTP_USER and TRACKER_SMTP_PASSWORD both, or neither.")
    if not (user + password).isascii() or not (user + password).isprintable():
        raise BadSetting("TRACKER_SMTP_USER and TRACKER_SMTP_PASSWORD: only ASCII letters, digits and signs.")
    if not env.get("TRACKER_MAIL_FROM"):
        raise BadSetting("TRACKER_MAIL_FROM is missing: say who messages are from, as “Name <name@host>”.")
    security = _security(env)
    if environment == "production" and security == "none" and host not in _THIS_MACHINE:
        raise BadSetting("TRACKER_SMTP_SECURITY is none: in production write starttls or tls.")
    return Smtp(host, _port(env, SMTP_PORTS[security]), security, user, password)


def _security(env: Mapping[str, str]) -> Security:
    text = env.get("TRACKER_SMTP_SECURITY") or "starttls"
    for known in SMTP_PORTS:
        if text == known:
            return known
    raise BadSetting(f"TRACKER_SMTP_SECURITY is {text!r}: write starttls, tls or none.")


def _port(env: Mapping[str, str], default: int) -> int:
    text = env.get("TRACKER_SMTP_PORT") or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise BadSetting(f"TRACKER_SMTP_PORT is {text!r}: write a number from 1 to 65535.")
    return int(text)


def _mail_from(env: Mapping[str, str]) -> str:
    text = env.get("TRACKER_MAIL_FROM") or DEFAULT_MAIL_FROM
    if not text.isprintable() or not MAIL_ADDRESS.fullmatch(parseaddr(text)[1]):
        raise BadSetting(f"TRACKER_MAIL_FROM is {text!r}: write an address, or “Name <name@host>”.")
    return text


def _publisher(env: Mapping[str, str]) -> Publisher:
    """Who publishes under IATI, and as what."""
    ref = _iati(env, "REPORTING_REF", DEFAULT_PUBLISHER.ref)
    if not is_organisation_ref(ref):
        raise BadSetting(
            f"TRACKER_IATI_REPORTING_REF is {ref!r}: write an organisation's identifier, like XM-DAC-41302."
        )
    kind = _iati(env, "REPORTING_TYPE", DEFAULT_PUBLISHER.organisation_type)
    if kind not in ORGANISATION_TYPES:
        raise BadSetting(
            f"TRACKER_IATI_REPORTING_TYPE is {kind!r}: write one of {', '.join(ORGANISATION_TYPES)}."
        )
    activity = _iati(env, "ACTIVITY", f"{ref}-A87-MDP")
    if not is_activity_of(activity, ref):
        raise BadSetting(
            f"TRACKER_IATI_ACTIVITY is {activity!r}: begin it with {ref}- and use no blanks and none of /&|?."
        )
    sector = _iati(env, "SECTOR", DEFAULT_PUBLISHER.sector)
    if not re.fullmatch(r"[0-9]{5}", sector, re.ASCII):
        raise BadSetting(f"TRACKER_IATI_SECTOR is {sector!r}: write an OECD DAC code of five digits.")
    return Publisher(ref, _iati(env, "REPORTING_NAME", DEFAULT_PUBLISHER.name), kind, activity, sector)


def _iati(env: Mapping[str, str], name: str, default: str) -> str:
    text = env.get(f"TRACKER_IATI_{name}", "").strip() or default
    if not text.isprintable() or len(text) > MAX_PUBLISHER_CHARACTERS:
        raise BadSetting(
            f"TRACKER_IATI_{name}: write one line of at most {MAX_PUBLISHER_CHARACTERS} characters."
        )
    return text


def _secret_key(env: Mapping[str, str], instance: Path, environment: str) -> str:
    """The key given, else the one kept in the instance folder, made at first run."""
    given = env.get("TRACKER_SECRET_KEY", "")
    if given:
        if environment == "production":
            _check_secret(given)
        return given
    return _kept_secret(instance / "secret_key")


def _check_secret(given: str) -> None:
    if len(given) < MIN_SECRET_CHARACTERS:
        raise BadSetting(f"TRACKER_SECRET_KEY is short: give at least {MIN_SECRET_CHARACTERS} characters.")
    if len(set(given)) < MIN_SECRET_VARIETY or any(weak in given.lower() for weak in _WEAK_SECRETS):
        raise BadSetting(
            "TRACKER_SECRET_KEY is one for development: give random characters, or leave it away, and one is "
            "made and kept in the instance folder."
        )


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
