"""One record of handed-over data: what it says, what is odd in it, and its bytes, which are kept where something of them
would be lost."""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from filing.filed_data import SubjectData
from reporting import schema
from reporting.choices import Oddity, Remedy
from reporting.readers.document import EMPTY
from reporting.readers.fragments import Fragment
from reporting.readers.handed_over import NAMES, Known, read_filing
from reporting.readers.nodes import Deviation, decode, open_record
from xsd import Kind

FILINGS = frozenset({"BASJ", "SJTB.filing"})
MOST_PROBLEMS = 40
LOST = frozenset({Remedy.IN_PART, Remedy.KEPT})
"""After these the record's bytes are kept: something of them stands nowhere else."""


class Item(NamedTuple):
    """A record on its way from the reading process to the writing one. `raw`: its bytes as they came."""

    position: int
    kind: str
    data: SubjectData | None
    deviations: list[Deviation]
    raw: bytes
    why_not: str = ""


def read_record(fragment: Fragment, encoding: str, known: Known) -> Item | None:
    """Read one record; None for an empty list, which says nothing. Never raises for what the record holds."""
    if fragment.kind == EMPTY:
        return None
    if fragment.kind not in FILINGS:
        return Item(fragment.position, fragment.kind, None, [], fragment.data, fragment.broken)
    text, remark = decode(fragment.data, encoding)
    opened = open_record(text, fragment.kind, NAMES)
    found = [*([remark] if remark else []), *opened.deviations]
    if fragment.broken:
        found.append(Deviation(Oddity.BROKEN, "", "", fragment.broken, Remedy.IN_PART))
    elif fragment.is_loose:
        words = "记录外层缺少接口规定的元素，按记录名读取"
        found.append(Deviation(Oddity.MARKUP, "", "", words, Remedy.MENDED))
    if opened.node is None:
        return Item(fragment.position, fragment.kind, None, found, fragment.data, "不是可读的 XML")
    data, odd, why_not = read_filing(opened.node, known, conforms=opened.conforms)
    found += odd
    if opened.root is not None:
        found += _told_by_schema(opened.root, {each.place for each in found})
    return Item(fragment.position, fragment.kind, data, found, fragment.data, why_not)


def _told_by_schema(root: etree._Element, told: set[str]) -> list[Deviation]:
    """What the schema has against a record, apart from the places of which something is told already."""
    problems = schema.validate(root, Kind.DOWNLOAD)[:MOST_PROBLEMS]
    found = []
    for each in problems:
        place = each.path.partition("/Baxx")[2].removeprefix("[1]").strip("/")
        if place not in told:
            words = f"{each.label}：{each.explanation}" if each.label else each.explanation
            found.append(Deviation(Oddity.FORM, place[:255], each.value, words, Remedy.AS_IT_IS))
    return found
