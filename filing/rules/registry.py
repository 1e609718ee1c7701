"""The registry of rules: code, severity, operations; the form, the review, the import and packing all ask it.

A rule is a generator over a document that yields `(path, message)` for each fault; the registry adds the rest. To add
one is to write one function under `@rule(...)` and its examples (tests/filing/rule_faults).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version as version_of_library
from pathlib import Path
from typing import Any

from filing.choices import INDIVIDUAL_NATURE, Operation, RuleSetting, Severity
from filing.documents import paths
from filing.result_codes import ResultCode, explain
from filing.rules.held import About, Held, Settings
from filing.services.attachments import ImageFacts

NEW, CHANGE = Operation.NEW_FILING, Operation.CHANGE
SUBJECTS = (NEW, CHANGE)
"""Operations that carry what staff say of a subject. A verification result repeats what is filed: nothing to refuse."""
WEBSITES = (NEW, Operation.NEW_WEBSITE, CHANGE)
ACCESSES = (*WEBSITES, Operation.NEW_ACCESS)
WITH_ATTACHMENTS = (*ACCESSES, Operation.SUBMIT_MATERIALS)

Document = dict[str, Any]
Fault = tuple[str, str]


REVIEWED = 1002
"""The code of what no check of the bureau finds but a reviewer refuses: the ministry's rules of content."""


@dataclass(frozen=True)
class Context:
    """What rules know besides the document: its images, the filed subject that it is about, and what they may ask.

    `settings`: what the bureaus that the request goes to make of the rules. `held` answers when it is asked.
    """

    images: Mapping[str, ImageFacts] = field(default_factory=dict)
    held_nature: int | None = None
    held_province: int | None = None
    held_cancelled: bool = False
    isp_id: int | None = None
    province: int | None = None
    """Of the bureau that the request is sent to, where known."""
    corrects: bool = False
    """Whether it was at the bureau before: only then can its own numbers be filed already."""
    about: About = field(default_factory=About)
    held: Held = field(default_factory=Held)
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Finding:
    """A fault found: the official code that the bureau would give, the place, what to do (Chinese)."""

    code: int
    severity: Severity
    path: str
    label: str
    message: str


Find = Callable[[Document, Context], Iterable[Fault]]


@dataclass(frozen=True)
class Rule:
    """One rule. `severity` None: asked only where a bureau's settings say so. `looks_up`: it asks `Context.held` or the
    code tables, so that its answer may change while the document stays the same."""

    code: int
    title: str
    severity: Severity | None
    operations: frozenset[str]
    looks_up: bool
    find: Find

    @property
    def name(self) -> str:
        return self.find.__name__

    @property
    def explained(self) -> ResultCode:
        """The bureau's words for the code, the fields that it points at, what to do."""
        return explain(self.code)


RULES: list[Rule] = []


def rule(
    code: int,
    title: str,
    *operations: Operation,
    severity: Severity | None = Severity.BLOCK,
    looks_up: bool = False,
) -> Callable[[Find], Find]:
    """Register a function as a rule for a result code and the operations it applies to. `title`: Chinese, what holds."""

    def add(find: Find) -> Find:
        RULES.append(Rule(code, title, severity, frozenset(operations), looks_up, find))
        return find

    return add


def check(
    operation: str,
    content: Document,
    context: Context,
    *,
    only_blocking: bool = False,
    only_looking_up: bool = False,
) -> list[Finding]:
    """All findings for a document, blocking ones first, then by place.

    The document has been read by its shape and may have gaps: a rule is silent about what is missing or unreadable.
    `only_blocking`: the rules that merely warn are not asked. `only_looking_up`: nor are those whose answer cannot have
    changed since the document was frozen (`version`).
    """
    if context.settings.by_rule:
        asked = _asked(operation, context.settings, only_blocking, only_looking_up)
    else:
        asked = _usual(operation, only_blocking, only_looking_up)
    found = [
        Finding(
            each.code,
            severity,
            path,
            paths.words(operation, path),
            f"{message}（{words}）" if words else message,
        )
        for each, severity, words in asked
        for path, message in each.find(content, context)
    ]
    return sorted(found, key=lambda finding: (finding.severity != Severity.BLOCK, finding.path, finding.code))


Asked = tuple[Rule, Severity, str]
"""A rule that is asked, with what its fault does and the bureau's own words for it."""


def _asked(
    operation: str, settings: Settings, only_blocking: bool, only_looking_up: bool
) -> tuple[Asked, ...]:
    asked = []
    for each in RULES:
        if operation not in each.operations or (only_looking_up and not each.looks_up):
            continue
        own = settings.of(each.name, each.code)
        wanted = own.setting if own else each.severity or RuleSetting.OFF
        if wanted != RuleSetting.OFF and not (only_blocking and wanted != Severity.BLOCK):
            asked.append((each, Severity(wanted), own.words if own else ""))
    return tuple(asked)


@cache
def _usual(operation: str, only_blocking: bool, only_looking_up: bool) -> tuple[Asked, ...]:
    """Where no bureau wants anything else. Rules are registered when the package is loaded, so this does not change."""
    return _asked(operation, Settings(), only_blocking, only_looking_up)


def version(settings: Settings | None = None) -> str:
    """Names the rules as they are now, apart from what they look up: the same code and data have the same version."""
    own = sorted((settings or Settings()).by_rule.items())
    return _version() if not own else hashlib.sha256(f"{_version()}{own!r}".encode()).hexdigest()


_LIBRARIES = ("Django", "idna", "phonenumbers", "python-stdnum", "tldextract")


@cache
def _version() -> str:
    top = Path(__file__).parent.parent
    files = [
        *sorted((top / "rules").rglob("*.py")),
        *sorted((top / "identifiers").glob("*.py")),
        *sorted((top / "data").glob("*.tsv")),
    ]
    digest = hashlib.sha256()
    for each in files:
        digest.update(each.name.encode() + b"\0" + each.read_bytes())
    digest.update(" ".join(version_of_library(each) for each in _LIBRARIES).encode())
    return digest.hexdigest()


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
