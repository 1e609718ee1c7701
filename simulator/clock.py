"""The bureau's clock: real time, made faster or put forward for rehearsals."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch as this bureau counts them; never runs backwards."""

    def __init__(
        self, speed: float = 1.0, ahead_s: float = 0.0, source: Callable[[], float] = time.time
    ) -> None:
        self._source = source
        self._start = source()
        self._speed = speed
        self.ahead_s = ahead_s

    def __call__(self) -> float:
        return self._start + (self._source() - self._start) * self._speed + self.ahead_s

    def advance(self, seconds: float) -> None:
        """Put the clock forward. Raises: ValueError for a negative number."""
        if seconds < 0:
            raise ValueError("the clock cannot be put back")
        self.ahead_s += seconds
