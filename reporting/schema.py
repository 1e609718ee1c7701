"""Checks a document of the interface and says what is wrong in words that staff can act on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

import xsd
from reporting.schema_words import PHONE_TAGS, explain
from xsd import Kind, NotWellFormed, line_of, parse, parse_leniently
from xsd.structure import Finding, find, text_of

__all__ = ["Kind", "NotWellFormed", "SchemaProblem", "kind_of", "parse", "parse_leniently", "validate"]

_SHOWN_CHARACTERS = 60

#: Identity numbers, phones, the password's hash, binary content: shown by their length, never by themselves.
MASKED_TAGS = PHONE_TAGS | {
    "Zjhm",
    "Fzr_zjhm",
    "Cxtj",
    "ICPmm",
    "Spwj",
    "Fjnr",
    "beianInfo",
    "beianInfoHash",
}

#: What libxml2 alone can tell, as the declaration holds more than bounds: its rule → ours, and the words.
_JUDGED = {
    "SCHEMAV_CVC_PATTERN_VALID": ("pattern", "内容不符合规定的格式，请对照接口文件改正"),
    "SCHEMAV_CVC_ENUMERATION_VALID": ("not_allowed", "内容不在允许的取值之内，请改用允许的值"),
    "SCHEMAV_ELEMENT_CONTENT": ("unexpected", "此处的内容与接口规定的结构不符，请对照接口文件调整"),
    "SCHEMAV_CVC_ELT_1": ("wrong_root", "根元素不是接口规定的元素"),
    "SCHEMAV_CVC_IDC": ("not_unique", "与另一处重复，请改成不重复的值"),
}


@dataclass(frozen=True)
class SchemaProblem:
    """One fault of a document.

    Shape: `path` is an XPath with positions; what is missing has the path that it would have. `record` counts
    the records of the file from 1, None for what belongs to none. `label` names the place within the record.
    Units: `line` counts from 1; None for a tree that was built, not parsed.
    """

    line: int | None
    path: str
    tag: str
    label: str
    record: int | None
    value: str
    rule: str
    explanation: str


def validate(
    document: etree._ElementTree | etree._Element | bytes,
    kind: Kind,
    *,
    folder: Path | str | None = None,
    version: str = xsd.DEFAULT_VERSION,
    max_bytes: int = xsd.MAX_BYTES,
) -> list[SchemaProblem]:
    """Check a document against the schema of its kind; empty for a valid one.

    One problem for each element at fault, in the order of the document. Bytes that are no document give one
    problem too; where only their encoding is wrong, the rest is checked all the same.
    Raises: XsdUnusable if a schema file that a bureau issued cannot be used.
    Spec: interface V.3.0, upload and download data formats, answers of the methods; our files xsd/v3_0.
    """
    problems: list[SchemaProblem] = []
    if isinstance(document, bytes):
        try:
            tree = parse(document, max_bytes=max_bytes)
        except NotWellFormed as error:
            problems.append(_unreadable(error))
            if error.rule != "bad_encoding":
                return problems
            try:
                tree, _ = parse_leniently(document, max_bytes=max_bytes)
            except NotWellFormed as second:
                return [*problems, _unreadable(second)]
    else:
        tree = document if isinstance(document, etree._ElementTree) else document.getroottree()
    violations = xsd.violations(tree, kind, folder, version)
    if violations:
        declared = xsd.model(kind, folder, version)
        problems.extend(_Describer(tree, declared).problems(violations))
    return problems


def kind_of(data: bytes) -> Kind | None:
    """Upload or download by the root tag, or None: for a file of which nobody said what it is."""
    for kind in (Kind.UPLOAD, Kind.DOWNLOAD):
        if f"<{kind.root}".encode() in data[:4096]:
            return kind
    return None


def _unreadable(error: NotWellFormed) -> SchemaProblem:
    return SchemaProblem(error.line, "", "", "文件", None, "", error.rule, error.message)


class _Describer:
    """Turns findings in one tree into problems."""

    def __init__(self, tree: etree._ElementTree, declared: xsd.Element) -> None:
        self.tree = tree
        self.root = tree.getroot()
        self.declared = declared
        self.numbers = {node: number for number, node in enumerate(_records(self.root, declared), 1)}

    def problems(self, violations: list[xsd.Violation]) -> list[SchemaProblem]:
        if self.root.tag != self.declared.tag:
            words = f"根元素应为 {self.declared.tag}（{self.declared.label}），这里是 {self.root.tag}"
            return [self._problem(self.root, str(self.root.tag), "", "wrong_root", words)]
        findings = list(find(self.root, self.declared))
        found = [self._describe(finding) for finding in findings]
        # What the judge says beyond that: rules of an issued file that the declared tree cannot hold.
        known = {self.tree.getpath(finding.node) for finding in findings}
        known |= {self.tree.getpath(_parent(finding)) for finding in findings if finding.is_structural}
        for violation in violations:
            parent = violation.path.rsplit("/", 1)[0]
            is_content = violation.type_name == "SCHEMAV_ELEMENT_CONTENT"
            if violation.path in known or (is_content and parent in known):
                continue
            known.add(violation.path)
            found.append(self._judged(violation))
        return sorted(_merged(found), key=lambda problem: problem.line or 0)

    def _describe(self, finding: Finding) -> SchemaProblem:
        value = ""
        if finding.rule == "unexpected_attribute":
            value = _shown(finding.tag, finding.node.get(finding.tag) or "", False)
        elif finding.rule != "missing":
            value = _shown(finding.tag, text_of(finding.node).strip(), finding.declared is not None)
        missing = finding.declared if finding.rule == "missing" and not finding.others else None
        tag = f"@{finding.tag}" if "attribute" in finding.rule else finding.tag
        return self._problem(finding.node, tag, value, finding.rule, explain(finding), missing)

    def _judged(self, violation: xsd.Violation) -> SchemaProblem:
        nodes = self.tree.xpath(violation.path) if violation.path else []
        node = (
            nodes[0]
            if isinstance(nodes, list) and nodes and isinstance(nodes[0], etree._Element)
            else self.root
        )
        rule, words = _JUDGED.get(
            violation.type_name, ("invalid_value", "内容不符合接口规定，请对照接口文件改正")
        )
        tag = str(node.tag)
        return self._problem(node, tag, _shown(tag, text_of(node).strip(), True), rule, words)

    def _problem(
        self,
        node: etree._Element,
        tag: str,
        value: str,
        rule: str,
        explanation: str,
        missing: xsd.Element | None = None,
    ) -> SchemaProblem:
        path, words, record = self._place(node, missing is None)
        if missing is not None:
            path = f"{path}/{missing.tag}"
            words.append(missing.label)
        label = " · ".join(words)
        return SchemaProblem(line_of(node), path, tag, label, record, value, rule, explanation)

    def _place(self, node: etree._Element, is_self: bool) -> tuple[str, list[str], int | None]:
        """Path with positions, labels from the record down (or from the root), number of the record."""
        chain = [node, *node.iterancestors()][::-1]
        path, words, record = "", [], None
        declared: xsd.Element | None = self.declared
        for depth, step in enumerate(chain):
            if depth:
                declared = declared.child(str(step.tag)) if declared is not None else None
            position = _position(step, declared)
            name = str(step.tag) if not str(step.tag).startswith("{") else f"*[local-name()='{_local(step)}']"
            path += f"/{name}" + (f"[{position}]" if position else "")
            label = declared.label if declared is not None else _local(step)
            words.append(f"{label} {position}" if position else label)
            if step in self.numbers:
                record = self.numbers[step]
                # The record's number says where we are; only a fault of the record itself needs its name.
                words = words[-1:] if step is node and is_self else []
            elif depth == 0 and step is not node:
                words = []
        return path, words, record


def _merged(problems: list[SchemaProblem]) -> Iterable[SchemaProblem]:
    """One problem for each place: the first names the rule, the others add their words."""
    by_path: dict[str, SchemaProblem] = {}
    for problem in problems:
        first = by_path.get(problem.path)
        if first is not None:
            words = f"{first.explanation}；{problem.explanation}"
            problem = dataclasses.replace(first, explanation=words)
        by_path[problem.path] = problem
    return by_path.values()


def _records(node: etree._Element, declared: xsd.Element) -> Iterable[etree._Element]:
    """The records of a file: on each path the first elements that may repeat."""
    for child in node:
        known = declared.child(str(child.tag)) if isinstance(child.tag, str) else None
        if known is None:
            continue
        if known.is_repeatable:
            yield child
        else:
            yield from _records(child, known)


def _position(node: etree._Element, declared: xsd.Element | None) -> int | None:
    before = sum(1 for _ in node.itersiblings(str(node.tag), preceding=True))
    if declared is not None and declared.is_repeatable:
        return before + 1
    is_alone = not before and next(node.itersiblings(str(node.tag)), None) is None
    return None if is_alone else before + 1


def _parent(finding: Finding) -> etree._Element:
    parent = finding.node.getparent()
    return finding.node if finding.rule == "missing" or parent is None else parent


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _shown(tag: str, value: str, is_declared: bool) -> str:
    """The value as it may appear on a screen or in a log."""
    if not value:
        return ""
    # A tag that nobody declared may be a misspelled one that must be hidden.
    if tag in MASKED_TAGS or not is_declared:
        return f"（{len(value)} 字，不显示）"
    return value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}…（共 {len(value)} 字）"
