"""kill −9 of the server while four clients post receipts: nothing acknowledged is lost or doubled."""

import random
import threading
import time

from tests.faults.conftest import size
from tests.faults.installation import GONE, Client, Installation, held_against

CLIENTS = 4


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(installation: Installation) -> None:
    chance, cycles = random.Random(87), size(50, 1_000)
    clients = [Client(installation, n, installation.folder / f"client{n}.txt") for n in range(CLIENTS)]
    killed_at_work = 0
    for _cycle in range(cycles):
        installation.start()
        ready, stop = threading.Barrier(CLIENTS + 1), threading.Event()

        def work(client: Client, ready: threading.Barrier = ready, stop: threading.Event = stop) -> None:
            client.sign_in()
            ready.wait(30)
            while not stop.is_set():
                try:
                    client.post_receipt()
                except GONE:
                    return

        threads = [threading.Thread(target=work, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        ready.wait(30)
        before = sum(len(client.statuses) for client in clients)
        time.sleep(chance.uniform(0.2, 1.2))
        installation.kill()
        stop.set()
        for thread in threads:
            thread.join(60)
        killed_at_work += sum(len(client.statuses) for client in clients) > before
    acknowledged, unknown = held_against(installation, *(client.book for client in clients))
    print(f"\nkill cycles {cycles}, acknowledged {acknowledged}, without an answer {unknown}, lost 0")
    assert all(status in (302, 503) for client in clients for status in client.statuses)
    assert acknowledged > cycles  # the control: work was done, and
    assert unknown > 0  # some of it was cut off
    assert killed_at_work > cycles // 2
