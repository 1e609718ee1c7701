"""Reading the `return` document of each method, leniently: what is needed must be there, the rest stops nothing.

Spec: V.3.0 return schemas; protocol "Where the papers and the real world part" (msg, declared encoding).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

from lxml import etree

from reporting.errors import BureauUnreadable
from xsd import NotWellFormed, parse_leniently

MOST_ANSWER_BYTES = 120 * 1024 * 1024
MOST_CODE = 999_999
"""Codes go to 999; what is far from that is no code and fits no column."""

_DECLARATION = re.compile(r"^[\s\ufeff]*<\?xml[^>]*\?>")


@dataclass(frozen=True)
class FileInfo:
    """One file in an answer. `content` is beianInfo decoded from base64 (still encrypted where `encryption` is 1)."""

    name: str
    content: bytes
    hash_text: str
    encryption: int
    hash_algorithm: int
    compression: int
    sequence: int | None = None


@dataclass(frozen=True)
class Answer:
    """What a method answered: its code, the bureau's words, and what came with it."""

    code: int
    message: str
    missing: tuple[int, ...] = ()
    file: FileInfo | None = None
    fields: dict[str, str] = field(default_factory=dict)


def read_answer(text: str) -> Answer:
    """Read the document in `return`.

    Raises: BureauUnreadable where it is no XML, has no numeric msg_code, or its file cannot be decoded.
    """
    # Its declaration says GBK although it has been decoded already as part of the SOAP message.
    body = "<?xml version='1.0' encoding='UTF-8'?>" + _DECLARATION.sub("", text, count=1).strip()
    try:
        tree, _overlooked = parse_leniently(body.encode("utf-8", "replace"), max_bytes=MOST_ANSWER_BYTES)
    except NotWellFormed as error:
        raise BureauUnreadable(f"应答不是 XML：{error.message}") from error
    root = tree.getroot()
    code = _whole(_text(root, "msg_code"))
    if code is None or abs(code) > MOST_CODE:
        raise BureauUnreadable("应答里没有 msg_code")
    numbers = (_whole(_own(node)) for node in root.iter("dataSequence"))
    missing = tuple(number for number in numbers if number is not None)
    info = root.find("fileInfos")
    return Answer(
        code=code,
        message=_text(root, "msg"),
        missing=missing if info is None else (),
        file=_file(info) if info is not None and len(info) else None,
        fields={node.tag: _own(node) for node in root.iter() if isinstance(node.tag, str) and not len(node)}
        if info is None
        else {},
    )


def _own(node: etree._Element) -> str:
    return (node.text or "").strip()


def _text(parent: etree._Element, tag: str) -> str:
    node = parent.find(tag)
    return _own(node) if node is not None else ""


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else None


def _number(parent: etree._Element, tag: str) -> int | None:
    number = _whole(_text(parent, tag))
    return number if number is not None and number >= 0 else None


def _file(info: etree._Element) -> FileInfo | None:
    encoded = "".join(_text(info, "beianInfo").split())
    name, sequence = _text(info, "return_FileName"), _number(info, "dataSequence")
    # A name without content is a file that came broken: taken for the end, the queue would seem to be empty.
    if not (encoded or name or sequence):
        return None
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BureauUnreadable("应答里的文件内容不是 base64") from error
    return FileInfo(
        name=name,
        content=content,
        hash_text="".join(_text(info, "beianInfoHash").split()),
        encryption=_number(info, "encryptAlgorithm") or 0,
        hash_algorithm=_number(info, "hashAlgorithm") or 0,
        compression=_number(info, "compressionFormat") or 0,
        sequence=sequence,
    )
