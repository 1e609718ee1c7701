"""The task list beside the form: how far each part is, in words and shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from filing.documents.shape import Problem
from filing.forms.bound import BoundField, Group, locate
from filing.services.findings import Findings

SUBMIT_ANCHOR, OWN, ATTACHMENTS = "submit", "part-own", "part-attachments"
_PRESET = frozenset({"own_id", "filed_by", "languages"})
"""Fields that stand there before anybody typed: they do not begin a part."""


@dataclass(frozen=True)
class Task:
    """One part. `state` is a state of tokens.css; `words` say what is left to do."""

    anchor: str
    title: str
    state: str
    words: str


@dataclass
class _Part:
    anchor: str
    title: str
    groups: list[Group]
    wrong: int = 0
    gaps: int = 0
    first_gap: str = ""

    @property
    def is_begun(self) -> bool:
        return any(
            bool(each.value)
            for group in self.groups
            for each in group.walk()
            if isinstance(each, BoundField) and each.path.rpartition(".")[2] not in _PRESET
        )

    def task(self) -> Task:
        if self.wrong:
            return Task(self.anchor, self.title, "attention", f"{self.wrong} 处要改")
        if not self.is_begun:
            return Task(self.anchor, self.title, "draft", "未开始")
        if self.gaps == 1:
            return Task(self.anchor, self.title, "draft", f"缺{self.first_gap}")
        if self.gaps:
            return Task(self.anchor, self.title, "draft", f"缺 {self.gaps} 项")
        return Task(self.anchor, self.title, "good", "已填好")


def anchor_of(path: str) -> str:
    """The part that a path of the document stands in: websites[1].accesses[0].methods gives g-websites-1."""
    if website := re.match(r"websites\[(\d+)\]", path):
        return f"g-websites-{website.group(1)}"
    first, _, rest = path.partition(".")
    if first == "subject":
        return "g-subject-responsible" if rest.startswith("responsible.") else "g-subject"
    if first == "access":
        return "g-access"
    return ATTACHMENTS if first.startswith("attachments") else OWN


def tasks_of(root: Group, findings: Findings) -> list[Task]:
    """The parts of a request and where each stands; the last one is handing it in."""
    parts = list(_parts(root))
    owner = {id(node): part for part in parts for group in part.groups for node in group.walk()}
    _count(root, findings.wrong, owner, "wrong")
    _count(root, findings.gaps, owner, "gaps")
    tasks = [part.task() for part in parts]
    if "attachments" in root.fields:
        tasks[-1] = _attachments(parts[-1], tasks[-1])
    ready = findings.may_be_submitted
    handing_in = ("waiting", "可以提交了") if ready else ("draft", "前面填好后提交")
    return [*tasks, Task(SUBMIT_ANCHOR, "检查并提交", *handing_in)]


def _parts(root: Group) -> Iterator[_Part]:
    own = {key: node for key, node in root.fields.items() if isinstance(node, BoundField)}
    if any(node.kind != "hidden" for node in own.values()):
        yield _Part(OWN, root.own_title, [Group("own", "", root.label, own)])
    if (subject := root.fields.get("subject")) is not None:
        person = subject["responsible"]
        rest = {key: node for key, node in subject.fields.items() if key != "responsible"}
        yield _Part(
            subject.id,
            subject.label,
            [Group(subject.prefix, subject.path, subject.label, rest)],
        )
        yield _Part(person.id, person.label, [person])
    for website in root.fields.get("websites", []):
        title = f"{website.words} · {website.title}" if website.title else website.words
        yield _Part(website.id, title, [website])
    if (access := root.fields.get("access")) is not None:
        yield _Part(access.id, access.label, [access])
    if "attachments" in root.fields:
        yield _Part(ATTACHMENTS, "核验材料", list(root["attachments"]))


def _count(root: Group, problems: list[Problem], owner: dict[int, _Part], what: str) -> None:
    seen: set[int] = set()
    for problem in problems:
        node: Any = locate(root, problem.path)
        part = owner.get(id(node))
        if part is None or id(node) in seen:
            continue
        seen.add(id(node))
        setattr(part, what, getattr(part, what) + 1)
        if what == "gaps" and not part.first_gap:
            part.first_gap = node.label


def _attachments(part: _Part, task: Task) -> Task:
    if not part.groups:
        return Task(part.anchor, part.title, "draft", "还没有附上")
    return (
        Task(task.anchor, task.title, task.state, f"已附 {len(part.groups)} 份")
        if task.state == "good"
        else task
    )
