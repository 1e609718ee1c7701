"""A path of a document in the words of the form: websites[0].domains[1].name → 网站 1 · 域名 2."""

from __future__ import annotations

import re
from typing import Any

from filing.documents.operations import shape_of
from filing.documents.shape import Block, ListOf, Shape

_STEP = re.compile(r"([^.\[\]]+)((?:\[\d+\])*)")
_ONE_STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")


def words(operation: str, path: str) -> str:
    """Shape: labels joined with " · "; list items carry their 1-based place. Unknown steps are shown as they are."""
    shape: Shape | None = shape_of(operation)
    said: list[str] = []
    for name, places in _STEP.findall(path):
        shape = shape.fields.get(name) if isinstance(shape, Block) else None
        label = shape.label if shape else name
        for place in re.findall(r"\d+", places):
            shape = shape.item if isinstance(shape, ListOf) else None
            label = f"{label} {int(place) + 1}"
        said.append(label)
    # "域名 2 · 域名" says it twice: the block's own name is enough where its only field has the same
    if len(said) > 1 and said[-2].split(" ")[0] == said[-1]:
        said.pop()
    return " · ".join(said)


def without_repeats(words: str) -> str:
    """主体 · 主体负责人 · 姓名 says 主体 twice: a step that begins the next one is left out."""
    steps = words.split(" · ")
    return " · ".join(
        step
        for step, following in zip(steps, [*steps[1:], ""], strict=True)
        if not following.startswith(step)
    )


def steps_of(path: str) -> list[str | int]:
    """The steps of a path: websites[0].name gives websites, 0, name."""
    return [int(place) if place else name for name, place in _ONE_STEP.findall(path)]


def value_at(content: dict[str, Any], path: str) -> Any:
    """What stands at a path of a document, or None."""
    found: Any = content
    for step in steps_of(path):
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return None
    return found
