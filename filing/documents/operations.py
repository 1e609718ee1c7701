"""What each operation carries, and reading a document of it.

To add an operation is to add its fields to `blocks.OPERATIONS` (and a builder under reporting/builders/).
"""

from __future__ import annotations

from typing import Any

from filing.choices import Operation
from filing.documents import blocks
from filing.documents.shape import Block, Images, ListOf, Problem, Reading, Shape

SHAPES = blocks.OPERATIONS

OWN_ID_KEY = "own_id"


class UnknownOperation(Exception):
    """An operation that the contract does not know. The text is Chinese."""


def shape_of(operation: str) -> Block:
    """The block of an operation. Raises: UnknownOperation."""
    if operation in SHAPES:
        return SHAPES[operation]
    raise UnknownOperation(f"不认识的业务“{str(operation)[:40]}”，只受理：{_known()}")


def _known() -> str:
    return "、".join(f"{Operation(each).label}（{each}）" for each in SHAPES)


def read_content(
    operation: str, value: dict[str, Any], images: Images, *, path: str = "", complete: bool = True
) -> tuple[dict[str, Any], list[Problem]]:
    """Read a document of an operation.

    Shape: `value` is the request's JSON without ref, operation, isp_id, remarks and icp_password; the clean document is
    returned beside the problems, whose paths begin with `path`. With `complete` False gaps are no problems (a draft).
    Raises: UnknownOperation.
    """
    reading = Reading(images=images, complete=complete)
    clean = shape_of(operation).read(value, path, reading)
    return (clean if isinstance(clean, dict) else {}), reading.problems


def own_ids_given(value: Any, path: str = "") -> list[str]:
    """Paths of `own_id` keys in JSON from outside: our numbers are given by us alone."""
    found: list[str] = []
    if isinstance(value, dict):
        for key, each in value.items():
            here = f"{path}.{key}" if path else str(key)
            found += [here] if key == OWN_ID_KEY else own_ids_given(each, here)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            found += own_ids_given(each, f"{path}[{index}]")
    return found


def field_at(operation: str, path: str) -> Shape | None:
    """The shape that a path such as `websites[0].domains[1].name` points at, or None."""
    shape: Shape | None = shape_of(operation)
    for step in path.replace("[", ".[").split("."):
        if isinstance(shape, ListOf) and step.startswith("["):
            shape = shape.item
        elif isinstance(shape, Block) and step:
            shape = shape.fields.get(step)
        elif step:
            return None
    return shape
