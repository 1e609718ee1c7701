"""What the pages of the review show, put together from models and services. No view here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.contrib.auth.models import User

from filing.choices import AttachmentOwner, Operation
from filing.code_tables import CodeTable
from filing.documents.difference import Line, compare
from filing.documents.shape import Problem
from filing.forms.came_back import CameBack, why
from filing.models import Attachment, Request, Revision
from filing.rules import Finding
from filing.rules.materials import MOST_CHARACTERS
from filing.selectors import reasons_lately
from filing.services import codes
from filing.services.attachments import REFERENCE, references
from filing.services.filed_document import filed_document
from filing.services.fitting import limit_for, most_kb
from filing.services.holdings import subject_held
from filing.services.reading import Reader, readers_of
from filing.services.review import may_review
from filing.services.revisions import current_revision, findings_for, problems_in
from filing.services.telling import ChangeRow, Document, Group, Row, tell, tell_changes
from filing.times import day_words
from filing.views.review_queue import Position, Wanted, position_of, warnings

# Which typed values an image is compared with, by its purpose; "{}" is its website.
COMPARED: dict[int, tuple[str, ...]] = {
    1: (
        "subject.name",
        "{}.name",
        "{}.domains",
        "{}.responsible.name",
        "{}.responsible.mobile",
        "{}.responsible.office_phone",
        "{}.responsible.email",
        "subject.address",
    ),
    2: (
        "subject.name",
        "subject.nature",
        "subject.certificate.type",
        "subject.certificate.number",
        "subject.certificate.address",
    ),
    3: (
        "subject.responsible.name",
        "subject.responsible.certificate_type",
        "subject.responsible.certificate_number",
    ),
    4: ("{}.responsible.name", "{}.responsible.certificate_type", "{}.responsible.certificate_number"),
    5: ("{}.responsible.name", "{}.name"),
}
_SCAN = ("{}.name", "{}.pre_approvals", "subject.name")
_LONGEST_COMPARED = 400

PHRASES = (
    "核验单不清楚或缺签字，请重拍",
    "证件照片不清楚，请重拍",
    "证件号码与证件不符，请核对",
    "主办单位名称与证件不符，请核对",
    "通信地址与证件不符，请写到门牌号",
    "幕布照片不合要求，请重拍",
    "域名证书的持有者不是主办者",
)
"""What is said again and again; a click writes it into the words, where it can be made exact."""


# --- one request ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Material:
    """An image beside the values that it should prove."""

    image: Attachment
    title: str
    whose: str
    remarks: str
    limit_kb: int
    rows: list[Row]


@dataclass(frozen=True)
class Piece:
    """A part of a value; `changed` parts are marked."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Change:
    """One field that differs from the previous revision. Images are named by their hash."""

    label: str
    old: list[Piece]
    new: list[Piece]
    old_images: list[str] = field(default_factory=list)
    new_images: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Comparison:
    """What differs from what is filed, or from the revision before; unchanged fields are told too, to be folded away."""

    title: str
    beside: str
    old_words: str
    new_words: str
    changes: list[Change]
    same: list[ChangeRow]


@dataclass
class ReviewPage:
    """All of a request that its reviewer reads. `problems` would keep it from going on, `heed` would not.

    `editors` changed the content besides the one who began it; `readers` have the page open now.
    """

    filing: Request
    revision: Revision
    position: Position
    may: bool
    groups: list[Group]
    materials: list[Material]
    problems: list[Problem]
    heed: list[Finding]
    comparisons: list[Comparison]
    editors: list[str]
    readers: list[Reader]
    back: CameBack | None = None
    lately: list[str] = field(default_factory=list)
    phrases: tuple[str, ...] = PHRASES


def page_of(filing: Request, user: User, wanted: Wanted | None = None) -> ReviewPage:
    """Put the page of one request together. Identity numbers are shown in full: they are compared with papers."""
    revision = current_revision(filing)
    groups = tell(filing.operation, revision.content, reveal=True)
    problems = problems_in(filing, revision.content)
    return ReviewPage(
        filing,
        revision,
        position_of(filing, user, wanted),
        may_review(filing, user),
        groups,
        list(materials_of(revision.content, groups)),
        problems,
        [] if problems else warnings(findings_for(filing, revision.content)),
        list(_comparisons(filing, revision)),
        _editors(filing),
        readers_of([filing.pk], but=user).get(filing.pk, []),
        why(filing),
        reasons_lately(user, but=PHRASES),
    )


def _editors(filing: Request) -> list[str]:
    rows = User.objects.filter(pk__in=filing.revisions.values("editors__user")).order_by("pk")
    return [row.get_full_name() or row.get_username() for row in rows if row.pk != filing.created_by_id]


