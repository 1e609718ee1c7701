"""Where the state lives: JSON documents and byte strings in one SQLite file, or in memory without a folder.

Everything a call changes is written in one transaction before the call is answered, so that a restart finds
either all of it or none of it.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any


class Store:
    """Not thread-safe by itself: the bureau's lock guards every use."""

    def __init__(self, state_dir: Path | None) -> None:
        target = ":memory:"
        if state_dir is not None:
            state_dir.mkdir(parents=True, exist_ok=True)
            target = str(state_dir / "state.sqlite3")
        self._db = sqlite3.connect(target, check_same_thread=False)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.execute(
            "create table if not exists doc (kind text, key text, body text, primary key (kind, key))"
        )
        self._db.execute("create table if not exists blob (key text primary key, body blob)")
        self._db.commit()

    def load(self, kind: str) -> dict[str, Any]:
        rows = self._db.execute("select key, body from doc where kind = ? order by rowid", (kind,))
        return {key: json.loads(body) for key, body in rows}

    def put(self, kind: str, key: str | int, doc: Any) -> None:
        text = json.dumps(doc, ensure_ascii=False)
        self._db.execute(
            "insert into doc values (?, ?, ?) on conflict (kind, key) do update set body = excluded.body",
            (kind, str(key), text),
        )

    def put_blob(self, key: str, body: bytes) -> None:
        self._db.execute("insert or replace into blob values (?, ?)", (key, body))

    def blob(self, key: str) -> bytes:
        """Raises: KeyError."""
        row = self._db.execute("select body from blob where key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return bytes(row[0])

    def delete_blob(self, key: str) -> None:
        self._db.execute("delete from blob where key = ?", (key,))

    def commit(self) -> None:
        self._db.commit()

    def rollback(self) -> None:
        self._db.rollback()

    def clear(self) -> None:
        self._db.execute("delete from doc")
        self._db.execute("delete from blob")
        self._db.commit()

    def close(self) -> None:
        self._db.close()
