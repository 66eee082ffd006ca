"""All donors' papers, made a few at a time: a folder holds the plan and what is done of it.

A plan rests on one state of knowledge, so that all its papers add up. A donor's paper is done when its
`.json` stands in the folder; files come into being whole, so that two that work on one bundle only do the
same work twice. Nothing here is a record: a folder may be thrown away at any moment.
"""

import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from tracker.domain.statement import Period
from tracker.queries.known import Known
from tracker.queries.statements import StatementReport, load_statement

KEPT_FOR: Final = timedelta(days=1)
ZIP: Final = "all.zip"
PLAN: Final = "plan.json"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)
Dress = Callable[[StatementReport], Mapping[str, bytes]]
"""Makes a donor's files of its report: content by form."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is made: `kind` is statements or letters; `donors` by code, in the order they are made."""

    kind: str
    forms: tuple[str, ...]
    period: Period
    known: Known
    donors: tuple[str, ...]
    maker: str
    made_at_utc: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """One donor's papers: their content by form, and the USD cents that the statement closes with."""

    donor: str
    name: str
    closing_minor: int
    files: dict[str, Path]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A plan and the folder it is worked on in."""

    folder: Path
    plan: Plan

    @property
    def token(self) -> str:
        """What it is asked for by; nobody can guess it."""
        return self.folder.name

    @property
    def total(self) -> int:
        """How many donors there are."""
        return len(self.plan.donors)

    @property
    def pending(self) -> list[int]:
        """Which donors are still to be done, by their place in the plan."""
        return [at for at in range(self.total) if not self._note(at).exists()]

    @property
    def zip_path(self) -> Path:
        """Where the finished file stands."""
        return self.folder / ZIP

    def made(self) -> list[Made]:
        """All that is done so far, in the order of the plan."""
        return [self._made(at) for at in range(self.total) if self._note(at).exists()]

    def make(self, session: Session, programme_id: int, at: int, dress: Dress) -> None:
        """Make one donor's papers. The note that they are done comes last."""
        report = load_statement(
            session,
            programme_id,
            donor=self.plan.donors[at],
            period=self.plan.period,
            as_of=self.plan.period.last,
            known=self.plan.known,
        )
        for form, content in dress(report).items():
            write_whole(self._file(at, form), content)
        note = {"name": report.donor.name, "closing": sum(report.movement.closing)}
        write_whole(self._note(at), json.dumps(note).encode())

    def _made(self, at: int) -> Made:
        note = json.loads(self._note(at).read_bytes())
        files = {form: self._file(at, form) for form in self.plan.forms}
        return Made(self.plan.donors[at], note["name"], note["closing"], files)

    def _note(self, at: int) -> Path:
        return self.folder / f"{at:05d}.json"

    def _file(self, at: int, form: str) -> Path:
        return self.folder / f"{at:05d}.{form}"


def begin(root: Path, plan: Plan) -> Bundle:
    """A new bundle in a folder that only this program may read. Old ones are swept."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(root, plan.made_at_utc)
    folder = root / secrets.token_urlsafe(24)
    folder.mkdir(mode=0o700)
    write_whole(folder / PLAN, json.dumps(_texts(plan)).encode())
    return Bundle(folder, plan)


def find(root: Path, token: str, maker: str) -> Bundle | None:
    """A bundle by its token, for whoever began it; nobody else is told that there is one."""
    if not _TOKEN.fullmatch(token):
        return None
    plan = _plan(root / token)
    return Bundle(root / token, plan) if plan is not None and plan.maker == maker else None


def sweep(root: Path, now: datetime) -> None:
    """Throw away what was begun more than a day ago."""
    for folder in root.iterdir():
        if not folder.is_dir() or not _TOKEN.fullmatch(folder.name):
            continue
        plan = _plan(folder)
        begun = plan.made_at_utc if plan else datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        if now - begun > KEPT_FOR:
            shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then let it take the place: nobody ever reads half of it."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def _texts(plan: Plan) -> dict[str, Any]:
    return {
        "kind": plan.kind,
        "forms": plan.forms,
        "period": [day.isoformat() for day in plan.period],
        "known": [plan.known.seq, plan.known.digest, plan.known.at_utc.isoformat()],
        "donors": plan.donors,
        "maker": plan.maker,
        "made_at_utc": plan.made_at_utc.isoformat(),
    }


def _plan(folder: Path) -> Plan | None:
    try:
        texts = json.loads((folder / PLAN).read_bytes())
    except FileNotFoundError:
        return None
    first, last = (date.fromisoformat(day) for day in texts["period"])
    seq, digest, moment = texts["known"]
    return Plan(
        kind=texts["kind"],
        forms=tuple(texts["forms"]),
        period=Period(first, last),
        known=Known(seq, digest, datetime.fromisoformat(moment)),
        donors=tuple(texts["donors"]),
        maker=texts["maker"],
        made_at_utc=datetime.fromisoformat(texts["made_at_utc"]),
    )
