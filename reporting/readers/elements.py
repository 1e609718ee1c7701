"""Reading single values out of downloaded elements, leniently: a value that cannot be read is noted, not raised.

Spec: V.3.0 download schema; protocol "Where the papers and the real world part".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from xsd.structure import text_of

CHINA = ZoneInfo("Asia/Shanghai")
HIGHEST_ADDRESS = 4294967295

_TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%Y年%m月%d日",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
)
_USUAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_LEAST, _MOST = -(2**63), 2**63 - 1
_YEARS = range(1900, 9000)
"""Years beyond are typing errors, and some of them cannot be stored in every time zone."""


class Unreadable(Exception):
    """A record lacks what it is nothing without. The text names the tag, in Chinese."""


def text(node: etree._Element, path: str) -> str:
    """Text of the child (or the first at a path), "" where it is missing or empty."""
    child = node.find(path)
    return text_of(child).strip() if child is not None else ""


def number(node: etree._Element, path: str) -> int | None:
    """Whole number of the child, None where it is missing, none, or larger than a `long` of the interface."""
    return _whole(text(node, path))


def _whole(value: str) -> int | None:
    if not _NUMBER.fullmatch(value):
        return None
    found = int(value)
    return found if _LEAST <= found <= _MOST else None


def positive(node: etree._Element, path: str) -> int | None:
    """An id or a code: a whole number from 1 on, else None."""
    found = number(node, path)
    return found if found is not None and found > 0 else None


def address(node: etree._Element, path: str) -> int | None:
    """An IPv4 address as the interface writes it, an unsigned number and never 0; else None."""
    found = number(node, path)
    return found if found is not None and 1 <= found <= HIGHEST_ADDRESS else None


def required_number(node: etree._Element, path: str) -> int:
    """Raises: Unreadable."""
    value = number(node, path)
    if value is None:
        raise Unreadable(f"{node.tag} 缺少 {path}，或不是整数")
    return value


def required_text(node: etree._Element, path: str) -> str:
    """Raises: Unreadable."""
    value = text(node, path)
    if not value:
        raise Unreadable(f"{node.tag} 缺少 {path}")
    return value


def required_part(node: etree._Element, path: str) -> etree._Element:
    """A child that holds others. Raises: Unreadable."""
    found = node.find(path)
    if found is None:
        raise Unreadable(f"{node.tag} 缺少 {path}")
    return found


def moment(node: etree._Element, path: str) -> datetime | None:
    """A time of the bureau (Asia/Shanghai), aware; None where it is missing or in no known form."""
    return moment_of(text(node, path))


def moment_of(value: str) -> datetime | None:
    """What a text says as a time; see `moment`."""
    if _USUAL_TIME.fullmatch(value):
        # Nearly all are written so, and trying every form costs as much as the rest of a record.
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        return found.replace(tzinfo=CHINA) if found.year in _YEARS else None
    value = value.replace("T", " ")
    for form in _TIME_FORMATS:
        try:
            found = datetime.strptime(value, form)
        except ValueError:
            continue
        return found.replace(tzinfo=CHINA) if found.year in _YEARS else None
    return None


def numbers(node: etree._Element, path: str) -> tuple[int, ...]:
    """All whole numbers at a path below the element."""
    found = (_whole(text_of(child).strip()) for child in node.findall(path))
    return tuple(value for value in found if value is not None)


def children(node: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Children of one tag."""
    yield from node.iterfind(tag)
