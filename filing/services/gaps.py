"""What a draft still lacks, for lists: cheap, so without the rules and without looking at the images."""

from __future__ import annotations

from typing import Any

from filing.documents.operations import read_content
from filing.documents.shape import Problem


class _AnyImage:
    """Takes every reference as it stands: whether the image is there is asked when the draft is submitted."""

    def take(self, value: str, *, jpeg_only: bool) -> str:
        return value


def gaps(operation: str, content: dict[str, Any]) -> list[Problem]:
    """Places that are missing or out of bounds. Empty does not yet mean that no rule objects.

    Raises: UnknownOperation.
    """
    _clean, problems = read_content(operation, content, _AnyImage())
    return problems
