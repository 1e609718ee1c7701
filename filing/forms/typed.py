"""What a person typed, as it was typed: texts in the shape of the document.

A tree of dicts, lists and texts, driven by the shapes of filing/documents/blocks.py. A list of domains or ranges is
one text of lines; a list of codes or images is a list of texts; everything else is a text. It can be kept in a
session, shown again as it is, and turned into a document.

Names of fields join the steps with "-": `websites-0-accesses-0-methods`. The step of a list item is any short word:
blocks stand in the order in which they were posted, and are numbered anew from 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.datastructures import MultiValueDict

from filing.documents.shape import MISSING, Block, ListOf, Number, Problem, Shape
from filing.identifiers import half_width
from filing.identifiers.lines import entries, read_domains, read_ranges, write_domains, write_ranges

Typed = dict[str, Any]
Document = dict[str, Any]

KEY = r"[0-9a-z]{1,16}"
"""The step of a list item in a name."""
MOST_STEPS = 8
"""No name of the form has more."""


Posted = MultiValueDict[str, str]
"""What a browser sent: a QueryDict."""


def is_lines(shape: Shape) -> bool:
    """Whether a list is typed as lines of one text."""
    return is_domains(shape) or is_ranges(shape)


def is_domains(shape: Shape) -> bool:
    return isinstance(shape, ListOf) and _content_of(shape.item) == {"name"}


def is_ranges(shape: Shape) -> bool:
    return isinstance(shape, ListOf) and _content_of(shape.item) == {"start", "end"}


def _content_of(shape: Shape) -> set[str]:
    """The fields of a block besides the numbers by which either side knows it."""
    return set(shape.fields) - {"own_id", "bureau_id"} if isinstance(shape, Block) else set()


def is_blocks(shape: Shape) -> bool:
    """Whether a list is a number of blocks with fields of their own."""
    return isinstance(shape, ListOf) and isinstance(shape.item, Block) and not is_lines(shape)


@dataclass
class Node:
    """What was posted under one step of the names: texts of its own, and what lies below it, in the order it came."""

    texts: list[str] = field(default_factory=list)
    below: dict[str, Node] = field(default_factory=dict)

    def at(self, *steps: str) -> Node:
        found = self
        for step in steps:
            found = found.below.get(step) or Node()
        return found

    def item_keys(self) -> list[str]:
        """The steps of the items of a list, in the order in which they were posted."""
        return [step for step in self.below if re.fullmatch(KEY, step)]


def tree_of(posted: Posted) -> Node:
    """What was posted as a tree by the steps of its names; each name is looked at once, however many there are."""
    root = Node()
    for name in posted:
        node, steps = root, name.split("-")
        if len(steps) > MOST_STEPS:
            continue
        for step in steps:
            node = node.below.setdefault(step, Node())
        node.texts = posted.getlist(name)
    return root


def clean_text(value: Any) -> str:
    """A posted text with one spelling of line ends. NUL cannot be typed, and no database column takes it."""
    return str(value or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


# --- posted -> typed ------------------------------------------------------------------------------


def from_post(shape: Shape, node: Node) -> Any:
    """What was posted for a shape. Total: whatever is missing is empty."""
    if isinstance(shape, Block):
        return {key: from_post(sub, node.at(key)) for key, sub in shape.fields.items()}
    if isinstance(shape, ListOf) and is_blocks(shape):
        return [from_post(shape.item, node.at(key)) for key in node.item_keys()]
    if isinstance(shape, ListOf) and not is_lines(shape):
        return [clean_text(each) for each in node.texts if each]
    return clean_text(node.texts[-1]) if node.texts else ""


# --- document -> typed ----------------------------------------------------------------------------


def from_document(shape: Shape, value: Any) -> Any:
    """A value of a document as the form shows it; MISSING and None give an empty one."""
    known = None if value is MISSING else value
    if isinstance(shape, Block):
        record = known if isinstance(known, Mapping) else {}
        return {key: from_document(sub, record.get(key)) for key, sub in shape.fields.items()}
    if isinstance(shape, ListOf):
        items = known if isinstance(known, list) else []
        if is_domains(shape):
            return write_domains(items)
        if is_ranges(shape):
            return write_ranges(items)
        return [from_document(shape.item, each) for each in items]
    return "" if known is None else str(known)


# --- typed -> document ----------------------------------------------------------------------------


def to_document(shape: Shape, typed: Any, path: str, problems: list[Problem]) -> Any:
    """What `documents.operations.read_content` reads; MISSING where nothing was typed.

    `problems` gets what a document cannot hold and is therefore left out: a text where a number belongs.
    """
    if isinstance(shape, Block):
        found = {
            key: to_document(sub, typed.get(key), f"{path}.{key}" if path else key, problems)
            for key, sub in shape.fields.items()
        }
        return {key: value for key, value in found.items() if value is not MISSING}
    if isinstance(shape, ListOf):
        return _list(shape, typed, path, problems)
    if isinstance(shape, Number):
        return _number(str(typed or ""), shape, path, problems)
    return typed if isinstance(typed, str) and typed.strip() else MISSING


def _list(shape: ListOf, typed: Any, path: str, problems: list[Problem]) -> Any:
    found: list[Any]
    if is_domains(shape):
        found = read_domains(typed or "").records
    elif is_ranges(shape):
        found, too_long = read_ranges(typed or "")
        problems += [Problem(path, shape.label, f"“{each[:40]}…”不是 IPv4 地址") for each in too_long]
    elif is_blocks(shape):
        found = [
            to_document(shape.item, each, f"{path}[{i}]", problems) for i, each in enumerate(typed or [])
        ]
    elif isinstance(shape.item, Number):
        texts = dict.fromkeys(part for each in typed or [] for part in entries(each))
        numbers = [_number(each, shape.item, path, problems) for each in texts]
        found = list(dict.fromkeys(each for each in numbers if each is not MISSING))
    else:
        found = [each for each in typed or [] if each]
    return found or MISSING


def _number(text: str, shape: Number, path: str, problems: list[Problem]) -> Any:
    plain = half_width(text)
    if not plain:
        return MISSING
    if not re.fullmatch(r"-?[0-9]{1,18}", plain):
        problems.append(Problem(path, shape.label, f"“{text[:40]}”不是代码，填数字"))
        return MISSING
    return int(plain)
