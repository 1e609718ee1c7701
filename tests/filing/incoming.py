"""Requests on their way in, for tests of the intake."""

from __future__ import annotations

import copy
from typing import Any

from filing.models import Attachment, Request, RequestEvent, Revision
from filing.services.intake import Row, import_requests
from tests import factories


def take(*items: Any, ready: bool = False, correct: bool = False) -> list[Row]:
    return import_requests(copy.deepcopy(list(items)), ready=ready, correct=correct)


def said(row: Row) -> dict[str, str]:
    """What is said of a row, by path."""
    return {each.path: each.message for each in row.problems}


def rows() -> list[int]:
    """How much there is of everything that an import may write."""
    return [each.objects.count() for each in (Request, Revision, RequestEvent, Attachment)]


def changed(path: str, value: Any, **envelope: Any) -> dict[str, Any]:
    """A whole request with the ref "x" and another value at one place."""
    item: dict[str, Any] = factories.item("x", factories.full_filing(), **envelope)
    *way, last = path.split(".")
    target: Any = item
    for step in way:
        target = target[int(step)] if step.isdigit() else target[step]
    target[last] = value
    return item
