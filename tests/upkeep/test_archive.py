"""A backup's file: whole or not there, private, and nothing in it can be changed unseen."""

from __future__ import annotations

import hashlib
import io
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest

from upkeep import archive
from upkeep.archive import BadArchive
from upkeep.sealed_stream import CHUNK_BYTES, CannotUnseal, SealedReader, SealedWriter

WORDS = "a passphrase of the test"
CONTENT = b"what is kept" * 1000


def make(path: Path, passphrase: str = "", **changes: Any) -> Path:
    source = path.with_name("source")
    source.write_bytes(CONTENT)
    with archive.writing(path, passphrase) as writer:
        database = writer.add("database.dump", source)
        files = [writer.add("attachments/aa/" + "a" * 64, source)]
        manifest = {"format": 1, "database": database, "files": files, "migrations": [], "key_names": []}
        writer.finish(manifest | changes)
    return path


@pytest.mark.parametrize("passphrase", ["", WORDS])
def test_it_reads_back_what_it_wrote(passphrase: str, tmp_path: Path) -> None:
    path = make(tmp_path / "backup", passphrase)
    manifest = archive.verify(path, passphrase)
    assert manifest["database"]["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    found = {name: b"".join(archive.pieces(content)) for name, content in archive.members(path, passphrase)}
    assert found["database.dump"] == CONTENT and archive.MANIFEST in found
    assert archive.is_sealed(path) is bool(passphrase)
    assert (CONTENT[:20] in path.read_bytes()) is not bool(passphrase)


def test_it_is_for_its_owner_alone_and_takes_nobodys_place(tmp_path: Path) -> None:
    path = make(tmp_path / "backup", WORDS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        make(path)
    assert archive.is_sealed(path), "the first one is untouched"


def test_it_leaves_nothing_of_one_that_failed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), archive.writing(tmp_path / "backup", "") as writer:
        writer.add("database.dump", tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_it_refuses_what_does_not_fit_its_manifest(tmp_path: Path) -> None:
    entry = {"name": "database.dump", "bytes": len(CONTENT), "sha256": "0" * 64}
    with pytest.raises(BadArchive, match="清单不符：database"):
        archive.verify(make(tmp_path / "one", database=entry), "")
    with pytest.raises(BadArchive, match="清单不符：attachments"):
        archive.verify(make(tmp_path / "two", files=[]), "")
    with pytest.raises(BadArchive, match="格式 2"):
        archive.verify(make(tmp_path / "three", format=2), "")


def test_it_refuses_a_file_that_is_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    path.write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(BadArchive, match="不是备份文件"):
        archive.verify(path, "")


def test_it_refuses_a_link_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    with tarfile.open(path, "w") as tar:
        facts = tarfile.TarInfo("database.dump")
        facts.type, facts.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(facts)
    with pytest.raises(BadArchive, match="不该有"):
        archive.verify(path, "")


def test_it_refuses_what_was_cut_off(tmp_path: Path) -> None:
    path = make(tmp_path / "backup")
    path.write_bytes(path.read_bytes()[:-12_000])
    with pytest.raises(BadArchive):
        archive.verify(path, "")


def sealed(size: int) -> bytearray:
    out = io.BytesIO()
    writer = SealedWriter(out, WORDS)
    writer.write(b"x" * size)
    writer.close()
    return bytearray(out.getvalue())


def opened(data: bytes, words: str = WORDS) -> bytes:
    return SealedReader(io.BytesIO(data), words).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_it_opens_what_it_sealed(size: int) -> None:
    assert opened(sealed(size)) == b"x" * size


def test_it_tells_a_wrong_passphrase() -> None:
    with pytest.raises(CannotUnseal, match="口令不对"):
        opened(sealed(10), "another")


@pytest.mark.parametrize("place", [5, 25, 40, 100, CHUNK_BYTES + 200, -1])
def test_it_notices_one_changed_bit(place: int) -> None:
    data = sealed(2 * CHUNK_BYTES)
    data[place] ^= 1
    with pytest.raises(CannotUnseal):
        opened(data)


def test_it_notices_chunks_that_are_missing_swapped_or_doubled() -> None:
    data, chunk, head = bytes(sealed(3 * CHUNK_BYTES)), CHUNK_BYTES + 16, 43
    chunks = [data[head + n * chunk : head + (n + 1) * chunk] for n in range(3)]
    for order in ([0, 1], [1, 2], [0, 2], [1, 0, 2], [0, 1, 1, 2], []):
        with pytest.raises(CannotUnseal):
            opened(data[:head] + b"".join(chunks[n] for n in order))
