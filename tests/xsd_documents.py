"""Random documents made from what a schema declares; valid ones, and ones with damage of the kinds that occur.

Everything comes from one `random.Random`: a seed names a document for ever.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from lxml import etree

from xsd import Element

MOST_OF_ONE = 3
MOST_CHARACTERS = 40
_TIMES = ("2026-11-24 09:30:00", "2026-11-24", "2025-02-28 23:59:59.0")
_LETTERS = "示例站长海淀科技有限公司甲乙丙丁〇镕𠮷㊣ABCxyz0189.-_/;@&<>\"' （）"
_IDEOGRAPHS = "虚构示例"


def random_document(
    declared: Element, rng: random.Random, *, through: Sequence[str] = (), damage: float = 0.0
) -> etree._Element:
    """A document of this root. `through`: tags below the root that it must lead through.

    `damage` is the chance of each element to be left out, doubled, misspelt, to hold a wrong value or another element;
    without it the document is valid.
    """
    return _element(declared, rng, list(through), damage)


def _element(declared: Element, rng: random.Random, way: list[str], damage: float) -> etree._Element:
    node = etree.Element(declared.tag)
    for attribute in declared.required_attributes:
        node.set(attribute, "V.3.0")
    if not declared.group:
        node.text = _damaged_value(declared, rng) if rng.random() < damage else _value(declared, rng)
        return node
    for child in _chosen(declared, rng, way):
        on_the_way = bool(way) and child.tag == way[0]
        for _ in range(_count(child, rng, on_the_way)):
            below = way[1:] if on_the_way else []
            if rng.random() >= damage or on_the_way:
                node.append(_element(child, rng, below, damage))
            else:
                _spoil(node, child, rng, damage)
    if declared.group == "all" and rng.random() < 0.5:
        node[:] = rng.sample(list(node), len(node))
    return node


def _chosen(declared: Element, rng: random.Random, way: list[str]) -> Sequence[Element]:
    if declared.group != "choice":
        return declared.children
    wanted = [child for child in declared.children if way and child.tag == way[0]]
    return wanted or [rng.choice(declared.children)]


def _count(child: Element, rng: random.Random, on_the_way: bool) -> int:
    least = max(child.min_occurs, 1) if on_the_way else child.min_occurs
    most = min(child.max_occurs or least + MOST_OF_ONE, least + MOST_OF_ONE)
    if most > 1:
        return rng.randint(least, most)
    return least if least == most else rng.randint(least, most)


def _spoil(node: etree._Element, child: Element, rng: random.Random, damage: float) -> None:
    match rng.randrange(4):
        case 0:
            pass  # left out
        case 1:
            for _ in range(2):
                node.append(_element(child, rng, [], damage))
        case 2:
            etree.SubElement(node, f"{child.tag}X").text = "?"
        case 3:
            spoilt = etree.SubElement(node, child.tag)
            spoilt.text = " "
            etree.SubElement(spoilt, "Foo").append(etree.Comment("?"))


def _value(declared: Element, rng: random.Random) -> str:
    facets = declared.facets
    if declared.base == "base64Binary":
        return "QUJDRA=="
    if declared.base == "string":
        least = int(facets.get("minLength", "0"))
        most = max(least, min(int(facets.get("maxLength", MOST_CHARACTERS)), MOST_CHARACTERS))
        if (least, most) == (10, 22):
            return rng.choice(_TIMES)
        inside = "".join(rng.choice(_LETTERS) for _ in range(rng.randint(least, most)))
        # Blanks at the ends count for the schema and not for us.
        return inside.strip().ljust(least, _IDEOGRAPHS[0])
    if declared.base == "anyType":
        return "示例"
    low = int(facets.get("minInclusive", "0"))
    high = int(facets.get("maxInclusive", max(low, 2**40)))
    return str(rng.choice([low, high, rng.randint(low, high), min(high, low + rng.randrange(9))]))


def _damaged_value(declared: Element, rng: random.Random) -> str:
    return rng.choice(
        [
            "",
            " ",
            "0",
            "-1",
            "35",
            "12.5",
            "二",
            "9" * 18,
            "9" * 25,
            "4294967296",
            "0001-01-01 00:00:00",
            "2026-02-30",
            "�" * 3,
            "长" * 3000,
            "https://示例..cn/ ?",
            "&amp;<a>",
        ]
    )
