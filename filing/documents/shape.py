"""What a value of a document may be: small classes that read a value and say what is wrong, where.

A shape reads untrusted JSON (or what a form collected) into a clean value. Absent optional values, null, "" and empty
optional lists are dropped, so that equal content has one spelling. Bounds are those of the upload schema.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from filing.identifiers import format_ipv4


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (path in the JSON, words of the form) and what to do, in Chinese."""

    path: str
    label: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}：{self.label}：{self.message}" if self.label else f"{self.path}：{self.message}"


class Images(Protocol):
    """Where the images of a document come from: base64 in JSON, or hashes that a form already stored."""

    def take(self, value: str, *, jpeg_only: bool) -> str:
        """Return the reference to write into the document. Raises: BadImage with Chinese words."""


class BadImage(Exception):
    """What was given as an image is none, or none that the bureau takes. The text says so in Chinese."""


@dataclass
class Reading:
    """One pass over a document: collects problems. `complete` is False while a draft may still have gaps."""

    images: Images
    complete: bool = True
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, label: str, message: str) -> None:
        self.problems.append(Problem(path, label, message))


MISSING: Any = object()
"""What a shape returns for a value that is not there (or unusable)."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Common to all: the Chinese label and whether the value may be left out."""

    label: str
    required: bool = True

    def read(self, value: Any, path: str, reading: Reading) -> Any:
        """Return the clean value, or MISSING; problems go to `reading`."""
        if value is None or value is MISSING or value == "" or (value == [] and not self.required):
            if self.required and reading.complete:
                reading.wrong(path, self.label, "补填此项")
            return MISSING
        return self.clean(value, path, reading)

    def clean(self, value: Any, path: str, reading: Reading) -> Any:
        raise NotImplementedError


_TAGS = range(0xE0000, 0xE0080)
"""Invisible signs that the conversion to GBK leaves out without a word: what goes out would not be what was reviewed."""


def bad_character(text: str, *, lines: bool) -> str | None:
    """Name the first character that no report may hold (control characters, lone surrogates, tags), or None.

    Spec: protocol "Where the papers and the real world part": control characters are refused at the form.
    """
    for position, char in enumerate(text, 1):
        if char == "\n" and lines:
            continue
        # Unassigned code points are not refused: rare names are newer than any Unicode table. XML has no FFFE and FFFF.
        code = ord(char)
        if unicodedata.category(char) in ("Cc", "Cs") or code & 0xFFFE == 0xFFFE or code in _TAGS:
            return f"第 {position} 个字符 U+{ord(char):04X}"
    return None


@dataclass(frozen=True, kw_only=True)
class Text(Shape):
    """A text of `least` to `most` characters, without control characters; surrounding blanks are dropped."""

    least: int = 1
    most: int
    lines: bool = False
    options: tuple[str, ...] = ()

    def clean(self, value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, str):
            reading.wrong(path, self.label, "应为文字")
            return MISSING
        text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text:
            return self.read(None, path, reading)
        if bad := bad_character(text, lines=self.lines):
            reading.wrong(path, self.label, f"去掉不可用的控制字符（{bad}）")
        elif self.options and text not in self.options:
            reading.wrong(path, self.label, f"应为 {'、'.join(self.options)} 之一")
        elif len(text) > self.most:
            reading.wrong(path, self.label, f"缩短到 {self.most} 字以内，现在 {len(text)} 字")
        elif len(text) < self.least and reading.complete:
            reading.wrong(path, self.label, f"至少 {self.least} 个字符，现在 {len(text)} 个")
        return text


@dataclass(frozen=True, kw_only=True)
class Number(Shape):
    """A whole number from `least` to `most`; `table` names the code table that explains it."""

    least: int = 1
    most: int = 2**63 - 1
    table: str = ""

    def clean(self, value: Any, path: str, reading: Reading) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            reading.wrong(path, self.label, "应为整数")
            return MISSING
        if value < self.least or value > self.most:
            upper = "" if self.most == 2**63 - 1 else f" 到 {self.most}"
            reading.wrong(path, self.label, f"应在 {self.least}{upper or ' 以上'}之间，现在是 {value}")
        return value


