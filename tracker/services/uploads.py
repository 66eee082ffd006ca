"""Files given to be imported: kept, looked at, then recorded all or nothing, or dropped (docs/importing.md).

Looking works everything out anew and writes nothing. `Progress` is told a stage, how much of it is done, and
of how much (0 where nobody knows).
"""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from unicodedata import normalize

import tomli_w
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tracker.domain.earmark import parse_earmark
from tracker.domain.problems import Problem, Refused
from tracker.domain.register import Register
from tracker.domain.writing import COLUMNS, REQUIRED
from tracker.importing.attachments import FIELD, safe_name
from tracker.importing.flows import Brought, Foreign, Named, bring
from tracker.importing.measure import MAX_PACKED_BYTES
from tracker.importing.plan import Plan, make_plan
from tracker.importing.rows import Tables
from tracker.importing.tables import Source, read_sources
from tracker.models import Upload, UploadContent
from tracker.queries.register import load_register
from tracker.queries.uploads import StoredUpload, content_of, upload
from tracker.services.imports import store
from tracker.services.records import Desk
from tracker.services.rows import add_row, change_row
from tracker.services.store import lock_programme

if TYPE_CHECKING:
    from tracker.importing.cells import Rows
    from tracker.importing.mapping import TableMap

Kind = Literal["own", "iati", "table"]
Stage = Literal["reading", "checking", "recording"]
Progress = Callable[[Stage, int, int], object]

