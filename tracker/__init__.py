"""A multi-donor programme's funding: pledges and receipts against outcomes, and the gap month by month."""

from flask import Flask

from tracker import models as models  # registers the tables
from tracker.config import Settings, read_settings


def create_app(settings: Settings | None = None) -> Flask:
    """The application. Settings come from the environment where none are given."""
    settings = settings or read_settings()
    app = Flask(__name__, instance_path=str(settings.instance_path))
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        MAX_CONTENT_LENGTH=40 * 1024 * 1024,
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_TIME_LIMIT=None,
        TRACKER=settings,
    )
    _bind_extensions(app, settings)
    _register(app)
    return app


def _bind_extensions(app: Flask, settings: Settings) -> None:
    from pathlib import Path

    from tracker.extensions import babel, bootstrap, csrf, db, login_manager, migrate, watch_sqlite

    db.init_app(app)
    with app.app_context():
        watch_sqlite(db.engine, settings.busy_seconds)
    migrate.init_app(app, db, directory=str(Path(__file__).parent / "migrations"))
    babel.init_app(app)
    bootstrap.init_app(app)
    csrf.init_app(app)
    login_manager.init_app(app)


def _register(app: Flask) -> None:
    from tracker import access, blueprints, cli, presentation

    access.init_app(app)
    presentation.init_app(app)
    blueprints.init_app(app)
    cli.init_app(app)
