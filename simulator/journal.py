"""One line a call: what came, what was answered; beside it what the bureau did between calls ("check" of an
accepted file, "initiative", "scene"). No passwords, no personal data.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KEPT_IN_MEMORY = 10_000
DONE = (0, 1, 2, 3)


@dataclass(frozen=True)
class Entry:
    """sha256: of the base64 text sent. records: "operation:what results name it by" of each record of a checked
    file. remark: a cause in words without data of filings.
    """

    at: str
    unit: int
    method: str
    sequence: int | None = None
    code: int | None = None
    file_name: str | None = None
    sha256: str | None = None
    fault: str | None = None
    remark: str | None = None
    records: list[str] | None = None


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

    def accepted(self, unit: int) -> list[int]:
        """The sequence numbers that were answered 0, in the order of the calls; a repeated one stands again."""
        return [
            entry.sequence
            for entry in self
            if entry.unit == unit
            and (entry.method, entry.code, entry.fault != "code") == ("isp_upload", 0, True)
            and entry.sequence is not None
        ]

    def arrivals(self, unit: int) -> Counter[str]:
        """How often each record arrived in accepted files, by "operation:what results name it by"."""
        checks = (entry for entry in self if entry.unit == unit and entry.method == "check")
        return Counter(record for entry in checks for record in entry.records or ())

    def acknowledged(self, unit: int) -> dict[str, list[str]]:
        """Download file -> when it was acknowledged, ISO 8601 in UTC."""
        found: dict[str, list[str]] = {}
        for entry in self:
            if (entry.unit, entry.method) == (unit, "isp_downloadack") and entry.code in DONE:
                found.setdefault(entry.file_name or "", []).append(entry.at)
        return found

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.tail(KEPT_IN_MEMORY))

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self) -> None:
        """Forget what is in memory; the file stays."""
        with self._lock:
            self._entries.clear()
