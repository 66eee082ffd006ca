"""The `tracker` command on an instance folder of its own, run within this process."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cli.example import EXAMPLE_B
from tests.importing.desk import write
from tracker.cli import cli


@dataclass(frozen=True)
class Tracker:
    """An installation; call it with arguments."""

    folder: Path
    patch: pytest.MonkeyPatch

    def __call__(self, *args: object, stdin: str | None = None, status: int | None = 0) -> Result:
        with self.patch.context() as patch:
            patch.setenv("TRACKER_INSTANCE_PATH", str(self.folder))
            patch.delenv("TRACKER_DATABASE_URL", raising=False)
            result = CliRunner().invoke(cli, [str(arg) for arg in args], input=stdin, prog_name="tracker")
        assert "Traceback" not in result.output
        assert status is None or result.exit_code == status, result.output
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def json(self, *args: object, status: int = 0) -> Any:
        """The JSON on stdout."""
        return json.loads(self(*args, status=status).stdout)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder as the first command leaves it."""
    folder = tmp_path_factory.mktemp("seeded")
    with pytest.MonkeyPatch.context() as patch:
        Tracker(folder, patch)("position")
    return folder


@pytest.fixture
def install(seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Tracker]:
    """Makes installations by name, each with an empty programme."""

    def make(name: str) -> Tracker:
        shutil.copytree(seeded, tmp_path / name)
        return Tracker(tmp_path / name, monkeypatch)

    return make


@pytest.fixture
def tracker(install: Callable[[str], Tracker]) -> Tracker:
    """One installation with an empty programme."""
    return install("instance")


@pytest.fixture
def example_b(tracker: Tracker, tmp_path: Path) -> Tracker:
    """An installation that holds worked example B."""
    tracker("import", write(tmp_path / "b", dict(EXAMPLE_B)))
    return tracker
