"""What is wrong with a draft, what is still missing, and what its writer should look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from filing.choices import Severity
from filing.documents.operations import read_content
from filing.documents.shape import Problem
from filing.forms.bound import value_at
from filing.forms.typed import Document
from filing.rules import Context, Finding, check
from filing.services.attachments import StoredImages, facts_of
from filing.services.errors import problems_of


@dataclass
class Findings:
    """Shape: `wrong` stands there and must change, `gaps` are not filled in yet, `heed` stops nothing."""

    wrong: list[Problem] = field(default_factory=list)
    gaps: list[Problem] = field(default_factory=list)
    heed: list[Problem] = field(default_factory=list)

    @property
    def may_be_submitted(self) -> bool:
        return not (self.wrong or self.gaps)


def look_through(operation: str, content: Document) -> Findings:
    """Read a draft as if it were submitted now. The rules speak of what is there already, however much is missing."""
    clean, problems = read_content(operation, content, StoredImages())
    findings = check(operation, clean, Context(images=facts_of(clean)))
    known = {each.path for each in problems}
    problems += [each for each in _problems(findings, Severity.BLOCK) if each.path not in known]
    found = Findings(heed=[each for each in _problems(findings, Severity.WARN) if each.path not in known])
    for problem in problems:
        nothing_there = value_at(content, problem.path) in (None, "", [], {})
        (found.gaps if nothing_there else found.wrong).append(problem)
    return found


def _problems(findings: list[Finding], severity: Severity) -> list[Problem]:
    return problems_of([each for each in findings if each.severity == severity])
