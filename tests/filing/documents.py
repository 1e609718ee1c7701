"""Reading documents in tests without a store of images behind them."""

from __future__ import annotations

import re
from typing import Any

from filing.documents.shape import BadImage
from tests import factories


class AnyImages:
    """Takes every text for an image, so that a test is about the other fields; "none" is none."""

    def take(self, value: str, *, jpeg_only: bool) -> str:
        if value == "none":
            raise BadImage("不是图片")
        return value


def steps_of(path: str) -> list[Any]:
    return [int(step) if step.isdigit() else step for step in re.findall(r"[a-z_]+|\d+", path)]


def with_value(path: str, value: Any) -> dict[str, Any]:
    """A whole filing with another value at one place; "absent" takes the field away."""
    document = factories.full_filing()
    *way, last = steps_of(path)
    target: Any = document
    for step in way:
        target = target[step]
    if isinstance(value, str) and value == "absent":
        del target[last]
    else:
        target[last] = value
    return document
