"""A difference in one line, for a row of a list: 域名 +1、网站负责人手机号码 改. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from filing.documents.difference import pairs
from filing.documents.operations import OWN_ID_KEY, shape_of
from filing.documents.shape import Block, ListOf, Shape

Document = dict[str, Any]

MATERIAL = "材料"
_CHANGED = "改"
_NO_CONTENT = (OWN_ID_KEY, "bureau_id")


@dataclass
class Tally:
    """Records that came and went, by their label, and fields that changed. In the order of the form."""

    added: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    def words(self) -> list[str]:
        """Shape: one text for each kind of record or field; empty where nothing differs."""
        said = []
        for label in dict.fromkeys([*self.added, *self.removed]):
            plus, minus = self.added.get(label), self.removed.get(label)
            said.append(
                " ".join(filter(None, (label, f"+{plus}" if plus else "", f"−{minus}" if minus else "")))
            )
        return said + [f"{label} {_CHANGED}" for label in dict.fromkeys(self.changed)]


def tally(operation: str, old: Document, new: Document) -> Tally:
    """Count what differs between two documents of an operation. Raises: UnknownOperation."""
    found = Tally()
    _count(shape_of(operation), old, new, "", found)
    return found


def sizes(operation: str, content: Document) -> dict[str, int]:
    """How many records of each kind a document holds, by label: 网站 1, 域名 3, IP 段 2."""
    found: dict[str, int] = {}
    for label in _records(shape_of(operation), content):
        found[label] = found.get(label, 0) + 1
    return found


def _records(shape: Shape, value: Any) -> Iterator[str]:
    if isinstance(shape, Block) and isinstance(value, dict):
        for name, each in shape.fields.items():
            yield from _records(each, value.get(name))
    elif isinstance(shape, ListOf) and isinstance(shape.item, Block):
        for each in value or []:
            yield _record_label(shape)
            yield from _records(shape.item, each)


def _record_label(shape: ListOf) -> str:
    return MATERIAL if isinstance(shape.item, Block) and "purpose" in shape.item.fields else shape.label


def _count(shape: Shape, old: Any, new: Any, label: str, found: Tally) -> None:
    if old == new:
        return
    if isinstance(shape, Block):
        if "province" in shape.fields and "city" in shape.fields and "detail" in shape.fields:
            found.changed.append(shape.label)
            return
        is_person = {"mobile", "email"} <= set(shape.fields)
        for name, each in shape.fields.items():
            if name not in _NO_CONTENT:
                words = f"{shape.label}{each.label}" if is_person else each.label
                _count(each, (old or {}).get(name), (new or {}).get(name), words, found)
    elif isinstance(shape, ListOf) and isinstance(shape.item, Block):
        _count_records(shape, old or [], new or [], found)
    else:
        found.changed.append(label)


def _count_records(shape: ListOf, old: list[Any], new: list[Any], found: Tally) -> None:
    label = _record_label(shape)
    for before, after in pairs(old, new):
        if before is None:
            found.added[label] = found.added.get(label, 0) + 1
        elif after is None:
            found.removed[label] = found.removed.get(label, 0) + 1
        elif label == MATERIAL:
            if before[1] != after[1]:
                found.changed.append(label)
        else:
            _count(shape.item, before[1], after[1], label, found)
