"""The disk does not keep what it was given: the nth fsync of a receipt fails with EIO, for every n."""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import size
from tests.faults.installation import Client, Installation, held_against

SYNCS = "fsync,fdatasync"
TRIES = 60


def traceable(folder: Path) -> str:
    """Why another process cannot be traced here; empty where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(
        ["strace", "-o", str(folder / "tried"), "-e", "inject=fsync:error=EIO", "true"], capture_output=True
    )
    return tried.stderr.decode().strip() if tried.returncode else ""


@contextmanager
def traced(installation: Installation, *options: str) -> Iterator[Path]:
    """The running server under strace; answers with what it writes down."""
    log = installation.folder / "strace.log"
    log.unlink(missing_ok=True)
    assert installation.server is not None
    arguments = ["strace", "-f", "-p", str(installation.server.pid), "-e", f"trace={SYNCS}", *options]
    tracer = subprocess.Popen([*arguments, "-o", str(log)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    assert "attached" in tracer.stderr.readline()
    try:
        yield log
    finally:
        tracer.send_signal(signal.SIGINT)  # it lets go of the server, which goes on
        tracer.wait(20)


def test_a_failing_sync_is_said_and_loses_nothing(installation: Installation, tmp_path: Path) -> None:
    if reason := traceable(tmp_path):
        pytest.skip(reason)
    installation.start()
    client = Client(installation, 0, installation.folder / "client0.txt")
    client.sign_in()
    with traced(installation) as log:
        client.post_receipt()
        syncs = len(re.findall(r"\bf(?:data)?sync\(", log.read_text()))
    failed = 0
    for nth in range(1, syncs * size(2, 10) + 1):
        with traced(installation, "-e", f"inject={SYNCS}:error=EIO:when={nth}") as log:
            for _ in range(TRIES):  # each thread of the server counts for itself
                client.post_receipt()
                if "(INJECTED)" in log.read_text():
                    break
            time.sleep(0.01)
        failed += "(INJECTED)" in log.read_text()
        client.post_receipt()
        assert client.statuses[-1] == 302, "it goes on by itself"
    refused = client.statuses.count(503)
    acknowledged, unknown = held_against(installation, client.book)
    print(f"\nsyncs a receipt {syncs}, failed {failed}, acknowledged {acknowledged}, 503 {refused}, lost 0")
    assert set(client.statuses) == {302, 503}
    assert syncs > 1
    assert failed == syncs * size(2, 10)
    assert 0 < refused <= failed
    assert unknown == refused
    installation.kill()
    installation.start()
    client.post_receipt()
    assert client.statuses[-1] == 302
    held_against(installation, client.book)
