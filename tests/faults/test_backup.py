"""Backups taken and put back by processes of their own, while others write and where they are killed."""

import json
import random
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import size
from tests.faults.installation import Client, Installation, held_against, promises
from tests.faults.nursery import Born, born
from tracker import create_app
from tracker.extensions import db
from tracker.queries.backups import DonorTotals, totals_per_donor
from tracker.queries.programmes import the_programme
from tracker.queries.trail import anchor_text

WRITERS = 8


def done(process: subprocess.Popen[bytes]) -> int:
    return process.wait(120)


def state(installation: Installation) -> tuple[str, dict[str, DonorTotals]]:
    """The newest audit entry, and every donor's totals."""
    with create_app(installation.settings, pages=False).app_context():
        programme = the_programme(db.session())
        found = anchor_text(db.session(), programme.id), totals_per_donor(db.session(), programme.id)
        db.session.remove()
        db.engine.dispose()
    return found


def other(installation: Installation, name: str) -> Installation:
    """An installation on an empty folder."""
    folder = installation.folder / name
    folder.mkdir()
    return Installation(folder, f"sqlite:///{folder / 'tracker.sqlite3'}")


@contextmanager
def writing(installation: Installation) -> Iterator[list[Client]]:
    """Eight officers who record receipts all the while."""
    clients = [Client(installation, n, installation.folder / f"client{n}.txt") for n in range(WRITERS)]
    stop = threading.Event()

    def work(client: Client) -> None:
        client.sign_in()
        while not stop.is_set():
            client.post_receipt()

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)


def books(clients: list[Client]) -> list[Path]:
    return [client.book for client in clients]


def written_by(clients: list[Client], at_least: int) -> None:
    until = time.monotonic() + 60
    while len(promises(*books(clients))[1]) < at_least:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_every_backup_made_while_eight_write_comes_back_whole(installation: Installation) -> None:
    installation.start()
    made: list[tuple[Path, set[str]]] = []
    with writing(installation) as clients:
        for number in range(size(3, 25)):
            written_by(clients, 10 * (number + 1))
            before = promises(*books(clients))[1]
            out = installation.folder / f"backup{number}.zip"
            assert done(installation.run("backup", str(out))) == 0
            made.append((out, before))
    acknowledged, _ = held_against(installation, *books(clients))
    sent, _ = promises(*books(clients))
    for out, before in made:
        here = other(installation, out.stem)
        assert done(here.run("restore", str(out))) == 0, (here.folder / "server.log").read_text()
        assert done(here.run("check")) == 0, (here.folder / "server.log").read_text()
        with zipfile.ZipFile(out) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        _, totals = state(here)
        assert {code: DonorTotals(**one) for code, one in manifest["donors"].items()} == totals
        found = here.recorded()
        assert before <= set(found) <= sent  # whatever was promised before it was begun is in it
        assert set(found.values()) <= {1}
        assert totals["FRA"].receipts == len(found)
    counts = [len(before) for _, before in made]
    print(f"\n{len(made)} backups while {WRITERS} wrote {acknowledged} receipts, each restored and proved")
    assert counts == sorted(set(counts))  # the control: they wrote between one and the next
    assert acknowledged > counts[-1]


@pytest.fixture
def backup(installation: Installation) -> Path:
    """A backup of an installation with some receipts."""
    installation.start()
    client = Client(installation, 0, installation.folder / "client0.txt")
    client.sign_in()
    for _ in range(5):
        client.post_receipt()
    installation.kill()
    out = installation.folder / "backup.zip"
    assert done(installation.run("backup", str(out))) == 0
    return out


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "without its last byte": lambda content: content[:-1],
    "flipped at the start": lambda content: bytes([content[0] ^ 1]) + content[1:],
    "flipped in the middle": lambda content: (
        content[: len(content) // 2]
        + bytes([content[len(content) // 2] ^ 1])
        + content[len(content) // 2 + 1 :]
    ),
    "of other bytes": lambda content: b"not a backup at all" * 100,
}


def test_a_bad_backup_is_noticed_in_one_sentence_and_changes_nothing(
    backup: Path, installation: Installation
) -> None:
    before, content, log = state(installation), backup.read_bytes(), installation.folder / "server.log"
    for name, spoil in SPOILT.items():
        backup.write_bytes(spoil(content))
        log.write_text("")
        assert done(installation.run("restore", "--force", str(backup))) == 1, name
        said = log.read_text()
        assert said.rstrip().endswith("Nothing was changed."), (name, said)
        assert len(said.strip().splitlines()) == 1, (name, said)
        assert state(installation) == before, name
    print(f"\n{len(SPOILT)} bad backups, all noticed, nothing changed")


def test_a_backup_that_is_killed_leaves_nothing_under_its_name(installation: Installation) -> None:
    chance, cut_off, finished = random.Random(11), 0, 0
    log = str(installation.folder / "server.log")
    for warm in range(2):
        took = time.monotonic()
        born(["backup", str(installation.folder / f"{warm}.zip")], installation.variables, log).wait()
        took = time.monotonic() - took
    for number in range(size(10, 100)):
        out = installation.folder / f"b{number}" / "backup.zip"
        process = born(["backup", str(out)], installation.variables, log)
        while process.poll() is None and not list(out.parent.glob(".backup-*")):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, took * 0.5))
        process.kill()
        process.wait()
        if out.exists():  # it was quicker: then it is whole
            finished += 1
            assert done(other(installation, f"restored{number}").run("restore", str(out))) == 0
        else:
            cut_off += 1
        assert {path.name for path in out.parent.iterdir() if not path.name.startswith(".backup-")} <= {
            out.name
        }
    print(f"\nbackups killed {cut_off}, finished before {finished}, none half made under its name")
    assert cut_off > size(10, 100) // 4


def test_a_restore_that_is_killed_leaves_the_old_or_the_new_whole(
    backup: Path, installation: Installation
) -> None:
    database = installation.folder / "tracker.sqlite3"
    installation.start()
    client = Client(installation, 0, installation.folder / "client0.txt")
    client.sign_in()
    for _ in range(20):
        client.post_receipt()
    installation.kill()
    old, content = state(installation), database.read_bytes()
    with zipfile.ZipFile(backup) as archive:
        totals = {
            c: DonorTotals(**one) for c, one in json.loads(archive.read("manifest.json"))["donors"].items()
        }
    assert totals != old[1]
    found, touched, log = {"old": 0, "new": 0}, 0, str(installation.folder / "server.log")
    journal, times = Path(f"{database}-journal"), size(16, 200)

    def begun() -> Born:
        """A restore that has just touched the live file for the first time."""
        database.write_bytes(content)
        journal.unlink(missing_ok=True)
        stamp = database.stat().st_mtime_ns
        process = born(["restore", "--force", str(backup)], installation.variables, log)
        while process.poll() is None and not journal.exists() and database.stat().st_mtime_ns == stamp:
            pass
        return process

    process = begun()
    touched_at = time.monotonic()
    process.wait()
    took = time.monotonic() - touched_at
    assert state(installation)[1] == totals
    for number in range(times):
        process = begun()
        time.sleep(took * number * 1.5 / times)
        process.kill()
        process.wait()
        touched += journal.exists()  # cut off in the middle: the next who opens it takes it back
        now = state(installation)
        assert installation.broken() == [], number
        found["old" if now == old else "new"] += 1
        assert now == old or now[1] == totals, number
    print(f"\nrestores killed {times}, in the middle of the copy {touched}; afterwards {found}")
    assert touched > 0
    assert min(found.values()) > 0
