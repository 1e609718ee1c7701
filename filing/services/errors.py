"""What services raise when a person must act: a type for each decision that the caller must make."""

from __future__ import annotations

from collections.abc import Sequence

from filing.documents.shape import Problem
from filing.rules import Finding


class RecordInvalid(Exception):
    """The content must be corrected before it can go on. Field: `problems` (path, label, message), never empty."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("；".join(str(each) for each in self.problems))


class StaleForm(Exception):
    """Somebody else saved the draft meanwhile; what was typed is not lost, the caller still has it."""


class NotAllowed(Exception):
    """The person may not do this to this request. The text says why, in Chinese."""


def problems_of(findings: Sequence[Finding]) -> list[Problem]:
    """Findings of rules as problems, the official code in front of the words."""
    return [Problem(each.path, each.label, f"{each.message}（代码 {each.code}）") for each in findings]