def _comparisons(filing: Request, revision: Revision) -> Iterator[Comparison]:
    previous = filing.revisions.filter(number=revision.number - 1).first()
    if previous is not None:
        yield _comparison(
            filing.operation,
            previous.content,
            revision.content,
            ("", f"与上一版（第 {previous.number} 版）相比", "上一版", "这一版"),
        )
    if filing.operation != Operation.CHANGE:
        return
    subject = subject_held(filing.operation, filing.isp_id, revision.content)
    if subject is not None:
        asked = {name: value for name, value in revision.content.items() if name != "attachments"}
        beside = f"与管局 {day_words(subject.updated_at)} 下发的备案相比"
        yield _comparison(
            filing.operation, filed_document(subject), asked, ("变更", beside, "管局现有", "这次改为")
        )


def _comparison(operation: str, old: Document, new: Document, words: tuple[str, str, str, str]) -> Comparison:
    lines = compare(operation, old, new)
    told = tell_changes(operation, old, new, reveal=True)
    # The bureau's ids are no content: people neither type nor read them.
    pairs = [
        (line, row)
        for line, row in zip(lines, told, strict=True)
        if line.path.rpartition(".")[2] != "bureau_id"
    ]
    changed = [_change(line, row) for line, row in pairs if line.kind != "same" and not _is_detail(line)]
    prefix, beside, old_words, new_words = words
    title = f"{prefix or '改'}了 {len(changed)} 处" if changed else "没有改动"
    same = [row for line, row in pairs if line.kind == "same"]
    return Comparison(title, beside, old_words, new_words, changed, same)


def materials_of(content: Document, groups: list[Group]) -> Iterator[Material]:
    """Each image with the values to compare it with, in the order in which they are attached."""
    images = {row.sha256: row for row in Attachment.objects.filter(sha256__in=references(content))}
    told = {row.path: row for group in groups for row in group.rows}
    for each in content.get("attachments", []):
        image = images.get(each.get("content", "").removeprefix(REFERENCE))
        if image is None:
            continue
        purpose, place = each.get("purpose", 0), each.get("owner_index")
        title = codes.name_of(CodeTable.ATTACHMENT_PURPOSE, purpose) or f"用途代码 {purpose}"
        of_website = each.get("owner") == AttachmentOwner.WEBSITE
        whose = _website_words(content, place) if of_website else "主体"
        rows = _rows(COMPARED.get(purpose, ()), place, told)
        limit = most_kb(limit_for(purpose))
        yield Material(image, title, whose, each.get("remarks", ""), limit, rows)
    for place, website in enumerate(content.get("websites", [])):
        scans = [scan for approval in website.get("pre_approvals", []) for scan in approval.get("scans", [])]
        for scan in scans:
            image = images.get(scan.removeprefix(REFERENCE))
            if image is not None:
                whose, rows = _website_words(content, place), _rows(_SCAN, place, told)
                yield Material(image, "前置审批文件", whose, "", most_kb(MOST_CHARACTERS), rows)


def _website_words(content: Document, place: int | None) -> str:
    websites: list[dict[str, Any]] = content.get("websites", [])
    if place is None or place >= len(websites):
        return "网站"
    name = websites[place].get("name", "")
    return f"网站 {place + 1}" + (f" · {name}" if name else "")


def _rows(paths: tuple[str, ...], place: int | None, told: dict[str, Row]) -> list[Row]:
    wanted = [path.format(f"websites[{place}]") for path in paths]
    return [told[path] for path in wanted if path in told]


def _is_detail(line: Line) -> bool:
    """A paper that came or went is told by its picture; what it is for and whose need no lines of their own."""
    return line.kind in ("added", "removed") and line.path.startswith("attachments") and not _is_picture(line)


def _is_picture(line: Line) -> bool:
    return line.path.endswith(".content")


def _change(line: Line, row: ChangeRow) -> Change:
    label, before, after = row.label, "\n".join(row.old), "\n".join(row.new)
    images = sorted(references(line.old)), sorted(references(line.new))
    if any(images):
        return Change(label, [], [], *images)
    if not before or not after or max(len(before), len(after)) > _LONGEST_COMPARED:
        return Change(label, _whole(before), _whole(after))
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    alike = sum(i2 - i1 for kind, i1, i2, _j1, _j2 in blocks if kind == "equal")
    if alike * 2 < min(len(before), len(after)):
        # Hardly anything stayed: marks here and there would only confuse.
        return Change(label, _whole(before), _whole(after))
    return Change(
        label,
        [Piece(before[i1:i2], kind != "equal") for kind, i1, i2, _j1, _j2 in blocks if i2 > i1],
        [Piece(after[j1:j2], kind != "equal") for kind, _i1, _i2, j1, j2 in blocks if j2 > j1],
    )


def _whole(text: str) -> list[Piece]:
    return [Piece(text, False)] if text else []
