"""Timings one can quote: contenders interleaved, medians, ratios from one run on one machine."""

import gc
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is ours over the reference's."""

    name: str
    size: str
    ours: str
    reference: str
    ratio: str
    target: str


def interleaved(contenders: Mapping[str, Callable[[], object]], rounds: int = 7) -> dict[str, float]:
    """Median seconds of each contender, run in turn A B A B …, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for at in range(rounds + 1):
        for name, run in contenders.items():
            gc.collect()
            start = time.perf_counter()
            run()
            if at:
                times[name].append(time.perf_counter() - start)
    return {name: median(found) for name, found in times.items()}


# A new process is charged the memory of the one it was forked from, so a small one stands between.
LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
took = time.perf_counter() - start
print(json.dumps([took, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


def process(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds and peak megabytes (Linux) of one whole process; its output is thrown away."""
    launched = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes, status = json.loads(launched.stdout)
    if status:
        raise RuntimeError(f"{' '.join(command)}: exit status {status}: {launched.stderr[-2000:]}")
    return seconds, megabytes


def processes(
    contenders: Mapping[str, tuple[Sequence[str], Mapping[str, str]]], rounds: int = 5
) -> dict[str, tuple[float, float]]:
    """Median seconds and peak megabytes of each command, run in turn."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for at in range(rounds + 1):
        for name, (command, environment) in contenders.items():
            measured = process(command, environment)
            if at:
                found[name].append(measured)
    return {name: (median(t for t, _ in runs), median(m for _, m in runs)) for name, runs in found.items()}


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """How time grows with size: 0 is not at all, 1 is in step."""
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])


def milliseconds(seconds: float) -> str:
    """
    >>> milliseconds(0.01234)
    '12.3 ms'
    """
    return f"{seconds * 1000:,.1f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"
