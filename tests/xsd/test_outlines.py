"""Every element of every document against `outlines/`: the interface's own tables, one line for each element.

`name[occurs] {group}` or `name[occurs] : type bounds`; no occurs is exactly one. Whoever changes a bound by accident
sees here which one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import xsd
from xsd import Element, Kind


def _lines(element: Element, depth: int = 0) -> Iterator[str]:
    most = "*" if element.max_occurs is None else str(element.max_occurs)
    is_one = (element.min_occurs, most) == (1, "1")
    head = "  " * depth + element.tag + ("" if is_one else f"[{element.min_occurs}..{most}]")
    if not element.group:
        yield f"{head} : {_type(element)}"
        return
    yield f"{head} {{{element.group}}}"
    for child in element.children:
        yield from _lines(child, depth + 1)
    for attribute in element.attributes:
        use = "required" if attribute in element.required_attributes else ""
        yield "  " * (depth + 1) + f"@{attribute} : string {use}"


def _type(element: Element) -> str:
    facets = dict(element.facets)
    base = "any" if element.base == "anyType" else element.base
    if not facets:
        return base
    if "length" in facets:
        return f"{base} length={facets['length']}"
    if base == "long":
        above = f" <{facets['maxExclusive']}" if "maxExclusive" in facets else ""
        return f"{base} {facets.get('minInclusive', '')}..{facets.get('maxInclusive', '')}{above}"
    return f"{base} {facets.get('minLength', 0)}..{facets.get('maxLength', '')}"


@pytest.mark.parametrize("kind", list(Kind))
def test_it_agrees_with_the_interface_in_every_line(kind: Kind) -> None:
    outline = (Path(__file__).parent / "outlines" / f"{kind.value}.txt").read_text(encoding="utf-8")
    assert list(_lines(xsd.model(kind))) == outline.splitlines()
