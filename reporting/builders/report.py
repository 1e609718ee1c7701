"""The report around the records: UploadData, its sections, its bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from reporting.blocks import Images, Record

SECTIONS = ("XZBA", "XZWZ", "XZJR", "BGBA", "HSJG", "WBACLJG", "ZXBA", "XZHYD")
"""The order of the outline; one file may carry several."""


@dataclass(frozen=True)
class Builder:
    """How one operation becomes records: the section they stand in, and the function that builds one."""

    operation: str
    section: str
    build: Callable[[Record, Images], etree._Element]


@dataclass(frozen=True)
class ReportRecord:
    """One built record and its size in the file, in bytes of GBK."""

    section: str
    element: etree._Element
    size_bytes: int


def build_record(builder: Builder, content: Record, images: Images) -> ReportRecord:
    """Build the record of one frozen document. Raises: FileNotFoundError where the attachment store lost an image."""
    element = builder.build(content, images)
    return ReportRecord(
        builder.section, element, len(etree.tostring(element, encoding="GBK", xml_declaration=False))
    )


def assemble(records: Sequence[ReportRecord], *, isp_id: int, version: str = "V.3.0") -> etree._Element:
    """Put records into one UploadData, section by section in the order given.

    The elements are moved, not copied. `isp_id` becomes Qqdwid, which the bureau compares with the caller.
    """
    root = etree.Element("UploadData", version=version)
    icp = etree.SubElement(root, "ICP")
    for section in SECTIONS:
        mine = [record.element for record in records if record.section == section]
        if mine:
            etree.SubElement(icp, section).extend(mine)
    etree.SubElement(icp, "Qqdwid").text = str(isp_id)
    return root


def positions(sections: Iterable[str]) -> list[int]:
    """For records in packing order, their 1-based place in the file, which goes section by section."""
    order = {name: place for place, name in enumerate(SECTIONS)}
    listed = list(sections)
    ranked = sorted(range(len(listed)), key=lambda index: (order[listed[index]], index))
    places: Mapping[int, int] = {index: place for place, index in enumerate(ranked, 1)}
    return [places[index] for index in range(len(listed))]


def serialise(root: etree._Element) -> bytes:
    """The document as it is sent: GBK; what GBK lacks goes out as numeric character references."""
    buffer = io.BytesIO()
    root.getroottree().write(buffer, encoding="GBK", xml_declaration=True)
    return buffer.getvalue()
