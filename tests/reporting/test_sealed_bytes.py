"""Large bytes reach a sealed column in pieces and come out of it as they went in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from filing import secrets
from filing.services.sealed_bytes import READ_BYTES as READ
from filing.services.sealed_bytes import read_sealed, write_sealed
from reporting.models import DataFile, Link

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


@pytest.mark.parametrize("length", [0, 1, PIECE, READ - 1, READ, READ + 1, 3 * READ + 7])
def test_it_reads_in_pieces_what_was_written(length: int, quiet_link: Link) -> None:
    plain = (bytes(n * 7 % 256 for n in range(256)) * (length // 256 + 1))[:length]
    file = a_file(quiet_link)
    write_sealed(file, "zip_bytes", plain)
    pieces = list(read_sealed(file, "zip_bytes"))
    assert b"".join(pieces) == plain
    assert max(map(len, pieces), default=0) <= READ + PIECE


def test_it_reads_nothing_where_nothing_is(quiet_link: Link) -> None:
    file = a_file(quiet_link)
    DataFile.objects.filter(pk=file.pk).update(zip_bytes=None)
    assert list(read_sealed(file, "zip_bytes")) == []


@pytest.mark.parametrize("place", [0, 5, 40, READ + 3, -1])
@pytest.mark.parametrize("cut", [False, True])
def test_it_says_at_the_end_that_what_it_read_is_damaged(place: int, cut: bool, quiet_link: Link) -> None:
    file = a_file(quiet_link)
    write_sealed(file, "zip_bytes", b"x" * (2 * READ))
    kept = bytearray(stored(file))
    if cut:
        del kept[place:]
    else:
        kept[place] ^= 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reporting_datafile SET zip_bytes = %s WHERE id = %s", [bytes(kept), file.pk])
    if cut and not kept:
        assert list(read_sealed(file, "zip_bytes")) == []
        return
    with pytest.raises(secrets.CannotOpen):
        list(read_sealed(file, "zip_bytes"))


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
