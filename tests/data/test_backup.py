"""A backup is consistent, proved, noticed when bad, and restored whole or not at all; on both databases."""

import json
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from tests.data.conftest import TODAY
from tracker import backup, create_app
from tracker.backup import BadBackup, Manifest
from tracker.config import Settings
from tracker.database import prepare
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.backups import totals_per_donor
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.queries.trail import anchor_text
from tracker.services import sessions, sign_ins, users
from tracker.services.records import Desk, record_donor, record_receipt

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
WHO = Actor("officer@alliance.test", NOW)


def desk() -> Desk:
    db.session.rollback()
    begin_write(db.session())
    return Desk(db.session(), WHO, the_programme(db.session()).id, TODAY)


def pay(number: int, donor: str = "FRA") -> None:
    raw = {"reference": f"R{number}", "donor": donor, "received_on": "2026-03-01", "currency": "USD"}
    record_receipt(desk(), raw={**raw, "amount": f"{100 + number}"}, confirmed=True)
    db.session.commit()


@pytest.fixture
def book(app: Flask) -> Flask:
    """Two donors, three receipts, and somebody signed in."""
    for code in ("FRA", "CÔTE"):
        record_donor(desk(), raw={"code": code, "name": f"Donor {code}"})
        db.session.commit()
    for number in range(3):
        pay(number, "CÔTE" if number else "FRA")
    at = desk()
    users.add_user(
        at.session,
        actor=WHO,
        programme_id=at.programme_id,
        email="o@x.test",
        role="officer",
        password="long enough it is",
    )
    said = {"email": "o@x.test", "password": "long enough it is"}
    proven = sign_ins.prove(at.session, programme_id=at.programme_id, **said)
    assert proven is not None
    here = {"actor": WHO, "programme_id": at.programme_id}
    assert sessions.open_session(at.session, user_id=proven.user_id, **here)
    db.session.commit()
    return app


def make(path: Path, passphrase: str = "") -> Manifest:
    db.session.rollback()
    return backup.make(path, now=NOW, today=TODAY, passphrase=passphrase)


def restore(path: Path, *, force: bool = False, passphrase: str = "") -> Manifest:
    db.session.rollback()
    return backup.restore(path, actor=WHO, today=TODAY, force=force, passphrase=passphrase)


def state() -> tuple[str, object]:
    """The newest audit entry, and every donor's totals."""
    db.session.rollback()
    programme = the_programme(db.session())
    return anchor_text(db.session(), programme.id), totals_per_donor(db.session(), programme.id)


def proved() -> bool:
    db.session.rollback()
    return all(one.holds for one in prove(db.session(), the_programme(db.session()).id, TODAY))


def empty(folder: Path) -> Flask:
    """An installation that nobody has used yet."""
    folder.mkdir()
    made = create_app(Settings(f"sqlite:///{folder / 'tracker.sqlite3'}", folder, "x" * 40, "development", 2))
    prepare(made)
    return made


def test_the_drill_a_backup_comes_back_on_an_empty_folder(book: Flask, tmp_path: Path) -> None:
    manifest = make(tmp_path / "b.zip")
    anchor, totals = state()
    assert (manifest.anchor, manifest.donors) == (anchor, totals)
    with empty(tmp_path / "other").app_context():
        restore(tmp_path / "b.zip")
        seq, found = state()
        assert found == totals
        assert int(seq.partition(":")[0]) == int(anchor.partition(":")[0]) + 1  # what was restored is said
        assert proved()
        opened = select(func.count()).select_from(db.metadata.tables["login_session"])
        assert db.session.scalar(opened.where(text("ended_at_utc IS NULL"))) == 0
        db.session.remove()
        db.engine.dispose()


def test_a_restore_on_the_same_database_takes_everything_back(book: Flask, tmp_path: Path) -> None:
    make(tmp_path / "b.zip")
    _, before = state()
    pay(77)
    assert state()[1] != before
    with pytest.raises(BadBackup, match="records already"):
        restore(tmp_path / "b.zip")
    assert state()[1] != before
    restore(tmp_path / "b.zip", force=True)
    assert state()[1] == before
    assert proved()
    pay(78)  # new rows are numbered on
    assert proved()


def test_encrypted_it_opens_with_its_passphrase_alone(book: Flask, tmp_path: Path) -> None:
    make(tmp_path / "b.age", "correct horse")
    assert b"FRA" not in (tmp_path / "b.age").read_bytes()
    for wrong, said in (("", "is encrypted"), ("battery staple", "passphrase is not")):
        with pytest.raises(BadBackup, match=said):
            restore(tmp_path / "b.age", force=True, passphrase=wrong)
    restore(tmp_path / "b.age", force=True, passphrase="correct horse")
    assert proved()


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize("spoil", [truncated, flipped, lambda c: b"", lambda c: b"PK\x03\x04" + c[40:]])
def test_a_bad_backup_is_noticed_and_changes_nothing(
    book: Flask, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "b.zip"
    make(path)
    path.write_bytes(spoil(path.read_bytes()))
    before = state()
    with pytest.raises(BadBackup):
        restore(path, force=True)
    assert state() == before


def doctored(path: Path, change: str) -> None:
    """Change a backup's records by hand, and make its manifest agree about the bytes."""
    folder = path.parent / "doctored"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    with sqlite3.connect(folder / "tracker.sqlite3") as connection:
        connection.execute(change)
    connection.close()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"] = backup._hash(folder / "tracker.sqlite3")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.write(folder / "tracker.sqlite3", "tracker.sqlite3")


def test_a_backup_changed_by_hand_does_not_prove_itself(book: Flask, tmp_path: Path) -> None:
    make(tmp_path / "b.zip")
    doctored(tmp_path / "b.zip", "UPDATE receipt SET amount_minor = 1, usd_minor = 1 WHERE reference = 'R1'")
    with pytest.raises(BadBackup, match=r"does not prove itself.*totals of the manifest"):
        restore(tmp_path / "b.zip", force=True)


def test_a_backup_of_a_newer_program_is_refused(book: Flask, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    manifest = make(path)
    with zipfile.ZipFile(path) as archive:
        records = archive.read("tracker.sqlite3")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(asdict(manifest) | {"revision": "9999"}))
        archive.writestr("tracker.sqlite3", records)
    with pytest.raises(BadBackup, match="Update the program"):
        restore(path, force=True)


def test_backups_made_while_others_write_are_each_whole(book: Flask, tmp_path: Path) -> None:
    written, failed, stop = [0] * 8, list[str](), threading.Event()

    def writer(place: int) -> None:
        with book.app_context():
            while not stop.is_set():
                try:
                    pay(1_000 * (place + 1) + written[place])
                    written[place] += 1
                except Exception as error:  # told by the test
                    if "locked" not in str(error):
                        failed.append(repr(error))
                        return
                finally:
                    db.session.remove()

    threads = [threading.Thread(target=writer, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    try:
        manifests = []
        for number in range(3):
            time.sleep(0.2)
            manifests.append(make(tmp_path / f"b{number}.zip"))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed
    assert sum(written) > 8  # the control: there was something to be consistent about
    counts = [manifest.rows["receipt"] for manifest in manifests]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert all(one.rows["receipt"] == sum(d.receipts for d in one.donors.values()) for one in manifests)
