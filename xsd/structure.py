"""What exactly is wrong with a document that the compiled schema refused.

libxml2 is the judge: it says whether a document is valid. But it stops at the first wrong child of an element
and leaves the rest of that element unread, and it tells bounds in English prose. So a refused document is
walked once more beside the declared tree, and every finding comes with its numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from .model import Element

_INTEGERS = {
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "integer": (None, None),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "positiveInteger": (1, None),
    "nonNegativeInteger": (0, None),
}
_INTEGER = re.compile(r"[+-]?[0-9]+")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Finding:
    """One fault.

    `node` is the element at fault; for what is missing, its parent. `tag` names the element or attribute that
    is meant, `declared` what the schema says of it, if anything; `others` are the elements that might stand
    there instead.
    Units: `limit` and `actual` are characters, values or counts, as the rule has it.
    """

    node: etree._Element
    tag: str
    rule: str
    declared: Element | None = None
    limit: int | None = None
    actual: int | None = None
    others: tuple[Element, ...] = ()

    @property
    def is_structural(self) -> bool:
        """Whether it concerns the children of an element, not a value."""
        return self.rule in ("missing", "unexpected", "too_many", "wrong_order", "choice")


def find(node: etree._Element, declared: Element) -> Iterator[Finding]:
    """Every fault of an element and all below it, in the order of the document.

    What the declared tree cannot say exactly is passed over; the judge's own words must serve there.
    """
    yield from _attributes(node, declared)
    if not declared.group:
        yield from _value(node, declared)
        return
    children = [child for child in node if isinstance(child.tag, str)]
    faults = list(_children(node, children, declared)) if declared.is_exact else []
    yield from (fault for fault in faults if fault.node is node)
    at_child = {fault.node: fault for fault in faults if fault.node is not node}
    for child in children:
        if child in at_child:
            yield at_child[child]
        known = declared.child(str(child.tag))
        if known is not None:
            yield from find(child, known)


def text_of(node: etree._Element) -> str:
    """The text directly in an element, with comments passed over."""
    return (node.text or "") + "".join(child.tail or "" for child in node)


def _attributes(node: etree._Element, declared: Element) -> Iterator[Finding]:
    for name in declared.required_attributes:
        if name not in node.attrib:
            yield Finding(node, name, "missing_attribute", declared)
    if declared.base == "anyType":
        return
    for key in node.attrib:
        attribute = str(key)
        if attribute not in declared.attributes and not attribute.startswith(_XSI):
            yield Finding(node, attribute, "unexpected_attribute", declared)


def _children(node: etree._Element, children: list[etree._Element], declared: Element) -> Iterator[Finding]:
    if text_of(node).strip():
        yield Finding(node, declared.tag, "text_not_allowed", declared)
    counts = Counter(str(child.tag) for child in children)
    if declared.group == "choice":
        yield from _choice(node, children, declared)
    else:
        for expected in declared.children:
            if counts[expected.tag] < expected.min_occurs:
                few = counts[expected.tag] or None
                yield Finding(node, expected.tag, "missing", expected, expected.min_occurs, few)
    order = {expected.tag: index for index, expected in enumerate(declared.children)}
    seen: Counter[str] = Counter()
    furthest = -1
    for child in children:
        tag = str(child.tag)
        known = declared.child(tag)
        seen[tag] += 1
        if known is None:
            yield Finding(child, tag, "unexpected", None, others=declared.children)
        elif known.max_occurs is not None and seen[tag] == known.max_occurs + 1:
            yield Finding(child, tag, "too_many", known, known.max_occurs, counts[tag])
        elif declared.group == "sequence" and order[tag] < furthest:
            yield Finding(child, tag, "wrong_order", known, others=(declared.children[furthest],))
        if known is not None:
            furthest = max(furthest, order[tag])


def _choice(node: etree._Element, children: list[etree._Element], declared: Element) -> Iterator[Finding]:
    known = [child for child in children if declared.child(str(child.tag)) is not None]
    if not known and all(expected.min_occurs for expected in declared.children):
        yield Finding(node, declared.tag, "missing", declared, others=declared.children)
    for child in known[1:]:
        if child.tag != known[0].tag:
            yield Finding(
                child, str(child.tag), "choice", declared.child(str(child.tag)), others=declared.children
            )
            return


def _value(node: etree._Element, declared: Element) -> Iterator[Finding]:
    if declared.base == "anyType":
        return
    for child in node:
        if isinstance(child.tag, str):
            yield Finding(child, str(child.tag), "unexpected", None)
            return
    text = text_of(node)
    if declared.base in _INTEGERS:
        yield from _number(node, declared, " ".join(text.split()))
    elif declared.base == "base64Binary":
        if not _BASE64.fullmatch("".join(text.split())):
            yield Finding(node, declared.tag, "not_base64", declared, actual=len(text))
    elif declared.base == "string":
        is_collapsed = declared.facets.get("whiteSpace") == "collapse"
        yield from _length(node, declared, len(" ".join(text.split()) if is_collapsed else text))


def _number(node: etree._Element, declared: Element, text: str) -> Iterator[Finding]:
    if not text:
        yield Finding(node, declared.tag, "empty", declared, actual=0)
        return
    # Twenty digits are beyond every type here; more would only cost time to read.
    if not _INTEGER.fullmatch(text):
        yield Finding(node, declared.tag, "not_a_number", declared)
        return
    if len(text) > 40:
        yield Finding(node, declared.tag, "too_large", declared, _highest(declared))
        return
    value = int(text)
    low, high = _lowest(declared), _highest(declared)
    if low is not None and value < low:
        yield Finding(node, declared.tag, "too_small", declared, low, value)
    elif high is not None and value > high:
        yield Finding(node, declared.tag, "too_large", declared, high, value)


def _lowest(declared: Element) -> int | None:
    if "minInclusive" in declared.facets:
        return int(declared.facets["minInclusive"])
    if "minExclusive" in declared.facets:
        return int(declared.facets["minExclusive"]) + 1
    return _INTEGERS[declared.base][0]


def _highest(declared: Element) -> int | None:
    if "maxInclusive" in declared.facets:
        return int(declared.facets["maxInclusive"])
    if "maxExclusive" in declared.facets:
        return int(declared.facets["maxExclusive"]) - 1
    return _INTEGERS[declared.base][1]


def _length(node: etree._Element, declared: Element, length: int) -> Iterator[Finding]:
    low = int(declared.facets.get("minLength", declared.facets.get("length", "0")))
    high = declared.facets.get("maxLength", declared.facets.get("length"))
    if length == 0 < low:
        yield Finding(node, declared.tag, "empty", declared, low, 0)
    elif length < low:
        yield Finding(node, declared.tag, "too_short", declared, low, length)
    elif high is not None and length > int(high):
        yield Finding(node, declared.tag, "too_long", declared, int(high), length)
