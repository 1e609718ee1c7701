"""What the ready-made messages share: finding the filing that is meant, and writing elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from simulator.model import CANCELLED, Subject, Website

if TYPE_CHECKING:
    from simulator.bureau import Bureau

# What a builder answers: the group under DownloadData, and its children.
Parts = tuple[str, list[etree._Element]]
# 203.0.113.1, kept for examples.
EXAMPLE_ADDRESS = 0xCB007101


class SendRefused(ValueError):
    """The message cannot be built or is not asked for rightly."""


def find_filing(bureau: Bureau, doc: dict[str, Any]) -> tuple[Subject, Website | None]:
    """By number or id; without either the first filing there is."""
    registry = bureau.registry
    number, record_id = str(doc.get("number") or ""), int(doc.get("id") or 0)
    subject = registry.subject_by_number(number) or registry.subject(record_id)
    if subject is not None:
        return subject, None
    found = registry.website_by_number(number) or registry.website(record_id)
    if found is not None:
        return found
    first = next((item for item in registry.subjects.values() if item.state != CANCELLED), None)
    if number or record_id or first is None:
        raise SendRefused(f"no filing {number or record_id or 'yet'}")
    return first, None


def remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def fill(parent: etree._Element, **values: object) -> None:
    for tag, value in values.items():
        put(parent, tag, value)


def put(parent: etree._Element, tag: str, value: object) -> None:
    if value is not None:
        etree.SubElement(parent, tag).text = str(value)
