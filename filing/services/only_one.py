"""Work that one process does at a time, whatever number of workers run: an advisory lock of PostgreSQL.

It belongs to the database session, not to a transaction: what is done under it may talk to other systems between commits.
A killed process loses it with its connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection

_SPACE = 0x49435010


class Work(IntEnum):
    """What only one does at a time."""

    MAIL = 1
    WEB_HOOKS = 2


@contextmanager
def only_one(work: Work) -> Iterator[bool]:
    """Hold the work; yields False at once where another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_SPACE, int(work)])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_SPACE, int(work)])
