"""The files of handed-over data: XML files, folders of them, zips, zips in zips; what is none of these is told."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reporting.readers.fragments import Stream

BETWEEN = "!"
"""Stands between the steps of an entry of a zip in a zip."""
MOST_ENTRIES = 200_000
MOST_RATIO, LEAST_SUSPECT_BYTES = 500, 2 * 1024**3
"""A zip that unpacks to more than so many times its size, and to so much, is no data but an attack."""
_IN_MEMORY_BYTES = 8 * 1024 * 1024
_HEAD_BYTES = 4096
_PIECE_BYTES = 16 * 1024

READING_FAILS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
"""What reading a damaged, encrypted or vanished file raises."""

_OTHER_FORMS = {
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
    b"\xd0\xcf\x11\xe0": "旧版 Office 文件",
    b"%PDF": "PDF 文件",
}


class Unusable(Exception):
    """A file that holds no data that can be read; in Chinese why."""


@dataclass(frozen=True)
class Entry:
    """One document: a file, or an entry of a zip. `trouble`: why it cannot be read."""

    path: Path
    inner: str = ""
    size_bytes: int = 0
    trouble: str = ""


def entries(path: Path) -> Iterator[Entry]:
    """The documents at a path, in a fixed order. Raises: Unusable where the path itself is nothing."""
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if each.is_file() and not any(step.startswith(".") for step in each.relative_to(path).parts):
                yield from _of_file(each)
    elif path.is_file():
        yield from _of_file(path)
    else:
        raise Unusable(f"没有这个文件或文件夹：{path}")


def _of_file(path: Path) -> Iterator[Entry]:
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            if zipfile.is_zipfile(stream):
                with zipfile.ZipFile(stream) as archive:
                    yield from _of_zip(path, archive, "", size)
                return
            stream.seek(0)
            head = stream.read(_HEAD_BYTES)
    except READING_FAILS as error:
        yield Entry(path, "", size, f"读不出来：{error}")
        return
    yield Entry(path, "", size, why_no_document(head))


def _of_zip(path: Path, archive: zipfile.ZipFile, above: str, size: int) -> Iterator[Entry]:
    listed = named(archive)
    total = sum(info.file_size for _name, info in listed)
    if total > LEAST_SUSPECT_BYTES and total > MOST_RATIO * max(size, 1):
        yield Entry(path, above.rstrip(BETWEEN), size, f"解开后有 {total} 字节，与压缩包大小不相称，没有读取")
        return
    for name, info in listed:
        inner = f"{above}{name}"
        try:
            if info.flag_bits & 1:
                raise Unusable("压缩包加了密码")
            with archive.open(info) as stream:
                head = stream.read(_HEAD_BYTES)
            if not head.startswith(b"PK\x03\x04"):
                yield Entry(path, inner, info.file_size, why_no_document(head))
            elif above:
                yield Entry(path, inner, info.file_size, "压缩包套了三层，没有读取")
            else:
                with _unpacked(archive, info) as spool, zipfile.ZipFile(spool) as within:
                    yield from _of_zip(path, within, f"{inner}{BETWEEN}", info.file_size)
        except Unusable as error:
            yield Entry(path, inner, info.file_size, str(error))
        except READING_FAILS as error:
            yield Entry(path, inner, info.file_size, f"读不出来：{error}")


def named(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files in a zip with their names as people wrote them: GBK where nothing else is said. Equal names get a number."""
    found: list[tuple[str, zipfile.ZipInfo]] = []
    met: dict[str, int] = {}
    for info in archive.infolist()[:MOST_ENTRIES]:
        if info.is_dir():
            continue
        name = _name_of(info).replace(BETWEEN, "！")
        met[name] = met.get(name, 0) + 1
        found.append((name if met[name] == 1 else f"{name}（第 {met[name]} 个）", info))
    return found


def _name_of(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return info.filename


def why_no_document(head: bytes) -> str:
    """Why what begins so is no XML document; empty for one."""
    if not head:
        return "文件是空的"
    for mark, words in _OTHER_FORMS.items():
        if head.startswith(mark):
            return f"是{words}，不是 XML 或 zip，没有读取"
    if b"<" not in head:
        return "不是 XML，没有读取"
    return ""


@contextmanager
def open_entry(path: Path, inner: str) -> Iterator[Stream]:
    """The bytes of one document, piece by piece. Raises: Unusable where it is not there any more, READING_FAILS."""
    with ExitStack() as stack:
        if not inner:
            yield _UntilItFails(stack.enter_context(path.open("rb")))
            return
        archive = stack.enter_context(zipfile.ZipFile(path))
        *outer, name = inner.split(BETWEEN)
        for step in outer:
            spool = stack.enter_context(_unpacked(archive, _find(archive, step)))
            archive = stack.enter_context(zipfile.ZipFile(spool))
        yield _UntilItFails(stack.enter_context(archive.open(_find(archive, name))))


class _UntilItFails:
    """A stream that gives all that can be read before it raises what reading on raises."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._error: Exception | None = None

    def read(self, size: int, /) -> bytes:
        found = bytearray()
        while self._error is None and len(found) < size:
            try:
                piece = self._stream.read(min(_PIECE_BYTES, size - len(found)))
            except READING_FAILS as error:
                self._error = error
                break
            if not piece:
                return bytes(found)
            found += piece
        if self._error is not None and not found:
            raise self._error
        return bytes(found)


def _find(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    for known, info in named(archive):
        if known == name:
            return info
    raise Unusable(f"压缩包里没有 {name}")


@contextmanager
def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """A zip in a zip, where it can be read at any place: in memory while it is small, else on disk."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
        with archive.open(info) as stream:
            while piece := stream.read(1024 * 1024):
                spool.write(piece)
        spool.seek(0)
        yield spool
