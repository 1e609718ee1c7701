"""Reading single values out of downloaded elements, leniently: a value that cannot be read is noted, not raised.

Spec: V.3.0 download schema; protocol "Where the papers and the real world part".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

CHINA = ZoneInfo("Asia/Shanghai")
_TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
)


class Unreadable(Exception):
    """A record lacks what it is nothing without. The text names the tag, in Chinese."""


def text(node: etree._Element, tag: str) -> str:
    """Text of the child, "" where it is missing or empty."""
    child = node.find(tag)
    return (child.text or "").strip() if child is not None else ""


def number(node: etree._Element, tag: str) -> int | None:
    """Whole number of the child, None where it is missing or none."""
    value = text(node, tag)
    return int(value) if value.isascii() and value.lstrip("-").isdigit() else None


def required_number(node: etree._Element, tag: str) -> int:
    """Raises: Unreadable."""
    value = number(node, tag)
    if value is None:
        raise Unreadable(f"{node.tag} 缺少 {tag}，或不是整数")
    return value


def required_text(node: etree._Element, tag: str) -> str:
    """Raises: Unreadable."""
    value = text(node, tag)
    if not value:
        raise Unreadable(f"{node.tag} 缺少 {tag}")
    return value


def moment(node: etree._Element, tag: str) -> datetime | None:
    """A time of the bureau (Asia/Shanghai), aware; None where it is missing or in no known form."""
    value = text(node, tag).replace("T", " ")
    for form in _TIME_FORMATS:
        try:
            return datetime.strptime(value, form).replace(tzinfo=CHINA)
        except ValueError:
            continue
    return None


def numbers(node: etree._Element, path: str) -> tuple[int, ...]:
    """All whole numbers at a path below the element."""
    found = ((child.text or "").strip() for child in node.findall(path))
    return tuple(int(value) for value in found if value.isdigit())


def children(node: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Children of one tag."""
    yield from node.iterfind(tag)
