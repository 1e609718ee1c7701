"""Between a ZIP that is being written and whoever reads it: nothing of it stands in memory as a whole."""

from __future__ import annotations


class Pipe:
    """What the ZIP is written to: it cannot be wound back, and is emptied after every piece."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """Whoever reads decides when it ends."""

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data
