"""The registry of rules: code, severity, operations; the form, the review, the import and packing all ask it.

A rule is a generator over a document that yields `(path, message)` for each fault; the registry adds the rest. To add
one is to write one function under `@rule(...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from filing.choices import INDIVIDUAL_NATURE, Operation, Severity
from filing.documents import paths
from filing.services.attachments import ImageFacts

NEW, CHANGE = Operation.NEW_FILING, Operation.CHANGE
SUBJECTS = (NEW, CHANGE)
"""Operations that carry what staff say of a subject. A verification result repeats what is filed: nothing to refuse."""
WEBSITES = (NEW, Operation.NEW_WEBSITE, CHANGE)
ACCESSES = (*WEBSITES, Operation.NEW_ACCESS)
WITH_ATTACHMENTS = (*ACCESSES, Operation.SUBMIT_MATERIALS)

Document = dict[str, Any]
Fault = tuple[str, str]


@dataclass(frozen=True)
class Context:
    """What rules know besides the document: its images, and the filed subject that it is about, where held here."""

    images: Mapping[str, ImageFacts] = field(default_factory=dict)
    held_nature: int | None = None
    held_province: int | None = None
    held_cancelled: bool = False


@dataclass(frozen=True)
class Finding:
    """A fault found: the official code that the bureau would give, the place, what to do (Chinese)."""

    code: int
    severity: Severity
    path: str
    label: str
    message: str


@dataclass(frozen=True)
class Rule:
    code: int
    severity: Severity
    operations: frozenset[str]
    find: Callable[[Document, Context], Iterable[Fault]]


RULES: list[Rule] = []


def rule(
    code: int, *operations: Operation, severity: Severity = Severity.BLOCK
) -> Callable[
    [Callable[[Document, Context], Iterable[Fault]]], Callable[[Document, Context], Iterable[Fault]]
]:
    """Register a function as the rule for a result code and the operations it applies to."""

    def add(
        find: Callable[[Document, Context], Iterable[Fault]],
    ) -> Callable[[Document, Context], Iterable[Fault]]:
        RULES.append(Rule(code, severity, frozenset(operations), find))
        return find

    return add


def check(
    operation: str, content: Document, context: Context, *, only_blocking: bool = False
) -> list[Finding]:
    """All findings for a document, blocking ones first, then by place.

    The document has been read by its shape and may have gaps: a rule is silent about what is missing or unreadable.
    `only_blocking`: the rules that merely warn are not asked.
    """
    found = [
        Finding(each.code, each.severity, path, paths.words(operation, path), message)
        for each in RULES
        if operation in each.operations and not (only_blocking and each.severity != Severity.BLOCK)
        for path, message in each.find(content, context)
    ]
    return sorted(found, key=lambda finding: (finding.severity != Severity.BLOCK, finding.path, finding.code))


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop a request."""
    return [finding for finding in findings if finding.severity == Severity.BLOCK]


INDIVIDUAL_CERTIFICATES = frozenset({2, 7, 8, 11, 14, 30, 41, 42})
"""Papers that only a person has (ID card, passport, officer's card, permits); a licence may be a unit's or a person's."""


def is_unit(content: Document, context: Context) -> bool:
    """Whether the subject is a unit. An unstated nature is told by the paper; in doubt it is one, the stricter reading."""
    subject = content.get("subject", {})
    nature = subject.get("nature", context.held_nature)
    if nature is not None:
        return bool(nature != INDIVIDUAL_NATURE)
    return subject.get("certificate", {}).get("type") not in INDIVIDUAL_CERTIFICATES


def websites(content: Document) -> Iterator[tuple[str, Document]]:
    for index, website in enumerate(content.get("websites", [])):
        yield f"websites[{index}]", website


def accesses(content: Document) -> Iterator[tuple[str, Document]]:
    for path, website in websites(content):
        for index, access in enumerate(website.get("accesses", [])):
            yield f"{path}.accesses[{index}]", access
    if "access" in content:
        yield "access", content["access"]


def people(content: Document) -> Iterator[tuple[str, Document]]:
    if responsible := content.get("subject", {}).get("responsible"):
        yield "subject.responsible", responsible
    for path, website in websites(content):
        if responsible := website.get("responsible"):
            yield f"{path}.responsible", responsible
