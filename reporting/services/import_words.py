"""Places in a handed-over record in words: Wz_xx[1]/Ym_xx[2]/Ym is 网站信息 1 · 域名信息 2 · 域名."""

from __future__ import annotations

import re
from functools import cache

import xsd
from xsd import Kind

_STEP = re.compile(r"([^\[/]+)(?:\[(\d+)\])?")
_ROOT = ("ICP", "BASJ", "Baxx")


@cache
def label_of(place: str) -> str:
    """The labels of the schema along a place; what it does not have keeps its tag. The whole record is 整条."""
    if not place:
        return "整条"
    element = xsd.model(Kind.DOWNLOAD)
    for step in _ROOT:
        element = element.child(step) or element
    words = []
    known: xsd.Element | None = element
    for tag, number in _STEP.findall(place):
        known = known.child(tag) if known is not None else None
        label = known.label.split("，")[0].split("。")[0] if known is not None and known.label else tag
        words.append(f"{label[:24]} {number}".strip())
    return " · ".join(words)
