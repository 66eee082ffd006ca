"""A multi-donor programme's funding: pledges and receipts against outcomes, and the gap month by month."""

from flask import Flask

from tracker import models as models  # registers the tables
from tracker.config import MAX_BODY_BYTES, MAX_FORM_BYTES, MAX_FORM_PARTS, Settings, read_settings
from tracker.extensions import db, watch_sqlite


def create_app(settings: Settings | None = None, *, pages: bool = True) -> Flask:
    """The application. Settings come from the environment where none are given.

    Commands that serve no pages leave them out: they start in half the time.
    """
    settings = settings or read_settings()
    app = Flask(__name__, instance_path=str(settings.instance_path))
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # A server that was started again has ended every connection kept: each is tried before it is used.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": not settings.database_url.startswith("sqlite")},
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_NAME="__Host-session" if settings.behind_tls else "session",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_TIME_LIMIT=None,
        TRACKER=settings,
    )
    db.init_app(app)
    with app.app_context():
        watch_sqlite(db.engine, settings.busy_seconds)
    if pages:
        _add_pages(app)
    _add_commands(app)
    return app


def _add_pages(app: Flask) -> None:
    from werkzeug.middleware.proxy_fix import ProxyFix

    from tracker import access, blueprints, logs, presentation
    from tracker.extensions import babel, bootstrap, csrf, login_manager

    if hops := app.config["TRACKER"].proxy_hops:  # what else a client writes into these headers stays unread
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=1)  # type: ignore[method-assign]
    logs.init_app(app)
    access.init_app(app)  # first, so that whatever is refused after it carries the request's id
    for extension in (babel, bootstrap, csrf, login_manager):
        extension.init_app(app)
    presentation.init_app(app)
    blueprints.init_app(app)


def _add_commands(app: Flask) -> None:
    from tracker import cli

    cli.init_app(app)
