"""What is wrong with a draft, what is still missing, and what its writer should look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from filing.choices import INDIVIDUAL_NATURE, Severity
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
    """Read a draft as if it were submitted now. The rules speak only once the shape is right, as at submission."""
    clean, problems = read_content(operation, content, StoredImages())
    found = Findings()
    if not problems:
        findings = check(operation, clean, Context(images=facts_of(clean)))
        problems = _problems(findings, Severity.BLOCK)
        found.heed = _problems(findings, Severity.WARN)
    if problems:
        problems += _needed_by_rules(content, {each.path for each in problems})
    for problem in problems:
        nothing_there = value_at(content, problem.path) in (None, "", [], {})
        (found.gaps if nothing_there else found.wrong).append(problem)
    return found


def _needed_by_rules(content: Document, known: set[str]) -> list[Problem]:
    """What the rules will miss once the shape is right: told with the first gaps, not after they are closed.

    Codes 1014, 1010, 1031, 1044: nature, and for units the name and office phone of the responsible person.
    """
    subject = content.get("subject", {})
    wanted = [("subject.nature", "单位性质")]
    if subject.get("nature") != INDIVIDUAL_NATURE:
        wanted += [("subject.responsible.name", "姓名"), ("subject.responsible.office_phone", "办公室电话")]
        for place in range(len(content.get("websites", []))):
            wanted.append((f"websites[{place}].responsible.office_phone", "办公室电话"))
    return [
        Problem(path, label, "补填此项")
        for path, label in wanted
        if path not in known and value_at(content, path) is None
    ]


def _problems(findings: list[Finding], severity: Severity) -> list[Problem]:
    return problems_of([each for each in findings if each.severity == severity])
