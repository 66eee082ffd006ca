"""A consistent copy of everything, taken while others write, and put back (docs/operations.md).

A backup is a zip of two members: the records as an SQLite database, whatever database they are kept in,
and a manifest of what it holds. It is called done only after it was opened again and proved: the same
proofs as `tracker check`, and the totals per donor. With a passphrase the zip is encrypted in the age format.
"""

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, func, insert, inspect, select, text, update
from sqlalchemy.orm import Session

from tracker import database
from tracker.domain.permissions import Actor
from tracker.extensions import db, watch_sqlite
from tracker.queries.backups import DonorTotals, totals_per_donor
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.queries.trail import newest

FORMAT: Final = 1
RECORDS, MANIFEST = "tracker.sqlite3", "manifest.json"
_AGE: Final = b"age-encryption.org/v1"
_ZIP: Final = b"PK\x03\x04"
_BATCH: Final = 1_000
_PIECE_BYTES: Final = 1 << 20


class BadBackup(Exception):
    """A file that cannot be restored, or a copy that did not prove itself; the text is a plain sentence."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: from which moment, which program, how many rows, whose money."""

    made_at_utc: str
    revision: str
    programme: str
    anchor: str
    sha256: str
    size_bytes: int
    rows: dict[str, int]
    donors: dict[str, DonorTotals] = field(default_factory=dict)
    format: int = FORMAT


# Making one


def make(out: Path, *, now: datetime, today: date, passphrase: str = "") -> Manifest:
    """Write a backup to `out`, proved before it takes that name. Raises `BadBackup`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=out.parent) as folder:
        copy, packed = Path(folder) / RECORDS, Path(folder) / "backup"
        _copy_out(copy)
        manifest = _manifest(copy, now)
        _prove(copy, manifest, today)
        _pack(packed, copy, manifest)
        if passphrase:
            packed = _encrypted(packed, passphrase)
        _synced(packed)
        with _opened(packed, passphrase) as again:
            _prove(again.records, again.manifest, today)
        os.chmod(packed, 0o600)
        os.replace(packed, out)
        _synced(out.parent)
    return manifest


def _copy_out(copy: Path) -> None:
    """All rows of one moment, as an SQLite database."""
    if db.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(copy)) as target, db.engine.connect() as source:
            _driver(source).backup(target)
        return
    snapshot = db.engine.connect().execution_options(isolation_level="REPEATABLE READ")
    with _writing(copy) as target, snapshot as source:
        database.make_tables(target)
        _copy_rows(source, target)


def _copy_rows(source: Connection, target: Connection) -> None:
    """Every row of every table, in the order in which rows refer to each other."""
    for table in db.metadata.sorted_tables:
        rows = source.execution_options(yield_per=_BATCH).execute(select(table).order_by(table.c.id))
        for batch in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in batch])


def _manifest(copy: Path, now: datetime) -> Manifest:
    with _reading(copy) as session:
        programme = the_programme(session)
        number, digest = newest(session, programme.id)
        return Manifest(
            made_at_utc=now.astimezone(UTC).isoformat(timespec="seconds"),
            revision=session.execute(text("SELECT version_num FROM alembic_version")).scalar_one(),
            programme=programme.code,
            anchor=f"{number}:{digest}",
            sha256=_hash(copy),
            size_bytes=copy.stat().st_size,
            rows={table.name: _count(session, table) for table in db.metadata.sorted_tables},
            donors=totals_per_donor(session, programme.id),
        )


def _count(session: Session, table: Table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _prove(copy: Path, manifest: Manifest, today: date) -> None:
    """Hold a copy against its manifest, and prove it. Raises `BadBackup` with all that does not hold."""
    with _reading(copy) as session:
        programme = the_programme(session)
        broken = [proof.name for proof in prove(session, programme.id, today) if not proof.holds]
        number, digest = newest(session, programme.id)
        if f"{number}:{digest}" != manifest.anchor:
            broken.append("The audit trail ends where the manifest says")
        if totals_per_donor(session, programme.id) != manifest.donors:
            broken.append("Every donor has the totals of the manifest")
    if broken:
        raise BadBackup(f"The copy does not prove itself: {'; '.join(broken)}.")


def _pack(packed: Path, copy: Path, manifest: Manifest) -> None:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
        archive.write(copy, RECORDS)


def _encrypted(packed: Path, passphrase: str) -> Path:
    from pyrage import passphrase as age

    beside = packed.with_suffix(".age")
    beside.write_bytes(age.encrypt(packed.read_bytes(), passphrase))
    return beside


# Reading one


@dataclass(frozen=True, slots=True)
class _Opened:
    records: Path
    manifest: Manifest


@contextmanager
def _opened(path: Path, passphrase: str) -> Iterator[_Opened]:
    """A backup unpacked, its bytes held against their sum."""
    with tempfile.TemporaryDirectory(prefix="tracker-") as folder:
        packed = _decrypted(path, Path(folder), passphrase)
        records = Path(folder) / RECORDS
        try:
            with zipfile.ZipFile(packed) as archive:
                manifest = _read_manifest(archive.read(MANIFEST))
                with archive.open(RECORDS) as source, records.open("wb") as target:
                    shutil.copyfileobj(source, target, _PIECE_BYTES)
        except (
            zipfile.BadZipFile,
            zlib.error,
            KeyError,
            EOFError,
            NotImplementedError,
            OSError,
            ValueError,
        ) as error:
            raise BadBackup("This file is no backup of the tracker, or it is damaged.") from error
        if _hash(records) != manifest.sha256:
            raise BadBackup("The backup is damaged: its records are not those of its manifest.")
        yield _Opened(records, manifest)


def _decrypted(path: Path, folder: Path, passphrase: str) -> Path:
    with path.open("rb") as file:
        start = file.read(len(_AGE))
    if not start.startswith(_ZIP) and start != _AGE:
        raise BadBackup("This file is no backup of the tracker, or it is damaged.")
    if start != _AGE:
        return path
    if not passphrase:
        raise BadBackup("This backup is encrypted. Set TRACKER_BACKUP_PASSPHRASE to its passphrase.")
    from pyrage import DecryptError
    from pyrage import passphrase as age

    plain = folder / "backup.zip"
    try:
        plain.write_bytes(age.decrypt(path.read_bytes(), passphrase))
    except DecryptError as error:
        raise BadBackup("The passphrase is not that of this backup, or the file is damaged.") from error
    return plain


def _read_manifest(content: bytes) -> Manifest:
    try:
        said: Mapping[str, Any] = json.loads(content)
        donors = {code: DonorTotals(**one) for code, one in said["donors"].items()}
        manifest = Manifest(**{**said, "donors": donors})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadBackup("The backup's manifest cannot be read.") from error
    if manifest.format != FORMAT:
        raise BadBackup(f"The backup has format {manifest.format}; this program reads format {FORMAT}.")
    return manifest


def restore(path: Path, *, actor: Actor, today: date, passphrase: str = "", force: bool = False) -> Manifest:
    """Put a backup's records in the place of what is there: all of it, or nothing. Raises `BadBackup`.

    What is there is overwritten with `force` only. Open sessions and password links of the backup's day end.
    """
    with _opened(path, passphrase) as backup:
        if backup.manifest.revision > database.newest_revision():
            raise BadBackup(
                f"The backup is of revision {backup.manifest.revision}, this program of "
                f"{database.newest_revision()}. Update the program."
            )
        _prove_older(backup.records, backup.manifest, today)
        with _writing(backup.records) as connection:
            database.make_tables(connection)  # where it is older: brought up to date
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                _settle(session, actor, backup.manifest)
                session.commit()
        if not force and _in_use():
            raise BadBackup("There are records already. Restoring would overwrite them: say --force.")
        _copy_in(backup.records)
    return backup.manifest


def _prove_older(records: Path, manifest: Manifest, today: date) -> None:
    """A backup of this revision is proved as it is; of an older one its file is sound at least."""
    if manifest.revision == database.newest_revision():
        _prove(records, manifest, today)
        return
    with closing(sqlite3.connect(records)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise BadBackup(f"The backup's database is damaged: {found[0]}.")


def _settle(session: Session, actor: Actor, manifest: Manifest) -> None:
    """What must not come back to life, and the trail's word for what was done."""
    from tracker.services.setup import note_restore

    for name in ("login_session", "sign_in_step", "password_link"):
        table = db.metadata.tables[name]
        column = "used_at_utc" if name == "password_link" else "ended_at_utc"
        session.execute(update(table).where(table.c[column].is_(None)).values({column: actor.at_utc}))
    note_restore(session, actor=actor, anchor=manifest.anchor)


