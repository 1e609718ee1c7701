"""What is wrong with a draft, what is still missing, and what its writer should look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from filing.choices import Severity
from filing.documents.operations import read_content
from filing.documents.paths import value_at
from filing.documents.shape import Problem
from filing.models import Request
from filing.rules import Context, Finding, check
from filing.services.attachments import StoredImages, facts_of
from filing.services.changing import problem_of_nothing
from filing.services.contexts import contexts_of
from filing.services.errors import problems_of
from filing.services.holdings import fill_bureau_ids
from filing.services.revisions import password_missing

Document = dict[str, Any]


@dataclass
class Findings:
    """Shape: `wrong` stands there and must change, `gaps` are not filled in yet, `heed` stops nothing."""

    wrong: list[Problem] = field(default_factory=list)
    gaps: list[Problem] = field(default_factory=list)
    heed: list[Problem] = field(default_factory=list)

    @property
    def may_be_submitted(self) -> bool:
        return not (self.wrong or self.gaps)


def look_through(operation: str, content: Document, filing: Request | None = None) -> Findings:
    """Read a draft as if it were submitted now. The rules speak of what is there already, however much is missing.

    `filing`: the request that the draft belongs to, where there is one: then also what is filed here is asked.
    """
    clean, problems = read_content(operation, content, StoredImages())
    if filing is not None and not problems:
        problems = fill_bureau_ids(operation, clean, filing.isp_id)
    context = contexts_of([(filing, clean)])[0] if filing else Context(images=facts_of(clean))
    findings = check(operation, clean, context)
    known = {each.path for each in problems}
    problems += [each for each in _problems(findings, Severity.BLOCK) if each.path not in known]
    found = Findings(heed=[each for each in _problems(findings, Severity.WARN) if each.path not in known])
    for problem in problems:
        nothing_there = value_at(content, problem.path) in (None, "", [], {})
        (found.gaps if nothing_there else found.wrong).append(problem)
    if filing is not None:
        found.gaps += password_missing(filing)
        if found.may_be_submitted and (nothing := problem_of_nothing(filing, clean)):
            found.gaps.append(nothing)
    return found


def _problems(findings: list[Finding], severity: Severity) -> list[Problem]:
    return problems_of([each for each in findings if each.severity == severity])
