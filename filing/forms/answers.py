"""Check your answers: everything that was typed, read-only, by the parts of the form."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from filing.forms.bound import BoundField, Group
from filing.forms.progress import ATTACHMENTS, SUBMIT_ANCHOR, Task, anchor_of
from filing.forms.typed import Document
from filing.models import Attachment
from filing.services import telling


@dataclass(frozen=True)
class Paper:
    """One attachment as it is looked over: what for, whose, the images, a remark."""

    purpose: str
    owner: str
    images: list[Attachment]
    remarks: str


@dataclass
class Answers:
    """One part of the form: its task, what was typed in it, its papers."""

    task: Task
    groups: list[telling.Group] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)


def answers_of(operation: str, content: Document, root: Group, tasks: list[Task]) -> list[Answers]:
    """The parts of a form with what was typed in each. Nothing is masked: it was typed a moment ago."""
    found = {task.anchor: Answers(task) for task in tasks if task.anchor != SUBMIT_ANCHOR}
    for told in telling.tell(operation, content, reveal=True):
        said = [row for row in told.rows if any(row.values)]
        for anchor, rows in groupby(said, key=lambda row: anchor_of(row.path)):
            if anchor in found:
                found[anchor].groups.append(
                    telling.Group(told.title.rpartition(" · ")[2], told.level, told.own_id, list(rows))
                )
    if ATTACHMENTS in found:
        found[ATTACHMENTS].papers = [_paper(each) for each in root["attachments"]]
    for website in root.fields.get("websites", []):
        scans = [image for each in website["pre_approvals"] for image in each["scans"].images]
        if scans:
            found[website.id].papers.append(Paper("审批文件扫描件", "", scans, ""))
    return list(found.values())


def _paper(group: Group) -> Paper:
    return Paper(
        _chosen(group["purpose"]), _chosen(group["owner"]), group["content"].images, group["remarks"].value
    )


def _chosen(field_of_codes: BoundField) -> str:
    return "、".join(each.label for each in field_of_codes.chosen) or str(field_of_codes.value)
