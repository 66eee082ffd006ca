"""Faults, each with an oracle and a control (docs/trust.md): `make faults`; FAULTS=release is long."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.web.conftest import app, noon, seeded

__all__ = ["app", "noon", "seeded"]

RELEASE = os.environ.get("FAULTS") == "release"


def size(in_ci: int, before_a_release: int) -> int:
    """How many, by FAULTS."""
    return before_a_release if RELEASE else in_ci


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A seeded SQLite installation; its server is killed at the end."""
    made = Installation(tmp_path, f"sqlite:///{tmp_path / 'tracker.sqlite3'}")
    made.seed()
    yield made
    made.kill()
