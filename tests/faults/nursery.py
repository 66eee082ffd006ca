"""Processes that start at once: one that has read the program's modules forks one for every line sent.

What comes of it is a process like any other – its own session, its own engine, its own sockets – without
the seconds that Python takes to read modules. Fifty starts are then a matter of seconds, not of minutes.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path


class Born:
    """A process of the nursery, with the little of `subprocess.Popen` that is asked of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it lives."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    def kill(self) -> None:
        """kill −9."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Until it is gone; the nursery takes care of what is left of it."""
        while self.poll() is None:
            time.sleep(0.005)


@cache
def _nursery() -> subprocess.Popen[str]:
    """One to a test process; it ends with its input."""
    code = "from tests.faults.nursery import run; run()"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True)


def born(arguments: list[str], environment: dict[str, str], log: str) -> Born:
    """`tracker …` in a process of its own."""
    nursery = _nursery()
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(json.dumps([arguments, environment, log]) + "\n")
    nursery.stdin.flush()
    return Born(int(nursery.stdout.readline()))


def run() -> None:
    """In the nursery: one child for every line."""
    from tracker import backup, blueprints, cli, create_app, presentation
    from tracker.config import Settings

    assert backup and blueprints and presentation
    create_app(Settings("sqlite://", Path.cwd(), "k" * 40, "development", 5.0))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: none is left over
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _live(cli.main, *json.loads(line))
        print(pid, flush=True)


def _live(main: object, arguments: list[str], environment: dict[str, str], log: str) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(environment)
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        main(arguments)  # type: ignore[operator]
    finally:
        os._exit(1)
