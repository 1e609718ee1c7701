"""The report around the records: UploadData, its sections, its bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from reporting.blocks import Images, Record

SECTIONS = ("XZBA", "XZWZ", "XZJR", "BGBA", "HSJG", "WBACLJG", "ZXBA", "XZHYD")
"""The order of the outline; one file may carry several."""


@dataclass(frozen=True)
class Extras:
    """What a record needs besides its document: the images, the filing password (kept out of it), the unit number."""

    images: Images
    password: str = ""
    isp_id: int = 0


@dataclass(frozen=True)
class Builder:
    """How one operation becomes records: the section they stand in, and the function that builds them.

    Every operation gives one record but the materials, where each attachment is one.
    """

    operation: str
    section: str
    build: Callable[[Record, Extras], list[etree._Element]]


@dataclass(frozen=True)
class ReportRecord:
    """What one document became: its records, and their size in the file in bytes of GBK."""

    section: str
    elements: tuple[etree._Element, ...]
    size_bytes: int


def build_record(builder: Builder, content: Record, extras: Extras) -> ReportRecord:
    """Build the records of one frozen document. Raises: FileNotFoundError where the store lost an image."""
    elements = tuple(builder.build(content, extras))
    size = sum(len(etree.tostring(each, encoding="GBK", xml_declaration=False)) for each in elements)
    return ReportRecord(builder.section, elements, size)


def assemble(records: Sequence[ReportRecord], *, isp_id: int, version: str = "V.3.0") -> etree._Element:
    """Put records into one UploadData, section by section in the order given.

    The elements are moved, not copied. `isp_id` becomes Qqdwid, which the bureau compares with the caller.
    """
    root = etree.Element("UploadData", version=version)
    icp = etree.SubElement(root, "ICP")
    for section in SECTIONS:
        mine = [element for record in records if record.section == section for element in record.elements]
        if mine:
            etree.SubElement(icp, section).extend(mine)
    etree.SubElement(icp, "Qqdwid").text = str(isp_id)
    return root


def positions(records: Sequence[ReportRecord]) -> list[int]:
    """For documents in packing order, the 1-based place of their first record in the file, which goes by sections."""
    order = {name: place for place, name in enumerate(SECTIONS)}
    ranked = sorted(range(len(records)), key=lambda index: (order[records[index].section], index))
    places = [0] * len(records)
    next_place = 1
    for index in ranked:
        places[index] = next_place
        next_place += len(records[index].elements)
    return places


def write_document(root: etree._Element, out: Any) -> None:
    """Write the document as it is sent: GBK; what GBK lacks goes out as numeric character references."""
    root.getroottree().write(out, encoding="GBK", xml_declaration=True)


def serialise(root: etree._Element) -> bytes:
    """The bytes of `write_document`."""
    buffer = io.BytesIO()
    write_document(root, buffer)
    return buffer.getvalue()
