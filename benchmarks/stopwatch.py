"""How long something takes and how much memory it needs, on a machine that others use too."""

import os
import platform
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Generic, TypeVar

Result = TypeVar("Result")

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Measured(Generic[Result]):
    """The shortest of `runs` runs, the memory (MB) that the first one took beyond what was there before it,
    None where the system does not tell, and what it returned.
    """

    seconds: float
    megabytes: float | None
    runs: int
    result: Result


def measured(
    run: Callable[[], Result], patience: float = 1.0, least: int = 3, most: int = 30
) -> Measured[Result]:
    """Run until `patience` seconds are spent: at least `least` times, unless ten times the patience is spent before,
    and at most `most` times. The shortest run is the one that others disturbed least.
    """
    before = _restarted_peak()
    start = time.perf_counter()
    result = run()
    shortest = spent = time.perf_counter() - start
    peak = _memory("VmHWM")
    done = 1
    while done < most and spent < patience * (1 if done >= least else 10):
        start = time.perf_counter()
        run()
        took = time.perf_counter() - start
        shortest, spent, done = min(shortest, took), spent + took, done + 1
    extra = None if before is None or peak is None else max(peak - before, 0.0)
    return Measured(shortest, extra, done, result)


def machine(*packages: str) -> str:
    """What the figures depend on, in a line, without a name that would tell whose machine it is."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"{os.cpu_count()} cores, load {load}; Python {platform.python_version()}, {versions}"


def resident() -> float | None:
    """The memory (MB) of this process now; None where the system does not tell."""
    return _memory("VmRSS")


def shown(seconds: float) -> str:
    """
    >>> [shown(seconds) for seconds in (0.00042, 0.0421, 4.21, 42.1)]
    ['0.42 ms', '42 ms', '4.2 s', '42 s']
    """
    value, unit = (seconds, "s") if seconds >= 1 else (seconds * 1000, "ms")
    digits = 2 if value < 1 else 1 if value < 10 else 0
    return f"{value:.{digits}f} {unit}"


def _restarted_peak() -> float | None:
    """Memory in use now; from here on the peak is counted anew."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return _memory("VmRSS")


def _memory(name: str) -> float | None:
    if not _STATUS.exists():
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else None