MAX_UPLOAD_BYTES: Final = MAX_PACKED_BYTES
FORMS: Final = ("csv", "xlsx", "xml")
_ZIP: Final = b"PK\x03\x04"
_XML: Final = tuple("<".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class StaleUpload(Exception):
    """The upload has changed since its page was opened, or is open no more; read it anew to show it."""


class PlanChanged(Exception):
    """What would be recorded is not what was shown: records have changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Look:
    """What an upload holds and what recording it would do.

    `problems` stand in the way of reading it at all, or of its columns; those of rows are the plan's.
    `plan` is None as long as nobody can say. `register` is what was on record, with what is right added.
    """

    kind: Kind
    sheets: "dict[str, Rows]" = field(default_factory=dict)
    table_map: "TableMap | None" = None
    foreign: Foreign | None = None
    brought: Brought | None = None
    plan: Plan | None = None
    problems: tuple[Problem, ...] = ()
    register: Register | None = None

    def unasked(self, names: Mapping[str, str]) -> list[Named]:
        """New names that are like a donor's on record, and of which nobody has said whose they are."""
        found = self.brought.names if self.brought else []
        return [one for one in found if one.new and one.alike and one.party.name not in names]

    @property
    def new_names(self) -> list[Named]:
        """Names that no donor on record has."""
        return [one for one in self.brought.names if one.new] if self.brought else []

    @property
    def digest(self) -> str:
        """What recording would do, as one hash: the same as long as nothing that matters has changed."""
        plan = self.plan
        if plan is None:
            return ""
        said = (plan.new, plan.changed, plan.instalments, plan.problems, plan.questions)
        return sha256(repr(said).encode()).hexdigest()

    @property
    def recordable(self) -> bool:
        """Whether there is something to record and nothing in the way."""
        return self.plan is not None and not self.problems and not self.plan.problems and self.plan.writes > 0


# Kept, and what is said of it


def keep_upload(desk: Desk, *, name: str, content: bytes) -> int:
    """Keep a file to be imported; answers with its id. Raises `Refused` for what cannot be one."""
    form = check_upload(name, content)
    safe = safe_name(name)
    record = Upload(
        programme_id=desk.programme_id,
        file_name=safe,
        form=form,
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        state="open",
        sheet="",
        mapping="",
        names="{}",
        result="{}",
        uploaded_by=desk.actor.name,
        closed_at_utc=None,
    )
    add_row(desk.session, actor=desk.actor, record=record, reference=safe)
    desk.session.add(UploadContent(programme_id=desk.programme_id, upload_id=record.id, content=content))
    desk.session.flush()
    return record.id


def check_upload(name: str, content: bytes) -> str:
    """What a file is, by its name and its first bytes alike. Raises `Refused`, with what would be right."""
    if not name and not content:
        raise Refused.of("file_missing", FIELD)
    safe = safe_name(name)
    form = safe.rpartition(".")[2].lower() if "." in safe else ""
    if form not in FORMS:
        raise Refused.of("upload_type_unknown", FIELD, text=safe)
    if not content.strip():
        raise Refused.of("file_empty", FIELD, text=safe)
    if len(content) > MAX_UPLOAD_BYTES:
        raise Refused.of("file_too_large", FIELD, text=safe, most=MAX_UPLOAD_BYTES // 1_000_000)
    if form == "csv" and content.startswith(_MARKS[1:]):
        raise Refused.of("not_utf8", FIELD)
    if form == "csv" and b"\0" in content and not content.startswith(_ZIP):
        raise Refused.of("not_text", FIELD)
    if not _is(form, content):
        raise Refused.of("file_not_what_it_says", FIELD, text=safe)
    return form


def _is(form: str, content: bytes) -> bool:
    """Whether bytes may be what a name says; reading them shows the rest."""
    if form == "xlsx":
        return content.startswith(_ZIP)
    if form == "xml":
        mark = next((m for m in _MARKS if content.startswith(m)), b"")
        return content.removeprefix(mark).lstrip(b" \t\r\n\0").startswith(_XML)
    return not content.startswith(_ZIP)


def choose(
    desk: Desk,
    *,
    upload_id: int,
    version: int,
    sheet: str | None = None,
    mapping: str | None = None,
    names: Mapping[str, str] | None = None,
) -> None:
    """Say how an upload is to be read: its sheet, its mapping (TOML), whose its donors' names are.

    What is None stays. Raises `StaleUpload`.
    """
    columns: dict[str, object] = {}
    if sheet is not None:
        columns["sheet"] = sheet
    if mapping is not None:
        columns["mapping"] = mapping
    if names is not None:
        columns["names"] = _json(names)
    _change(desk, _live(desk, upload_id, version), columns)


def choose_earmark(desk: Desk, *, upload_id: int, version: int, earmark: str) -> None:
    """Say what all money of an IATI upload is for; empty or `core`: nothing is said.

    Raises `Refused` (field `earmark`) for what is none; `StaleUpload`.
    """
    said = normalize("NFC", earmark).strip()
    try:
        programme = load_register(desk.session, desk.programme_id, desk.today).programme
        parse_earmark(said or "core", programme.codes)
    except Refused as refused:
        raise Refused(tuple(replace(one, column="earmark") for one in refused.problems)) from None
    mapping = tomli_w.dumps({"constants": {"earmark": said}}) if said not in ("", "core") else ""
    choose(desk, upload_id=upload_id, version=version, mapping=mapping)


def earmark_of(stored: StoredUpload) -> str:
    """What was said that all money of an IATI upload is for; '' for nothing."""
    if stored.form != "xml" or not stored.mapping:
        return ""
    from tracker.importing.mapping import parse_map

    return parse_map(stored.mapping).constants.get("earmark", "")


def drop_upload(desk: Desk, *, upload_id: int, version: int) -> None:
    """Drop an upload: nothing of it is recorded, and its bytes go. Raises `StaleUpload`."""
    record = _live(desk, upload_id, version)
    desk.session.execute(delete(UploadContent).where(UploadContent.upload_id == record.id))
    _change(desk, record, {"state": "dropped", "closed_at_utc": desk.actor.at_utc})


# Looked at


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload's content: tables of ours, somebody's sheets, or what an IATI file says."""

    kind: Kind
    tables: Tables | None = None
    sheets: "dict[str, Rows]" = field(default_factory=dict)
    foreign: Foreign | None = None


def open_upload(session: Session, programme_id: int, stored: StoredUpload) -> Opened:
    """Read an upload's bytes. Raises `Refused` where they cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload.{stored.form}"
        path.write_bytes(content_of(session, programme_id, stored.id))
        return _opened(stored, path)


def _opened(stored: StoredUpload, path: Path) -> Opened:
    if stored.form == "xml":
        from tracker.importing.iati import read_iati  # lxml: only where there is XML

        foreign = read_iati(path, file=stored.file_name, earmark=earmark_of(stored))
        return Opened("iati", foreign=foreign)
    sheets: dict[str, Rows] = {}
    if stored.form == "xlsx" or not _is_ours(stored, path, {}):
        from tracker.importing.cells import read_sheets  # pandas: only where there is a table

        sheets = read_sheets(stored.file_name, path)
    if not _is_ours(stored, path, sheets):
        return Opened("table", sheets=sheets)
    return Opened("own", tables=_in_memory(read_sources([Source(stored.file_name, path)])))


def _in_memory(tables: Tables) -> Tables:
    """Tables whose rows are read now: their file goes."""
    tables.tables = [replace(one, rows=list(one.rows()).__iter__) for one in tables.tables]
    return tables


def _is_ours(stored: StoredUpload, path: Path, sheets: "Mapping[str, Rows]") -> bool:
    """Whether a file holds tables of ours, and nobody said to take it for somebody else's."""
    ours = stored.form == "xlsx" and any(title.lower() in COLUMNS for title in sheets)
    stem = Path(stored.file_name).stem.lower()
    if stored.form == "csv" and stem in COLUMNS:
        with path.open("rb") as file:
            header = file.readline(65_536).decode("utf-8", "replace").lower()
        ours = any(column in header for column in REQUIRED[stem])
    return ours and not stored.mapping


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody's file says, and what references it makes up begin with."""

    foreign: Foreign
    prefix: str
    table_map: "TableMap | None" = None


def said_in(stored: StoredUpload, opened: Opened) -> Said | None:
    """What an upload says as its mapping reads it; None for one of ours, or as long as there is no mapping.

    Raises `Refused` where the mapping does not fit.
    """
    if opened.foreign is not None:
        from tracker.importing.iati import PREFIX

        return Said(opened.foreign, PREFIX)
    if opened.kind != "table" or not stored.mapping:
        return None
    from tracker.importing.mapped import read_mapped
    from tracker.importing.mapping import check_map, parse_map, prefix_of

    table_map = parse_map(stored.mapping)
    rows = rows_of(opened.sheets, stored.sheet or table_map.sheet)
    if problems := check_map(table_map, rows):
        raise Refused(problems)
    return Said(read_mapped(rows, table_map, file=stored.file_name), prefix_of(table_map), table_map)


def look(
    session: Session,
    programme_id: int,
    today: date,
    stored: StoredUpload,
    progress: Progress | None = None,
) -> Look:
    """What an open upload holds, and what recording it would do, worked out anew. Writes nothing."""
    told = progress or _nobody
    told("reading", 0, 0)
    opened = Opened("iati" if stored.form == "xml" else "table")
    try:
        opened = open_upload(session, programme_id, stored)
        said = said_in(stored, opened)
    except Refused as refused:
        return Look(opened.kind, opened.sheets, problems=refused.problems)
    if opened.tables is None and said is None:
        return Look(opened.kind, opened.sheets)
    register, brought = load_register(session, programme_id, today), None
    if said is not None:
        how = {"file": stored.file_name, "prefix": said.prefix, "chosen": stored.names}
        brought = bring(said.foreign, register, **how, keep_aliases=True)  # type: ignore[arg-type]
    tables = brought.tables if brought else opened.tables
    assert tables is not None
    plan = _plan(tables, register, told)
    foreign, table_map = (said.foreign, said.table_map) if said else (None, None)
    return Look(opened.kind, opened.sheets, table_map, foreign, brought, plan, register=register)


def rows_of(sheets: "Mapping[str, Rows]", title: str) -> "Rows":
    """The rows of a sheet; of the first one where there is none of that title."""
    rows = sheets.get(title)
    return rows if rows is not None else next(iter(sheets.values()), ())


def _plan(tables: Tables, register: Register, told: Progress) -> Plan:
    return make_plan(tables, register, update=True, progress=_counting(told, "checking", tables.lines))


def _counting(told: Progress, stage: Stage, of: int) -> Callable[[int], None]:
    """A progress of steps as one that knows how far it has come."""
    done = 0

    def step(more: int) -> None:
        nonlocal done
        done += more
        told(stage, done, max(of, done))

    return step


def _nobody(stage: Stage, done: int, of: int) -> None:
    """Nobody wants to know."""


# Recorded


def record_upload(
    desk: Desk, *, upload_id: int, version: int, seen: str | None = None, progress: Progress | None = None
) -> Look:
    """Record everything an upload holds, or nothing. `seen` is the digest of what a person was shown.

    Raises `StaleUpload`; `PlanChanged` where it would do something else than was shown; `Refused` with all
    that is wrong, or where there is nothing to record.
    """
    lock_programme(desk.session, desk.programme_id)
    record = _live(desk, upload_id, version)
    stored = upload(desk.session, desk.programme_id, upload_id)
    assert stored is not None
    found = look(desk.session, desk.programme_id, desk.today, stored, progress)
    plan = found.plan
    if found.problems or plan is None or plan.problems:
        wrong = [one.problem for one in plan.problems] if plan else []
        raise Refused((*found.problems, *wrong) or (Problem("upload_not_ready"),))
    if not plan.writes:
        raise Refused.of("upload_says_nothing_new")
    if seen is not None and seen != found.digest:
        raise PlanChanged
    told = _counting(progress or _nobody, "recording", plan.writes)
    store(desk.session, actor=desk.actor, programme_id=desk.programme_id, plan=plan, progress=told)
    done = {
        "state": "recorded",
        "closed_at_utc": desk.actor.at_utc,
        "result": _json({"by": desk.actor.name, **result_of(found)}),
    }
    _change(desk, record, done)
    return found


def result_of(found: Look) -> dict[str, Any]:
    """What came of an upload, as it is kept: rows by table, and how many were left out and why."""
    counts = found.plan.counts() if found.plan else {}
    tables = {
        name: {"new": one.new, "changed": one.changed, "unchanged": one.unchanged}
        for name, one in counts.items()
        if one.new or one.changed or one.unchanged
    }
    left_out: dict[str, int] = {}
    for row in found.foreign.left_out if found.foreign else []:
        left_out[row.why] = left_out.get(row.why, 0) + 1
    return {"kind": found.kind, "tables": tables, "left_out": left_out}


def _live(desk: Desk, upload_id: int, version: int) -> Upload:
    """The stored upload, open. Raises `StaleUpload`; `LookupError` where there is none."""
    query = select(Upload).where(Upload.programme_id == desk.programme_id, Upload.id == upload_id)
    record = desk.session.scalars(query).one_or_none()
    if record is None:
        raise LookupError(f"upload {upload_id}")
    if record.state != "open" or record.version != version:
        raise StaleUpload(str(upload_id))
    return record


def _change(desk: Desk, record: Upload, columns: Mapping[str, object]) -> None:
    reference = record.file_name
    change_row(desk.session, actor=desk.actor, record=record, reference=reference, columns=columns)


def _json(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True)
