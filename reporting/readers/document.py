"""Opening a downloaded document: its tree, what does not conform, and its records one by one.

Spec: V.3.0 download schema, DownloadData.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from reporting.schema import validate
from xsd import Kind, NotWellFormed, parse_leniently

MOST_XML_BYTES = 200 * 1024 * 1024
MOST_ODDITIES = 50

RECORD_PATHS = {
    "ICP/BASJ/Baxx": "BASJ",
    "ICP/ZXSJ/Zxxx": "ZXSJ",
    "ICP/HMDLB/Zthmdxxs": "HMDLB.subject",
    "ICP/HMDLB/Wzhmdxxs": "HMDLB.website",
    "ICP/FFJRHMD/Ffjrxx": "FFJRHMD",
    "ICP/WBAWZLB/Wbawz_xx": "WBAWZLB",
    "ICP/BAJG/Jg_xx": "BAJG.result",
    "ICP/BAJG/GJSHS/Gjsh": "BAJG.decision",
    "ICP/HSRW/Baxx": "HSRW",
    "ICP/HCJG/Jgxx/Zthc": "HCJG.subject",
    "ICP/HCJG/Jgxx/Jrhc": "HCJG.access",
    "ICP/HCJG/Jgxx/Kkwzhc": "HCJG.website",
    "ICP/HCJG/Jgxx/Wzch": "HCJG.alive",
    "ICP/XGTZ/Tzxx": "XGTZ",
}
"""Where records stand below DownloadData, and the name of their kind. All else is kept as one record a part."""


@dataclass(frozen=True)
class Record:
    """One record of a download: its kind, its place (1-based over the document) and its XPath."""

    position: int
    kind: str
    path: str
    element: etree._Element


@dataclass(frozen=True)
class Document:
    """A download, opened."""

    records: tuple[Record, ...]
    oddities: list[str] = field(default_factory=list)


def read_document(xml: bytes) -> Document:
    """Open a downloaded document leniently: what does not conform is told, and stops nothing.

    Raises: NotWellFormed where nothing can be read at all.
    """
    tree, overlooked = parse_leniently(xml, max_bytes=MOST_XML_BYTES)
    oddities = [overlooked] if overlooked else []
    oddities += [
        f"第 {problem.line or '?'} 行 {problem.path}：{problem.explanation}"
        for problem in validate(tree, Kind.DOWNLOAD)
    ][:MOST_ODDITIES]
    root = tree.getroot()
    if root.tag != "DownloadData":
        oddities.append(f"根元素是 {root.tag}，不是 DownloadData")
    return Document(tuple(_records(root)), oddities)


def _records(root: etree._Element) -> Iterator[Record]:
    """Known records first by their paths, in document order; a part that holds none of them is one record itself."""
    tree = root.getroottree()
    position = 0
    for part in root.iterchildren(etree.Element):
        for section in part.iterchildren(etree.Element):
            for kind, element in _of_section(part.tag, section):
                position += 1
                yield Record(position, kind, tree.getpath(element), element)


def _of_section(part: str, section: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    found = False
    for element in section.iterdescendants(etree.Element):
        if (kind := RECORD_PATHS.get(_path_below(part, section, element))) is not None:
            found = True
            yield kind, element
    if not found:
        yield f"{part}.{section.tag}", section


def _path_below(part: str, section: etree._Element, element: etree._Element) -> str:
    steps = [str(element.tag)]
    for ancestor in element.iterancestors():
        if len(steps) > 4:
            break  # records stand no deeper: spares the walk up from every leaf
        steps.append(str(ancestor.tag))
        if ancestor is section:
            return f"{part}/" + "/".join(reversed(steps))
    return ""


__all__ = ["Document", "NotWellFormed", "Record", "read_document"]
