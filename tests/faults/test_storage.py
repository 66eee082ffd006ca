"""The database is full, read-only or locked: 503 with a plain sentence, nothing lost, and reading goes on."""

import os
import resource
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.conftest import size
from tests.faults.installation import Client, Installation, held_against


def signed_in(installation: Installation, number: int = 0) -> Client:
    client = Client(installation, number, installation.folder / f"client{number}.txt")
    client.sign_in()
    return client


def file_of(installation: Installation) -> Path:
    return installation.folder / "tracker.sqlite3"


def test_a_full_disk_is_said_and_loses_nothing(installation: Installation) -> None:
    most = file_of(installation).stat().st_size + 200_000
    installation.start(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    client = signed_in(installation)
    for _ in range(size(400, 2_000)):
        client.post_receipt()
        if client.statuses[-1] != 302:
            break
    assert client.statuses[-1] == 503
    assert client.statuses.count(302) > 0
    assert "records" in client.get("/receipts").lower()  # reading goes on
    client.post_receipt()
    assert client.statuses[-1] == 503
    installation.kill()
    installation.start()  # with room again it goes on by itself
    client.post_receipt()
    assert client.statuses[-1] == 302
    acknowledged, refused = held_against(installation, client.book)
    print(f"\ndisk full: {acknowledged} acknowledged, {refused} refused, lost 0")


def test_a_read_only_database_is_said_and_reading_goes_on(installation: Installation) -> None:
    installation.start()
    client = signed_in(installation)
    client.post_receipt()
    installation.kill()
    whole = installation.url
    installation.url = f"sqlite:///file:{file_of(installation)}?mode=ro&uri=true"
    installation.start()
    client.get("/receipts")
    client.post_receipt()
    assert client.statuses == [302, 503]
    installation.url = whole
    assert held_against(installation, client.book) == (1, 1)


@pytest.mark.parametrize(("seconds", "status"), [(3, 302), (10, 503)])
def test_a_locked_database_is_waited_for_and_then_said(
    installation: Installation, seconds: int, status: int
) -> None:
    installation.start()
    client = signed_in(installation)
    client.post_receipt()

    def hold(locked: threading.Event) -> None:
        with closing(sqlite3.connect(file_of(installation), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(seconds)
            other.execute("ROLLBACK")

    locked = threading.Event()
    thread = threading.Thread(target=hold, args=(locked,))
    thread.start()
    locked.wait()
    client.get("/receipts")  # reading goes on while another writes
    client.post_receipt()
    thread.join()
    assert client.statuses == [302, status]
    again = client.post_receipt()
    assert client.statuses[-1] == 302
    assert again in installation.recorded()
    held_against(installation, client.book)


def test_eight_writers_at_once_lose_and_double_nothing(installation: Installation) -> None:
    writers, posts = size(8, 32), size(50, 200)
    installation.start()
    clients = [Client(installation, n, installation.folder / f"client{n}.txt") for n in range(writers)]

    def work(client: Client) -> None:
        client.sign_in()
        for _ in range(posts):
            key = client.post_receipt()
            while client.statuses[-1] == 503:
                client.post_receipt(key)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [status for client in clients for status in client.statuses]
    acknowledged, unknown = held_against(installation, *(client.book for client in clients))
    print(f"\n{writers} writers: {acknowledged} acknowledged, {unknown} lost, {statuses.count(503)} waiting")
    assert (acknowledged, unknown) == (writers * posts, 0)
    assert set(statuses) <= {302, 503}


def test_the_same_form_twice_at_once_records_once(installation: Installation) -> None:
    installation.start()
    pair = [signed_in(installation, 0), signed_in(installation, 0)]
    times = size(20, 200)
    for number in range(times):
        key = f"C0-{number:012x}"
        threads = [threading.Thread(target=client.post_receipt, args=(key,)) for client in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    statuses = [status for client in pair for status in client.statuses]
    assert len(installation.recorded()) == times
    assert all(status in (302, 409, 503) for status in statuses)
    assert held_against(installation, pair[0].book)[0] == times
    assert os.path.exists(file_of(installation))
