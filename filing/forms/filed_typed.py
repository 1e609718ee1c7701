"""What is filed, beside each field of a change: as the form would show it, and in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from filing.choices import Operation
from filing.forms import translation
from filing.forms.bound import BoundField, Group
from filing.forms.typed import Document, Typed
from filing.identifiers.lines import entries
from filing.services import codes

NOTHING = ("没有填",)
_SETS = ("choices", "boxes")


def write(root: Group, filed: Document) -> None:
    """Give each shown field its filed value, and whether it says something else now."""
    typed = translation.from_document(Operation.CHANGE, filed)
    for node, value in _pairs(root, typed):
        node.filed = _entries(node, value)
        node.was = list(_words(node, node.filed)) or list(NOTHING)
        node.differs = set(node.filed) != set(_entries(node, node.value))


def _pairs(group: Group, typed: Typed) -> Iterator[tuple[BoundField, Any]]:
    """Each shown field of a group with the value that is filed. What is not filed yet has none."""
    for name, node in group.fields.items():
        if isinstance(node, Group):
            yield from _pairs(node, typed.get(name) or {})
        elif isinstance(node, list):
            for inner in node:
                if (record := _record(inner, typed.get(name) or [])) is not None:
                    yield from _pairs(inner, record)
        elif node.kind not in ("hidden", "image", "images") and name in typed:
            yield node, typed[name]


def _record(group: Group, records: list[Typed]) -> Typed | None:
    """The filed record that a block of the form is: by the bureau's id, else by its place."""
    own = group.fields.get("bureau_id")
    if isinstance(own, BoundField) and own.value:
        return next((each for each in records if each.get("bureau_id") == own.value), None)
    place = group.place - 1
    return records[place] if own is None and place < len(records) else None


def _entries(node: BoundField, value: Any) -> list[str]:
    """A value as single entries: order is no difference where several stand in one field."""
    if isinstance(value, list):
        return [str(each) for each in value if each]
    text = str(value or "").strip()
    if node.kind in _SETS or node.takes_lines:
        return entries(text)
    return [text] if text else []


def _words(node: BoundField, values: list[str]) -> Iterator[str]:
    labels = {each.value: each.label for each in node.options}
    for value in values:
        if value in labels:
            yield labels[value]
        elif node.kind == "region" and value.isdigit():
            yield codes.region_path(int(value)) or value
        else:
            yield value
