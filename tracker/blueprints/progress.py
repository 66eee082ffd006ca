"""How far an import has come: a small file in the instance folder, which any process may read meanwhile.

It is there only as long as the work goes on. One that a killed process left behind is harmless: the next
work on the same upload replaces it.
"""

import json
import os
import secrets
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from flask import current_app
from flask_babel import gettext as _

from tracker.presentation import writer

EVERY_SECONDS: Final = 0.2
NOTHING: Final[dict[str, Any]] = {"stage": "", "done": 0, "of": 0}


class ProgressFile:
    """Progress of one upload, written at most a few times a second, and removed at the end."""

    def __init__(self, upload_id: int) -> None:
        self._path = _path(upload_id)
        self._stage, self._next = "", 0.0

    def __enter__(self) -> "ProgressFile":
        return self

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Say how far it has come."""
        now = time.perf_counter()
        if stage == self._stage and now < self._next:
            return
        self._stage, self._next = stage, now + EVERY_SECONDS
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        new.write_text(json.dumps({"stage": stage, "done": done, "of": of}))
        os.replace(new, self._path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)


def progress_of(upload_id: int) -> dict[str, Any]:
    """How far the work on an upload has come: stage, done, of, and words. Nothing where none goes on."""
    try:
        said = json.loads(_path(upload_id).read_text())
    except FileNotFoundError:
        said = NOTHING
    return {**said, "words": _words(said["stage"], said["done"], said["of"])}


def _words(stage: str, done: int, of: int) -> str:
    count, whole = writer().whole(done), writer().whole(of)
    match stage:
        case "reading":
            return _("Reading the file …")
        case "checking":
            return _("Checking row %(done)s of %(of)s …", done=count, of=whole)
        case "recording":
            return _("Recording %(done)s of %(of)s …", done=count, of=whole)
        case _:
            return _("One moment …")


def _path(upload_id: int) -> Path:
    return Path(current_app.instance_path) / "progress" / str(upload_id)
