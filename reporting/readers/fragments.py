"""A document of any size cut into its records, without reading it as a whole: each is taken by its own start and end
tag, so that a break in the document costs the record that it is in and no other.

`<` and `>` are never the second byte of a character in GBK, GB18030 or UTF-8, so the bytes can be cut before their
encoding is settled; UTF-16 is rewritten on its way in.
Spec: V.3.0 download schema, DownloadData.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from reporting.readers.document import LONGEST_KIND, RECORD_PATHS
from xsd import declared_encoding

CHUNK_BYTES = 1024 * 1024
MOST_RECORD_BYTES = 64 * 1024 * 1024
"""A record that does not end within this is kept as far as it goes: memory stays bounded whatever comes."""
MOST_STRAY_BYTES = 2000

ROOT = "DownloadData"
_PATHS = {path.rsplit("/", cut)[0] for path in RECORD_PATHS for cut in range(1, path.count("/") + 1)}
_CONTAINERS = {step for path in _PATHS for step in path.split("/")}
_BY_END: dict[str, str] = {}
for _path, _kind in RECORD_PATHS.items():
    _BY_END.setdefault("/".join(_path.split("/")[-2:]), _kind)
_BY_NAME = {
    name: kinds[0]
    for name in {path.rsplit("/", 1)[-1] for path in RECORD_PATHS}
    if len(kinds := [kind for path, kind in RECORD_PATHS.items() if path.endswith(f"/{name}")]) == 1
} | {"Baxx": "BASJ"}
"""Where what should stand around a record is missing, its last two names tell its kind, or its own."""
_CANONICAL = {
    name.lower(): name for name in {ROOT, *(step for path in RECORD_PATHS for step in path.split("/"))}
}

_NAME = re.compile(rb"</?\s*([^\s/>]+)")
_SPACE = b" \t\r\n\x00\xef\xbb\xbf"


class Stream(Protocol):
    """Bytes that come piece by piece: a file, an entry of a zip."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Fragment:
    """One record as it stands in the document, counted from 1. `broken` says in Chinese why it is not whole.

    `is_loose`: what should stand around it is missing or named otherwise, so that its kind was told by its name.
    """

    position: int
    kind: str
    data: bytes
    broken: str = ""
    is_loose: bool = False


