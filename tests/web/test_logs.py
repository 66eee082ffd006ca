"""One line of JSON for each sign-in, refusal, export, change and error; nothing forged, nothing secret."""

import json
from typing import Any

import pytest
from flask import Flask

from tests.web.cast import EMAILS, PASSWORD, Person, signed_in
from tests.web.test_forms import DONOR


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged since the last look; every line is one object."""
    return [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]


def test_each_thing_that_matters_is_one_line(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    lines(capfd)
    officer = signed_in(app, EMAILS["officer"])
    assert any("signed in" in line["what"] for line in lines(capfd))
    officer.fill("/donors/new", DONOR)
    [recorded] = [line for line in lines(capfd) if line["what"] == "recorded"]
    assert recorded["who"] == EMAILS["officer"]
    assert recorded["door"].startswith("POST donors.")
    assert recorded["from"] == "127.0.0.1"
    assert recorded["at"].endswith("+00:00")
    assert len(recorded["request"]) == 16
    officer.get("/workbook.xlsx")
    officer.get("/users")
    said = [line["what"] for line in lines(capfd)]
    assert any(what.startswith("refused 403") for what in said)


def test_a_wrong_password_is_logged_and_no_password_is(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    nobody = Person(app.test_client())
    lines(capfd)
    nobody.sign_in(EMAILS["gcg"], "not the password at all")
    nobody.sign_in(EMAILS["gcg"], PASSWORD)
    logged = capfd.readouterr().err
    assert "sign-in refused" in logged
    assert "not the password at all" not in logged
    assert PASSWORD not in logged


def test_nobody_can_forge_a_line(app: Flask, officer: Person, capfd: pytest.CaptureFixture[str]) -> None:
    lines(capfd)
    officer.get("/donors/%0a%7b%22what%22%3a%22forged%22%7d")
    officer.client.get("/login", headers={"User-Agent": '\\n{"what":"forged"}', "X-Forwarded-For": "1.2.3.4"})
    found = lines(capfd)
    assert "forged" not in [line["what"] for line in found]
    assert all(line["from"] == "127.0.0.1" for line in found)


def test_an_error_is_a_line_with_its_trace_and_the_number_of_its_page(
    app: Flask, officer: Person, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_args: object) -> None:
        raise RuntimeError("deep\ninside")

    lines(capfd)
    monkeypatch.setattr("tracker.blueprints.help.sections", breaks)
    answer = officer.get("/help")
    assert answer.status_code == 500
    [line] = [line for line in lines(capfd) if line["level"] == "error"]
    assert "RuntimeError" in line["trace"]
    assert line["request"] in answer.get_data(as_text=True)
