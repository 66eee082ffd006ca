"""What is locked, unreachable, unwritable or no file of ours: one sentence, never a traceback."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import Tracker
from tests.importing.desk import CAST, write

# What cannot be reached, written or locked


def test_a_locked_database_is_refused_with_a_sentence(
    tracker: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKER_BUSY_SECONDS", "0.1")
    database = sqlite3.connect(tracker.folder / "tracker.sqlite3", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        result = tracker("import", write(tmp_path / "files", dict(CAST)), status=1)
    finally:
        database.close()
    assert (result.stdout, len(result.stderr.splitlines())) == ("", 1)
    assert "busy" in result.stderr
    tracker("import", tmp_path / "files")


@pytest.mark.parametrize(
    "url",
    ["postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2", "sqlite:////proc/none/tracker.sqlite3"],
)
def test_an_unreachable_database_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    result = _with_url(tmp_path, monkeypatch, url)
    assert result[0] == 1
    assert result[1] == ""
    assert len(result[2].splitlines()) == 1


def _with_url(folder: Path, patch: pytest.MonkeyPatch, url: str) -> tuple[int, str, str]:
    from click.testing import CliRunner

    from tracker.cli import cli

    patch.setenv("TRACKER_INSTANCE_PATH", str(folder))
    patch.setenv("TRACKER_DATABASE_URL", url)
    result = CliRunner().invoke(cli, ["position"])
    return result.exit_code, result.stdout, result.stderr


def test_a_file_that_is_no_database_is_refused_with_a_sentence(tracker: Tracker) -> None:
    (tracker.folder / "tracker.sqlite3").write_bytes(b"not a database at all" * 500)
    result = tracker("position", status=1)
    assert "not a database" in result.stderr


def test_a_bad_setting_is_refused_with_a_sentence(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_BUSY_SECONDS", "soon")
    assert tracker("position", status=1).stderr.startswith("TRACKER_BUSY_SECONDS is 'soon'")


@pytest.mark.parametrize(
    "args",
    [("export", "FILE/out"), ("export", "FILE/out.xlsx"), ("workbook", "FILE/out.xlsx"), ("export", "FILE")],
)
def test_a_place_that_cannot_be_written_is_refused_with_a_sentence(
    tracker: Tracker, tmp_path: Path, args: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("in the way")
    result = tracker(*(arg.replace("FILE", str(tmp_path / "file")) for arg in args), status=1)
    assert len(result.stderr.splitlines()) == 1
    assert "Nothing was changed." in result.stderr
    assert (tmp_path / "file").read_text() == "in the way"
    assert not list(tmp_path.glob("**/*.part"))


def test_a_file_that_is_not_csv_is_refused_without_a_traceback(tracker: Tracker, tmp_path: Path) -> None:
    folder = write(tmp_path / "files", {"donors": os.urandom(4096), "pledges.xlsx": os.urandom(4096)})
    result = tracker("import", folder / "donors.csv", folder / "pledges.xlsx", status=1)
    assert [line.partition(",")[0].partition(":")[0] for line in result.stderr.splitlines()] == [
        *("donors.csv", "pledges.xlsx"),
        "2 problems",
    ]


# As a process of its own


def process(folder: Path, *args: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TRACKER_INSTANCE_PATH": str(folder), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", "from tracker.cli import main; main()", *args]
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_the_console_script_ends_with_its_status_and_no_traceback(tracker: Tracker, tmp_path: Path) -> None:
    write(tmp_path, {"donors": "code\n"})
    run = process(tracker.folder, "import", str(tmp_path / "donors.csv"))
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (1, "")
    assert err.splitlines()[0].startswith("donors.csv, row 1, name: The column name is missing.")


def test_flask_has_the_same_commands(tracker: Tracker) -> None:
    environment = {**os.environ, "TRACKER_INSTANCE_PATH": str(tracker.folder)}
    command = [sys.executable, "-m", "flask", "--app", "tracker", "position", "--format", "json"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(run.stdout)["programme"] == "A87"


def test_a_reader_that_goes_away_leaves_no_traceback(example_b: Tracker) -> None:
    run = process(example_b.folder, "position", "--format", "json")
    assert run.stdout and run.stderr
    run.stdout.close()
    run.wait(timeout=60)
    assert "Traceback" not in run.stderr.read()


def test_serve_serves_and_the_demo_prints_its_logins_once(tmp_path: Path) -> None:
    for first in (True, False):
        run = process(tmp_path / "demo", "serve", "--demo", "--port", "0")
        try:
            assert run.stderr and run.stdout
            line = next(line for line in run.stderr if line.startswith("Serving on "))
            address = line.removeprefix("Serving on ").strip()
            for _ in range(50):
                try:
                    urllib.request.urlopen(f"{address}/static/look.css", timeout=5).close()  # noqa: S310
                    break
                except ConnectionError:
                    time.sleep(0.1)
        finally:
            run.terminate()
            out, _ = run.communicate(timeout=30)
        roles = [line.split()[0] for line in out.splitlines()]
        assert roles == (["admin", "officer", "gcg", "donor"] if first else [])


def test_a_port_that_is_taken_is_told_before_the_demo_prints_its_passwords(tracker: Tracker) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = tracker("serve", "--demo", "--port", taken.getsockname()[1], status=1)
    assert "in use" in result.stderr
    assert result.stdout == ""
    assert tracker("user", "list").stdout == ""