def _in_use() -> bool:
    """Whether anything was recorded here since the programme was seeded."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("audit_entry"):
            return False
        entries = db.metadata.tables["audit_entry"]
        return bool(
            connection.scalar(
                select(func.count()).select_from(entries).where(entries.c.actor != database.SEEDED_BY)
            )
        )


def _copy_in(records: Path) -> None:
    """The live database takes the copy's content in one transaction; others see all of it or nothing."""
    if db.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(records)) as source, db.engine.connect() as target:
            source.backup(_driver(target))
        return
    with _reading(records) as session, db.engine.begin() as target:
        database.drop_tables(target)
        database.make_tables(target)
        _copy_rows(session.connection(), target)
        for table in db.metadata.sorted_tables:
            _count_on(target, table)


def _count_on(connection: Connection, table: Table) -> None:
    """New rows are numbered after the highest that was copied."""
    highest = connection.scalar(select(func.max(table.c.id)))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    connection.execute(select(func.setval(sequence, highest or 1, highest is not None)))


# Small things


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    watch_sqlite(engine, 5)
    return engine


@contextmanager
def _writing(path: Path) -> Iterator[Connection]:
    engine = _engine(path)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@contextmanager
def _reading(path: Path) -> Iterator[Session]:
    engine = _engine(path)
    with Session(engine) as session:
        yield session
    engine.dispose()


def _driver(connection: Connection) -> sqlite3.Connection:
    found: Any = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        found = sha256()
        while piece := file.read(_PIECE_BYTES):
            found.update(piece)
    return found.hexdigest()


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
