"""Difference as difference: two documents of one operation, field by field.

Pure. Records are paired by their ids, so that one taken out does not make all behind it look changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from filing.documents import paths
from filing.documents.operations import OWN_ID_KEY, shape_of
from filing.documents.shape import Block, ListOf, Shape

Document = dict[str, Any]
Kind = Literal["same", "changed", "added", "removed"]


@dataclass(frozen=True)
class Line:
    """One field of two documents.

    `path` and `label` are those of the new document, for a removed field those of the old one. `old` and `new`
    are None where the field is not there. `shape` says how to show the values.
    """

    kind: Kind
    path: str
    label: str
    old: Any
    new: Any
    shape: Shape


def compare(operation: str, old: Document, new: Document) -> list[Line]:
    """Compare two documents of an operation.

    Shape: a line for each field that either has, unchanged ones too, in the order of the form; the fields of a
    record taken out follow those that stayed.
    Raises: UnknownOperation.
    """
    return [
        Line(_kind(before, after), path, paths.words(operation, path), before, after, shape)
        for path, shape, before, after in _walk(shape_of(operation), old, new, "", "")
    ]


def changes(operation: str, old: Document, new: Document) -> list[Line]:
    """Only what differs. Raises: UnknownOperation."""
    return [line for line in compare(operation, old, new) if line.kind != "same"]


def _kind(old: Any, new: Any) -> Kind:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    return "same" if old == new else "changed"


Step = tuple[str, Shape, Any, Any]


def _walk(shape: Shape, old: Any, new: Any, path: str, old_path: str) -> Iterator[Step]:
    if old is None and new is None:
        return
    if isinstance(shape, Block):
        for name, field in shape.fields.items():
            if name != OWN_ID_KEY:
                yield from _walk(
                    field, _get(old, name), _get(new, name), _under(path, name), _under(old_path, name)
                )
    elif isinstance(shape, ListOf) and isinstance(shape.item, Block):
        for before, after in pairs(old or [], new or []):
            yield from _walk(
                shape.item,
                before[1] if before else None,
                after[1] if after else None,
                f"{path}[{after[0]}]" if after else f"{old_path}[{before[0] if before else 0}]",
                f"{old_path}[{before[0]}]" if before else old_path,
            )
    else:
        yield path if new is not None else old_path, shape, old, new


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


Placed = tuple[int, Any]
_ID_KEYS = (OWN_ID_KEY, "bureau_id")


def pairs(old: list[Any], new: list[Any]) -> Iterator[tuple[Placed | None, Placed | None]]:
    """Pair records by an id (ours, the bureau's), then by equal content, then by place; the others are new or gone."""
    left = list(enumerate(old))
    found: dict[int, Placed] = {}
    for same in (_same_id, _same_content, _same_place):
        for place, record in enumerate(new):
            if place in found:
                continue
            partner = next((each for each in left if same(each, (place, record))), None)
            if partner is not None:
                found[place] = partner
                left.remove(partner)
    for place, record in enumerate(new):
        yield found.get(place), (place, record)
    for gone in left:
        yield gone, None


def _same_id(old: Placed, new: Placed) -> bool:
    return any(_get(new[1], key) is not None and _get(old[1], key) == _get(new[1], key) for key in _ID_KEYS)


def _same_content(old: Placed, new: Placed) -> bool:
    return bool(old[1] == new[1])


def _same_place(old: Placed, new: Placed) -> bool:
    # Two records with numbers of their own are two things, wherever they stand.
    return old[0] == new[0] and all(None in (_get(old[1], key), _get(new[1], key)) for key in _ID_KEYS)