@dataclass(frozen=True, kw_only=True)
class Address(Shape):
    """An IPv4 address as dotted quad, never 0.0.0.0."""

    def clean(self, value: Any, path: str, reading: Reading) -> Any:
        try:
            number = int(ipaddress.IPv4Address(value.strip() if isinstance(value, str) else "?"))
        except ValueError:
            reading.wrong(path, self.label, f"“{str(value)[:40]}”不是 IPv4 地址，写成 203.0.113.10 这样")
            return value.strip()[:64] if isinstance(value, str) else MISSING
        if number == 0:
            reading.wrong(path, self.label, "0.0.0.0 不能报备")
        return format_ipv4(number)


@dataclass(frozen=True, kw_only=True)
class Day(Shape):
    """A date as YYYY-MM-DD, which is how it stands in XML."""

    def clean(self, value: Any, path: str, reading: Reading) -> Any:
        text = value.strip() if isinstance(value, str) else ""
        try:
            # fromisoformat knows shorter spellings; the interface wants ten characters
            if len(text) != 10:
                raise ValueError(text)
            return date.fromisoformat(text).isoformat()
        except ValueError:
            reading.wrong(path, self.label, "写成 2026-11-24 这样的日期")
            return text[:32] or MISSING


@dataclass(frozen=True, kw_only=True)
class Image(Shape):
    """An image: base64 in JSON from outside, a reference "sha256:…" in the stored document."""

    jpeg_only: bool = False

    def clean(self, value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, str):
            reading.wrong(path, self.label, "应为 base64 文字")
            return MISSING
        try:
            return reading.images.take(value, jpeg_only=self.jpeg_only)
        except BadImage as error:
            reading.wrong(path, self.label, str(error))
            return MISSING


@dataclass(frozen=True, kw_only=True)
class ListOf(Shape):
    """A list of `least` to `most` values of one shape."""

    item: Shape
    least: int = 1
    most: int | None = None

    def clean(self, value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, list):
            reading.wrong(path, self.label, "应为列表")
            return MISSING
        if reading.complete and len(value) < self.least:
            reading.wrong(path, self.label, f"至少要有 {self.least} 项" if value else "补填此项")
        if self.most is not None and len(value) > self.most:
            reading.wrong(path, self.label, f"最多 {self.most} 项，现在 {len(value)} 项")
        found = [self.item.read(each, f"{path}[{i}]", reading) for i, each in enumerate(value)]
        clean = [each for each in found if each is not MISSING]
        # A draft's list whose items were all empty is an empty list: left out, like one that was empty from the start.
        return clean if clean or self.required else MISSING


@dataclass(frozen=True, kw_only=True)
class Block(Shape):
    """Named fields. A field that the block does not know is a problem, not something to drop in silence.

    `lift` turns a short spelling into the block ("a.cn" for {"name": "a.cn"}). Of each group in `one_of` exactly one
    field is given; `may_join` allows several of them, which then name the same thing.
    """

    fields: Mapping[str, Shape]
    lift: Callable[[Any], Any] | None = None
    one_of: tuple[tuple[str, ...], ...] = ()
    may_join: bool = False

    def read(self, value: Any, path: str, reading: Reading) -> Any:
        value = self.lift(value) if self.lift else value
        if (value is None or value is MISSING) and self.required and not reading.complete:
            return MISSING
        return super().read(value, path, reading)

    def clean(self, value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, dict):
            reading.wrong(path, self.label, "应为一组字段")
            return MISSING
        for name in value:
            if name not in self.fields:
                reading.wrong(f"{path}.{name}" if path else str(name), "", "不认识的字段，核对拼写")
        clean = {}
        for name, shape in self.fields.items():
            found = shape.read(value.get(name, MISSING), f"{path}.{name}" if path else name, reading)
            if found is not MISSING:
                clean[name] = found
        self._check_choices(clean, path, reading)
        return clean

    def _check_choices(self, clean: dict[str, Any], path: str, reading: Reading) -> None:
        for names in self.one_of:
            given = [name for name in names if name in clean]
            place = f"{path}.{(given or names)[-1]}" if path else (given or names)[-1]
            labels = "、".join(f"{self.fields[name].label}（{name}）" for name in names)
            if not given and reading.complete:
                reading.wrong(place, self.fields[names[0]].label, f"填其中一项：{labels}")
            elif len(given) > 1 and not self.may_join:
                reading.wrong(place, self.fields[given[-1]].label, f"只填其中一项：{labels}")
