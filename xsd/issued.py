"""Finding, in a folder, the schema files that a bureau issued.

Their names are Chinese and arrive in every state that a zip archive can leave them in: right, as raw GBK
bytes, as GBK read in another code page, or as #Uxxxx. So a name is repaired first and then matched by key
words; a file whose name is beyond repair is recognised by what it declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from .documents import XS, XsdUnusable, read_schema
from .kinds import Kind

_ESCAPED = re.compile(r"#U([0-9a-fA-F]{4})")
#: How a GBK name was wrongly read on the way: as it lies on the disk, by unzip, by Windows, by Java.
_MISREADINGS = ("utf-8", "cp437", "cp850", "latin-1", "cp1252")


def find_issued(folder: Path) -> dict[Kind, Path]:
    """The file of each kind that the folder holds; kinds without a file are missing.

    Raises: XsdUnusable if the folder cannot be read, two files claim one kind, or a file of unknown name is
    broken (it may be the one that was meant).
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".xsd" and path.is_file())
    except OSError as error:
        raise XsdUnusable(folder, f"ICP_XSD_DIR 指向的文件夹无法读取（{error.strerror}）") from error
    found: dict[Kind, Path] = {}
    unnamed = []
    for path in paths:
        kind = kind_of_name(path.name)
        if kind is None:
            unnamed.append(path)
        elif kind not in found or _is_exact(path.name, kind):
            if kind in found and _is_exact(found[kind].name, kind):
                raise _ambiguous(kind, found[kind], path)
            found[kind] = path
        elif not _is_exact(found[kind].name, kind):
            raise _ambiguous(kind, found[kind], path)
    for path in unnamed:
        kind = _kind_of_content(read_schema(path))
        if kind is not None and kind not in found:
            found[kind] = path
    return found


def kind_of_name(name: str) -> Kind | None:
    """The kind that a file name tells, after repair, or None."""
    for reading in _readings(name):
        for kind in Kind:
            words, not_words = kind.key_words
            if all(word in reading for word in words) and not any(word in reading for word in not_words):
                return kind
    return None


def _readings(name: str) -> Iterator[str]:
    unescaped = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name)
    yield unescaped
    for encoding in _MISREADINGS:
        try:
            raw = unescaped.encode(encoding, "surrogateescape")
            yield raw.decode("gbk")
        except UnicodeError:
            continue
    try:
        yield unescaped.encode("gbk").decode("utf-8")
    except UnicodeError:
        return


def _is_exact(name: str, kind: Kind) -> bool:
    return kind.issued_name in _readings(name)


def _ambiguous(kind: Kind, first: Path, second: Path) -> XsdUnusable:
    return XsdUnusable(second, f"与“{first.name}”都像是“{kind.issued_name}”，请只留一个")


def _kind_of_content(root: etree._Element) -> Kind | None:
    roots = {node.get("name") for node in root.findall(XS + "element")}
    if "UploadData" in roots:
        return Kind.UPLOAD
    if "DownloadData" in roots:
        return Kind.DOWNLOAD
    if "return" not in roots:
        return None
    names = {node.get("name") for node in root.iter(XS + "element")}
    if "StatusInfo" in names:
        return Kind.ANSWER_FILING_STATUS
    if "dataSequences" in names:
        return Kind.ANSWER_UPLOAD
    if "fileInfos" in names:
        return Kind.ANSWER_PREVIOUS_UPLOAD if "dataSequence" in names else Kind.ANSWER_DOWNLOAD
    return Kind.ANSWER_ACKNOWLEDGEMENT