@dataclass
class Fragments:
    """The records of one stream, to be iterated once. `oddities` (Chinese) are complete when it has ended.

    Units: `read_bytes` counts what was taken from the stream.
    """

    stream: Stream
    oddities: list[str] = field(default_factory=list)
    encoding: str = "gb18030"
    """How the text is written, as far as the beginning tells."""
    read_bytes: int = 0
    _buffer: bytes = b""
    _at: int = 0
    _ended: bool = False
    _stack: list[str] = field(default_factory=list)
    _position: int = 0

    def __iter__(self) -> Iterator[Fragment]:
        self._begin()
        while True:
            start = self._find(b"<", self._at)
            upto = start if start >= 0 else len(self._buffer)
            if stray := self._buffer[self._at : upto].strip(_SPACE):
                self._note("有不在任何元素里的文字")
                yield self._fragment("text", stray[:MOST_STRAY_BYTES], "不在任何元素里的文字")
            self._at = upto
            if start >= 0:
                yield from self._markup()
            elif not self._more():
                break
        if self._stack:
            self._note("文件没有正常结束，可能不完整")
        if not self._position:
            self._note("没有任何记录")

    def _note(self, words: str) -> None:
        if words not in self.oddities:
            self.oddities.append(words)

    def _fragment(self, kind: str, data: bytes, broken: str = "", loose: bool = False) -> Fragment:
        self._position += 1
        return Fragment(self._position, kind[:LONGEST_KIND], data, broken, loose)

    # --- bytes ------------------------------------------------------------------------------------

    def _begin(self) -> None:
        head = self.stream.read(CHUNK_BYTES)
        self.read_bytes += len(head)
        declared = declared_encoding(head[:1024])
        if declared == "UTF-16":
            self._note("编码是 UTF-16，接口规定 GBK")
            self.stream = _Recoded(self.stream, head)
            head = self.stream.read(CHUNK_BYTES)
            declared = "UTF-8"
        elif head.startswith(codecs.BOM_UTF8):
            self._note("文件开头有 BOM")
        self._buffer = head
        self.encoding = _encoding_of(head, declared)
        said = "gb18030" if declared.lower() in _GB else declared.lower()
        if said != self.encoding and not head.isascii():
            shown = "GBK" if self.encoding == "gb18030" else self.encoding.upper()
            self._note(f"声明的编码是 {declared}，按 {shown} 读取")

    def _more(self) -> bool:
        """Read on; what was dealt with is given up. Returns False at the end."""
        if self._ended:
            return False
        chunk = self.stream.read(CHUNK_BYTES)
        self.read_bytes += len(chunk)
        self._ended = not chunk
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _find(self, mark: bytes, start: int, most: int | None = None) -> int:
        """Where a mark stands in the buffer from `start` on, reading on as needed; -1 where it does not come, or not
        within `most` bytes (MOST_RECORD_BYTES)."""
        while (found := self._buffer.find(mark, start)) < 0:
            done = max(len(self._buffer) - len(mark) + 1, start) - self._at
            if done > (most or MOST_RECORD_BYTES) or not self._more():
                return -1
            start = self._at + done
        return found

    # --- markup -----------------------------------------------------------------------------------

    def _markup(self) -> Iterator[Fragment]:
        """What begins with the `<` where we stand."""
        while len(self._buffer) - self._at < 16 and self._more():
            pass
        head = self._buffer[self._at : self._at + 16]
        for mark, end, words in _ASIDES:
            if head.startswith(mark):
                self._skip(end)
                if words:
                    self._note(words)
                return
        close = self._find(b">", self._at)
        name = _NAME.match(self._buffer, self._at)
        if close < 0 or name is None:
            yield self._rest_or_step(close)
            return
        tag = self._buffer[self._at : close + 1]
        local = _local(name[1])
        if tag.startswith(b"</"):
            self._close(local)
            self._at = close + 1
        else:
            yield from self._open(local, name[1], len(tag), tag.endswith(b"/>"))

    def _rest_or_step(self, close: int) -> Fragment:
        end = len(self._buffer) if close < 0 else close + 1
        data = self._buffer[self._at : end]
        self._at = end
        return self._fragment("text", data[:MOST_STRAY_BYTES], "标签没有写完")

    def _skip(self, end: bytes) -> None:
        found = self._find(end, self._at)
        self._at = found + len(end) if found >= 0 else len(self._buffer)

    def _close(self, local: str) -> None:
        if local in self._stack:
            while self._stack.pop() != local:
                self._note("有元素没有结束标签")
        else:
            self._note(f"多余的结束标签 {local[:40]}")

    def _open(self, local: str, raw: bytes, length: int, is_empty: bool) -> Iterator[Fragment]:
        """A start tag of `length` bytes. Positions are not passed on: reading on moves them."""
        if not self._stack and local == ROOT:
            self._push(local, length, is_empty)
            return
        if not self._stack:
            self._note(f"根元素不是 {ROOT}")
        here = "/".join([*self._stack[1:], local]) if self._stack[:1] == [ROOT] else ""
        kind = RECORD_PATHS.get(here, "")
        loose = not kind
        if not kind and here not in _PATHS and local not in _CONTAINERS:
            kind = _BY_END.get(f"{self._stack[-1]}/{local}" if self._stack else local) or _BY_NAME.get(
                local, ""
            )
        if kind:
            yield self._record(kind, raw, length, is_empty, loose)
        elif not self._stack or local in _CONTAINERS or self._holds_known(length):
            if here not in _PATHS:
                self._note(f"{local[:40]} 所在的层次不对")
            self._push(local, length, is_empty)
        else:
            steps = [*self._stack[1:], local] if self._stack[:1] == [ROOT] else [*self._stack, local]
            yield self._record(".".join(steps), raw, length, is_empty, loose=False)

    def _push(self, local: str, length: int, is_empty: bool) -> None:
        if not is_empty:
            self._stack.append(local)
        self._at += length

    def _holds_known(self, length: int) -> bool:
        """Whether the next tag is one that the interface has on its upper levels: then this one only stands around."""
        found = self._find(b"<", self._at + length, CHUNK_BYTES)
        if found < 0:
            return False
        ahead = found - self._at
        while len(self._buffer) - self._at - ahead < 64 and self._more():
            pass
        found = self._at + ahead
        following = _NAME.match(self._buffer, found)
        local = _local(following[1]) if following else ""
        return local in _CONTAINERS or local in _BY_NAME

    def _record(self, kind: str, raw: bytes, length: int, is_empty: bool, loose: bool) -> Fragment:
        """The record that begins where we stand: to its end tag, or to where another one begins before it."""
        if is_empty:
            data = self._buffer[self._at : self._at + length]
            self._at += length
            return self._fragment(kind, data, loose=loose)
        end_mark, start_mark = b"</" + raw, b"<" + raw
        end = self._find(end_mark, self._at + length)
        while end >= 0 and self._buffer[end + len(end_mark) : end + len(end_mark) + 1] not in b"> \t\r\n":
            end = self._find(end_mark, end + 1)
        upto = end if end >= 0 else len(self._buffer)
        again = self._again(start_mark, self._at + length, upto)
        if end < 0 or again >= 0:
            return self._broken(kind, self._at + length, again if again >= 0 else upto, loose)
        stop = self._find(b">", end)
        stop = len(self._buffer) if stop < 0 else stop + 1
        data = self._buffer[self._at : stop]
        self._at = stop
        return self._fragment(kind, data, loose=loose)

    def _again(self, mark: bytes, start: int, end: int) -> int:
        """Where the same element begins once more before it ended."""
        found = self._buffer.find(mark, start, end)
        while found >= 0 and self._buffer[found + len(mark) : found + len(mark) + 1] not in b"> \t\r\n":
            found = self._buffer.find(mark, found + 1, end)
        return found

    def _broken(self, kind: str, start: int, upto: int, loose: bool) -> Fragment:
        """A record without its end: it goes no further than what stands around it."""
        ends = [self._buffer.find(f"</{name}>".encode(), start, upto) for name in self._stack]
        upto = min([each for each in ends if each >= 0], default=upto)
        data = self._buffer[self._at : upto]
        self._at = upto
        self._note("有记录没有结束标签")
        return self._fragment(kind, data, "记录没有结束标签，可能不完整", loose)


