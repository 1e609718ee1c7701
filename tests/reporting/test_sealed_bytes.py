"""Large bytes reach a sealed column in pieces and come out of it as they went in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from filing import secrets
from reporting.models import DataFile, Link
from reporting.services.sealed_bytes import write_sealed

pytestmark = pytest.mark.django_db
PIECE = secrets.PIECE_BYTES


def a_file(link: Link, **more: Any) -> DataFile:
    values = {"link": link, "sequence": 1, "name": "a.xml", "xml_bytes": 1, "record_count": 1}
    return DataFile.objects.create(**values | more)


def stored(file: DataFile) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT zip_bytes FROM reporting_datafile WHERE id = %s", [file.pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 7])
def test_it_gives_back_what_was_written(length: int, quiet_link: Link) -> None:
    plain = bytes(n * 7 % 256 for n in range(256)) * (length // 256 + 1)
    file = a_file(quiet_link)
    write_sealed(file, "zip_bytes", plain[:length])
    assert file.zip_bytes == plain[:length]
    assert DataFile.objects.get(pk=file.pk).zip_bytes == plain[:length]
    assert len(stored(file)) == length + secrets.OVERHEAD_BYTES
    assert secrets.unseal(stored(file)) == plain[:length]


def test_it_writes_nothing_that_can_be_read(quiet_link: Link) -> None:
    file = a_file(quiet_link)
    write_sealed(file, "zip_bytes", b"secret" * PIECE)
    assert b"secret" not in stored(file)


def test_it_touches_this_row_and_column_alone_and_leaves_nothing_behind(quiet_link: Link) -> None:
    other = a_file(quiet_link, sequence=2, name="b.xml", state="refused", zip_bytes=b"other")
    file = a_file(quiet_link, message="said")
    write_sealed(file, "zip_bytes", b"mine")
    write_sealed(file, "zip_bytes", b"mine again")
    assert DataFile.objects.get(pk=other.pk).zip_bytes == b"other"
    assert DataFile.objects.values("message", "name").get(pk=file.pk) == {"message": "said", "name": "a.xml"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'incoming_bytes'")
        assert cursor.fetchone() == (0,)
