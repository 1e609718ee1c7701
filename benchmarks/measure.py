"""What a case measures of itself, and how several runs of it are told."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
RUNS = 3
"""The machine may be busy with other things: of three runs the median counts."""


def timed(act: Callable[[], T]) -> tuple[T, float]:
    """What `act` returns, and the seconds by the clock that it took."""
    start = time.perf_counter()
    found = act()
    return found, time.perf_counter() - start


def peak_mb() -> float:
    """The most memory that this process has held so far (resident, in millions of bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def median_of(runs: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(run[name] for run in runs))
