"""A backup as one file: a tar with the database's dump, the images and a manifest of hashes, sealed if wanted.

It is written beside its name and takes the name when it is whole; its mode is 0600 from the first byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from upkeep.sealed_stream import MAGIC, CannotUnseal, SealedReader, SealedWriter

MANIFEST = "manifest.json"
_PIECE_BYTES = 1024 * 1024
_DAMAGE = (tarfile.TarError, CannotUnseal, EOFError)


class BadArchive(Exception):
    """It is no backup of ours, or it is damaged. The text says what is wrong, in Chinese."""


class HashingReader(io.RawIOBase):
    """Hashes what is read through it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._hash = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class ArchiveWriter:
    """Adds files; each addition returns what the manifest says of it."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, path: Path) -> dict[str, Any]:
        """Shape: name, bytes, sha256 of what was written."""
        with path.open("rb") as file:
            facts = self._facts(name, os.fstat(file.fileno()).st_size)
            reader = HashingReader(file)
            self._tar.addfile(facts, reader)
        return {"name": name, "bytes": facts.size, "sha256": reader.sha256}

    def finish(self, manifest: dict[str, Any]) -> None:
        """The manifest comes last: by then all hashes are known."""
        data = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        self._tar.addfile(self._facts(MANIFEST, len(data)), io.BytesIO(data))

    @staticmethod
    def _facts(name: str, size: int) -> tarfile.TarInfo:
        facts = tarfile.TarInfo(name)
        facts.size, facts.mode = size, 0o600
        return facts


@contextmanager
def writing(path: Path, passphrase: str) -> Iterator[ArchiveWriter]:
    """Write a new archive; nothing is left of one that did not become whole. Raises: FileExistsError."""
    if path.exists():
        raise FileExistsError(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with ExitStack() as stack:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            file = stack.enter_context(os.fdopen(handle, "wb"))
            out: Any = stack.enter_context(SealedWriter(file, passphrase)) if passphrase else file
            with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                yield ArchiveWriter(tar)
            if passphrase:
                out.close()
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def is_sealed(path: Path) -> bool:
    """Whether a passphrase is needed."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def members(path: Path, passphrase: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Each file of an archive in turn, by name; it must be read before the next one is asked for.

    Raises: BadArchive.
    """
    try:
        with path.open("rb") as file:
            source: Any = SealedReader(file, passphrase) if is_sealed(path) else file
            with tarfile.open(fileobj=source, mode="r|") as tar:
                for facts in tar:
                    content = tar.extractfile(facts) if facts.isreg() else None
                    if content is None:
                        raise BadArchive(f"备份里有不该有的内容：{facts.name}")
                    yield facts.name, content
    except _DAMAGE as error:
        raise _bad(error) from error


def pieces(content: IO[bytes]) -> Iterator[bytes]:
    """The bytes of one file of an archive. Raises: BadArchive."""
    try:
        while piece := content.read(_PIECE_BYTES):
            yield piece
    except _DAMAGE as error:
        raise _bad(error) from error


def _bad(error: Exception) -> BadArchive:
    return BadArchive(str(error) if isinstance(error, CannotUnseal) else "不是备份文件，或已损坏")


def verify(path: Path, passphrase: str) -> dict[str, Any]:
    """Read all of it and compare with the manifest; returns the manifest. Raises: BadArchive, OSError."""
    found: dict[str, tuple[int, str]] = {}
    manifest: dict[str, Any] | None = None
    for name, content in members(path, passphrase):
        if manifest is not None or name in found:
            raise BadArchive(f"备份里有不该有的内容：{name}")
        if name == MANIFEST:
            manifest = _read_manifest(content)
            continue
        digest, size = hashlib.sha256(), 0
        for piece in pieces(content):
            digest.update(piece)
            size += len(piece)
        found[name] = (size, digest.hexdigest())
    if manifest is None:
        raise BadArchive("备份不完整：没有清单")
    listed = {
        each["name"]: (each["bytes"], each["sha256"]) for each in [manifest["database"], *manifest["files"]]
    }
    wrong = sorted(name for name in {*found, *listed} if found.get(name) != listed.get(name))
    if wrong:
        raise BadArchive(f"备份与它的清单不符：{'、'.join(wrong[:3])}{' 等' if len(wrong) > 3 else ''}")
    return manifest


def _read_manifest(content: IO[bytes]) -> dict[str, Any]:
    try:
        found = json.loads(b"".join(pieces(content)))
        if found["format"] != 1:
            raise BadArchive(f"备份的格式 {found['format']} 本版本不认识")
        _ = found["database"]["sha256"], found["files"], found["migrations"], found["key_names"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadArchive("备份的清单读不懂") from error
    return dict(found)