_ASIDES: tuple[tuple[bytes, bytes, str], ...] = (
    (b"<?", b"?>", ""),
    (b"<!--", b"-->", ""),
    (b"<![CDATA[", b"]]>", "有不在任何元素里的文字"),
    (b"<!DOCTYPE", b">", "含有 DOCTYPE 声明，已略过"),
    (b"<!", b">", "含有不认识的声明，已略过"),
)
_GB = frozenset({"gbk", "gb2312", "gb18030", "cp936"})


def _local(name: bytes) -> str:
    """A name without its prefix, spelt as the interface spells it."""
    text = name.rpartition(b":")[2].decode("ascii", "replace")
    return _CANONICAL.get(text.lower(), text)


def _encoding_of(head: bytes, declared: str) -> str:
    """Text that is right as UTF-8 is UTF-8, whatever it says; else what it says; else the superset of GBK."""
    if not head.isascii():
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
            return "utf-8"
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8" if declared.lower() in ("utf-8", "utf8") else "gb18030"


class _Recoded:
    """A UTF-16 stream, read as UTF-8."""

    def __init__(self, stream: Stream, head: bytes) -> None:
        self._stream = stream
        order = "utf-16-be" if head[:1] == b"\x00" else "utf-16-le"
        if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            order = "utf-16"
        self._decoder = codecs.getincrementaldecoder(order)("replace")
        self._head = head

    def read(self, size: int, /) -> bytes:
        raw, self._head = self._head or self._stream.read(size), b""
        return self._decoder.decode(raw, final=not raw).encode("utf-8")
