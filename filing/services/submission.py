"""What other packages want done before a request is submitted for review: they add their checks, filing asks them.

`filing` must not know those packages; they register when they are loaded (AppConfig.ready).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from filing.documents.shape import Problem
from filing.models import Request
from filing.services.errors import RecordInvalid

Check = Callable[[Request, dict[str, Any]], Sequence[Problem]]


@dataclass(frozen=True)
class _Registered:
    check: Check
    page: str


_checks: dict[str, _Registered] = {}


class NotYetSubmittable(RecordInvalid):
    """The content is right, but something must be done first. Field: `page`, the name of the address (of one request)
    where that is done."""

    def __init__(self, problems: Sequence[Problem], page: str) -> None:
        super().__init__(problems)
        self.page = page


def add_check(name: str, check: Check, *, page: str) -> None:
    """Have a check asked before each submission; again under the same name, it takes the other's place."""
    _checks[name] = _Registered(check, page)


def must_be_submittable(request: Request, content: dict[str, Any]) -> None:
    """Ask all checks. Raises: NotYetSubmittable with what the first that objects says."""
    for each in _checks.values():
        if problems := each.check(request, content):
            raise NotYetSubmittable(problems, each.page)
