"""One writer and one reader for each link, whatever number of workers run: PostgreSQL advisory locks.

The lock belongs to the database session, not to a transaction, because calls to the bureau are made between commits.
A killed process loses it with its connection; what it had begun stands in the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from reporting.choices import Direction
from reporting.models import Link

_SPACES = {Direction.SENDING: 0x49435001, Direction.RECEIVING: 0x49435002}
"""The number space of a lock: sending and receiving do not wait for one another."""


@contextmanager
def link_lock(link: Link, direction: Direction) -> Iterator[bool]:
    """Hold the link in one direction; yields False at once where another process holds it."""
    key = [_SPACES[direction], link.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
