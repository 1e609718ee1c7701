"""One line a call: what came, what was answered. No passwords, no personal data."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KEPT_IN_MEMORY = 10_000


@dataclass(frozen=True)
class Entry:
    """sha256 is of the base64 text sent or returned; remark is a cause in words without data of filings."""

    at: str
    unit: int
    method: str
    sequence: int | None = None
    code: int | None = None
    file_name: str | None = None
    sha256: str | None = None
    fault: str | None = None
    remark: str | None = None


class Journal:
    """In memory, and in journal.jsonl where a folder is given."""

    def __init__(self, state_dir: Path | None) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT_IN_MEMORY)
        self._path = state_dir / "journal.jsonl" if state_dir else None
        self._lock = threading.Lock()

    def write(self, now: float, unit: int, method: str, **values: Any) -> None:
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        entry = Entry(at=at, unit=unit, method=method, **values)
        with self._lock:
            self._entries.append(entry)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")

    def tail(self, count: int = 100) -> list[Entry]:
        with self._lock:
            return list(self._entries)[-count:]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.tail(KEPT_IN_MEMORY))

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self) -> None:
        """Forget what is in memory; the file stays."""
        with self._lock:
            self._entries.clear()
