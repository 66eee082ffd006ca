"""What is answered where something fails: a plain page, the same headers, nothing of the inside."""

import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.web.cast import Person, business_rows, page_of
from tracker.extensions import db
from tracker.queries.position import forget

DONOR = {"code": "SE", "name": "Sweden"}


def test_every_answer_carries_the_policy(app: Flask, officer: Person, nobody: Person) -> None:
    answers = [
        nobody.get("/login"),
        nobody.get("/"),
        nobody.get("/nothing"),
        nobody.client.post("/login", data={}),
        nobody.get("/password/none"),
        nobody.get("/static/look.css"),
        nobody.get("/static/nothing.css"),
        officer.get("/"),
        officer.get("/own"),
        officer.get("/reports/workbook"),
        officer.get("/reports/workbook?as_of=x"),
        officer.client.put("/donors"),
        officer.client.post("/donors/new", data={"name": "x" * 600_000}, content_type="multipart/form-data"),
        officer.fill("/donors/new", DONOR),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        if "/static/" not in answer.request.path:
            assert answer.headers["Cache-Control"] == "no-store", answer.request.path
    assert {a.status_code for a in answers} >= {200, 302, 400, 403, 404, 405, 410, 413}


def test_errors_show_a_number_to_quote_and_nothing_of_the_inside(app: Flask, officer: Person) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["budget.index"] = broken_view(app)
    answer = officer.get("/budget")
    page = page_of(answer)
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in page
    for inside in ("Traceback", "RuntimeError", "a secret of the inside", "sqlite"):
        assert inside not in page


def broken_view(app: Flask) -> object:
    """A view that is wrong, behind the same door."""
    from tracker.access import requires

    @requires("see_position")
    def view() -> str:
        raise RuntimeError("a secret of the inside")

    return view


def test_a_locked_database_answers_not_just_now_and_loses_nothing(
    app: Flask, officer: Person, tmp_path: Path
) -> None:
    officer.get("/donors/new")
    form = {**officer.hidden, **DONOR}
    with app.app_context():
        db.session.execute(text("PRAGMA busy_timeout = 0"))
        before = business_rows(app)
    other = sqlite3.connect(tmp_path / "tracker.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with impatient(app):
            refused = officer.post("/donors/new", form)
            assert officer.get("/donors").status_code == 200, "reading goes on"
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert refused.status_code == 503
    assert "Nothing was changed" in page_of(refused)
    assert business_rows(app) == before
    assert officer.post("/donors/new", form).status_code == 302


class impatient:
    """Connections that wait for no lock."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __enter__(self) -> None:
        from sqlalchemy import event

        with self.app.app_context():
            self.engine = db.engine
        self.engine.dispose()
        event.listen(self.engine, "connect", self._hurry)

    def __exit__(self, *_error: object) -> None:
        from sqlalchemy import event

        event.remove(self.engine, "connect", self._hurry)
        self.engine.dispose()

    @staticmethod
    def _hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 0")


@pytest.mark.parametrize("path", ["/donors", "/login", "/"])
def test_a_database_that_is_away_is_a_page_too(
    app: Flask, officer: Person, tmp_path: Path, path: str
) -> None:
    with app.app_context():
        db.engine.dispose()
    (tmp_path / "tracker.sqlite3").unlink()
    (tmp_path / "tracker.sqlite3").mkdir()
    answer = officer.get(path)
    assert answer.status_code == 503 or path == "/login"
    if answer.status_code == 503:
        assert answer.headers["Retry-After"]
        assert str(tmp_path) not in page_of(answer)
    assert "Content-Security-Policy" in answer.headers


def test_a_missing_rate_is_named_and_what_would_help(app: Flask, officer: Person) -> None:
    answer = officer.get("/?as_of=2025-01-01")
    assert answer.status_code == 200
    with app.app_context():
        db.session.execute(text("UPDATE rate SET voided_at_utc = '2026-06-15', void_reason = 'test'"))
        db.session.commit()
    forget()  # no audit entry told of it
    answer = officer.get("/")
    assert answer.status_code == 409
    assert "EUR" in page_of(answer)
    assert officer.get("/donors/new").status_code == 200
