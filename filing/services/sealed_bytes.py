"""Tens of megabytes on their way into a sealed column or out of it, piece by piece.

As a parameter of a statement they would travel in hex, and stand in memory several times over: sealed, in hex, in the
text of the statement, in the buffer of the connection.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain

from django.db import connection, transaction
from django.db.models import Model

from filing import secrets

_START = b"PGCOPY\n\xff\r\n\0" + struct.pack("!II", 0, 0)
_END = struct.pack("!h", -1)


class _Pieces:
    """What COPY reads from: a table of one row and column in PostgreSQL's binary format."""

    def __init__(self, plain: bytes) -> None:
        self._pieces = self._all(plain)

    @staticmethod
    def _all(plain: bytes) -> Iterator[bytes]:
        yield _START + struct.pack("!hI", 1, len(plain) + secrets.OVERHEAD_BYTES)
        yield from secrets.sealed_pieces(plain)
        yield _END

    def read(self, _size: int) -> bytes:
        return next(self._pieces, b"")


@transaction.atomic
def write_sealed(row: Model, column: str, plain: bytes) -> None:
    """Write bytes into a `SealedBinaryField` of a row that exists, as saving it would."""
    quote, key = connection.ops.quote_name, row.pk
    table, name, pk = quote(row._meta.db_table), quote(column), quote(str(row._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE incoming_bytes (content bytea)")
        cursor.copy_expert(
            "COPY incoming_bytes FROM STDIN (FORMAT binary)", _Pieces(plain), secrets.PIECE_BYTES
        )
        cursor.execute(
            f"UPDATE {table} SET {name} = (SELECT content FROM incoming_bytes) WHERE {pk} = %s",
            [key],
        )
        cursor.execute("DROP TABLE incoming_bytes")
    setattr(row, column, plain)


READ_BYTES = 1024 * 1024


def read_sealed(row: Model, column: str) -> Iterator[bytes]:
    """What a `SealedBinaryField` of a row holds, piece by piece; nothing where it is empty.

    Only at the end is it known whether it was damaged. Raises: CannotOpen.
    """
    pieces = _sealed_pieces_of(row, column)
    first = next(pieces, b"")
    if first:
        yield from secrets.opened_pieces(chain([first], pieces))


def _sealed_pieces_of(row: Model, column: str) -> Iterator[bytes]:
    quote, at = connection.ops.quote_name, 1
    table, pk = quote(row._meta.db_table), quote(str(row._meta.pk.column))
    query = f"SELECT substring({quote(column)} FROM %s FOR %s) FROM {table} WHERE {pk} = %s"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(query, [at, READ_BYTES, row.pk])
            found = cursor.fetchone()
        piece = bytes(found[0]) if found and found[0] is not None else b""
        if not piece:
            return
        yield piece
        at += len(piece)
