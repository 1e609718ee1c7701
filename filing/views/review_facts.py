"""What the pages of the review show, put together from models and services. No view here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, QuerySet

from filing.choices import AttachmentOwner, Operation, RequestState, Severity
from filing.code_tables import CodeTable
from filing.documents.difference import Line, compare
from filing.documents.shape import Problem
from filing.forms.came_back import CameBack, why
from filing.models import Attachment, Request, Revision
from filing.rules import Context, Finding, check
from filing.rules.materials import MOST_CHARACTERS
from filing.selectors import reviewable
from filing.services import codes
from filing.services.attachments import REFERENCE, facts_of, references
from filing.services.fitting import limit_for, most_kb
from filing.services.review import may_review
from filing.services.revisions import current_revision, findings_for, problems_in
from filing.services.telling import ChangeRow, Document, Group, Row, tell, tell_changes

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


# --- the queue ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QueueRow:
    """One request that waits. `heed` counts warnings; `may` tells whether the reader may decide it."""

    filing: Request
    heed: int
    websites: int
    materials: int
    may: bool


def waiting() -> QuerySet[Request]:
    """Requests in review, the longest waiting first."""
    return (
        Request.objects.filter(state=RequestState.IN_REVIEW)
        .select_related("submitted_by", "created_by")
        .order_by("state_changed_at", "pk")
    )


def rows_of(requests: Sequence[Request], user: User) -> list[QueueRow]:
    """The rows of one page of the queue; a fixed number of queries however many there are, for new filings."""
    revisions = Revision.objects.filter(request__in=requests, number=F("request__revision_number"))
    contents = {row.request_id: row.content for row in revisions}
    images = facts_of(list(contents.values()))
    found = []
    for each in requests:
        content = contents[each.pk]
        if each.operation == Operation.NEW_FILING:
            findings = check(each.operation, content, Context(images=images))
        else:
            findings = findings_for(each, content)
        found.append(
            QueueRow(
                each,
                len(_warnings(findings)),
                len(content.get("websites", [])),
                len(references(content)),
                may_review(each, user),
            )
        )
    return found


def _warnings(findings: list[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity == Severity.WARN]


@dataclass(frozen=True)
class Position:
    """Where a request stands among those that its reviewer may decide. `place` is 0 where it is none of them."""

    place: int
    total: int
    before: str
    after: str


def position_of(filing: Request, user: User) -> Position:
    refs = list(waiting().filter(reviewable(user)).values_list("ref", flat=True))
    if filing.ref not in refs:
        return Position(0, len(refs), "", refs[0] if refs else "")
    place = refs.index(filing.ref)
    return Position(
        place + 1,
        len(refs),
        refs[place - 1] if place else "",
        refs[place + 1] if place + 1 < len(refs) else "",
    )


def next_after(position: Position, decided: str, user: User) -> str:
    """The ref to review after one that was decided: the one behind it, else the oldest that is left; "" if none."""
    refs = list(waiting().filter(reviewable(user)).exclude(ref=decided).values_list("ref", flat=True))
    return position.after if position.after in refs else (refs[0] if refs else "")


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


@dataclass
class ReviewPage:
    """All of a request that its reviewer reads. `problems` would keep it from going on, `heed` would not."""

    filing: Request
    revision: Revision
    position: Position
    may: bool
    groups: list[Group]
    materials: list[Material]
    problems: list[Problem]
    heed: list[Finding]
    changes: list[Change] = field(default_factory=list)
    same_count: int = 0
    back: CameBack | None = None


def page_of(filing: Request, user: User) -> ReviewPage:
    """Put the page of one request together. Identity numbers are shown in full: they are compared with papers."""
    revision = current_revision(filing)
    groups = tell(filing.operation, revision.content, reveal=True)
    problems = problems_in(filing, revision.content)
    found = ReviewPage(
        filing,
        revision,
        position_of(filing, user),
        may_review(filing, user),
        groups,
        list(materials_of(revision.content, groups)),
        problems,
        [] if problems else _warnings(findings_for(filing, revision.content)),
    )
    previous = filing.revisions.filter(number=revision.number - 1).first()
    if previous is not None:
        found.back = why(filing)
        lines = compare(filing.operation, previous.content, revision.content)
        told = tell_changes(filing.operation, previous.content, revision.content, reveal=True)
        pairs = [(line, row) for line, row in zip(lines, told, strict=True) if line.kind != "same"]
        found.changes = [_change(line, row) for line, row in pairs]
        found.same_count = len(told) - len(pairs)
    return found


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
