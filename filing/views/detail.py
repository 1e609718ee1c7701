"""What the page of one request shows, put together from models and services. No view here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib.auth.models import User

from filing.choices import (
    AT_BUREAU_STATES,
    CORRECTABLE_STATES,
    WITHDRAWABLE_STATES,
    AttachmentOwner,
    RequestState,
)
from filing.code_tables import CodeTable
from filing.journey import journey
from filing.models import Request, Revision
from filing.roles import AUDIT, OPERATE, REVIEW
from filing.rules.registry import ACCESSES
from filing.selectors import ENDED_STATES, REFUSED_STATES
from filing.services.attachments import REFERENCE, ImageFacts, facts_of, references
from filing.services.codes import name_of
from filing.services.faults import explain_all
from filing.services.filed import filing_numbers
from filing.services.review import may_review
from filing.services.telling import ChangeRow, Document, tell, tell_changes
from filing.sms import sms_step
from filing.timeline import timeline
from filing.times import day_words
from filing.visibility import may_work_on

TABS = ("content", "versions", "materials", "xml")

S = RequestState


@dataclass(frozen=True)
class Version:
    """One revision and how it differs from the one before; the first differs from nothing."""

    revision: Revision
    before: int | None
    changed: list[ChangeRow]
    same: list[ChangeRow]


@dataclass(frozen=True)
class Picture:
    """One image of a filing. `number` is its place among the attachments; `facts` None: the store lacks it."""

    number: int | None

    sha256: str
    title: str
    owner: str
    remarks: str
    facts: ImageFacts | None


def page(filing: Request, current: Revision, user: User) -> dict[str, Any]:
    """Everything around the panel: head, way, notice, numbers, history, and what this person may do."""
    events = list(filing.events.order_by("at", "pk"))
    subject_number, website_numbers = filing_numbers([filing])[filing.pk]
    refused = filing.state in REFUSED_STATES
    sms = sms_step(filing, current.content)
    # The move into the state where it stands, not a note that came later.
    last_move = next((each for each in reversed(events) if each.new_state != each.old_state), None)
    return {
        "steps": journey(filing, events, numbered=bool(subject_number), sms=sms),
        "sms": sms,
        "events": timeline(filing, events),
        "subject_number": subject_number,
        "website_numbers": website_numbers,
        "own_subject_id": current.content.get("subject", {}).get("own_id"),
        "own_website_ids": [each.get("own_id") for each in current.content.get("websites", [])],
        "refused": refused,
        "explained": explain_all(
            filing.result_codes if refused else [], filing.bureau_words, filing.operation, current.content
        ),
        "last_move": last_move,
        "bureau_source": f"管局原话 · {day_words(last_move.at)}" if last_move else "管局原话",
        "may": _may(filing, user),
        "has_ended": filing.state in ENDED_STATES,
        "at_bureau": filing.state in AT_BUREAU_STATES,
        "on_the_way": filing.state in {S.READY, S.PACKED, S.UPLOADING, S.UNCERTAIN},
    }


def panel(
    filing: Request, current: Revision, tab: str, *, reveal: bool, pair: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    """The part under the tabs. `pair` names two revisions to compare, the older and the newer."""
    context: dict[str, Any] = {
        "filing": filing,
        "current": current,
        "tab": tab,
        "reveal": reveal,
        "picture_count": len(references(current.content)),
    }
    if tab == "content":
        context["groups"] = tell(filing.operation, current.content, reveal=reveal)
    elif tab == "versions":
        revisions = list(filing.revisions.order_by("number"))
        context["revisions"] = revisions
        context["compared"] = _compared(filing, revisions, pair, reveal=reveal)
        context["versions"] = [] if context["compared"] else _versions(filing, revisions, reveal=reveal)
    elif tab == "materials":
        context["pictures"] = list(_pictures(current.content))
    return context


def _may(filing: Request, user: User) -> dict[str, bool]:
    enters = may_work_on(user, filing)
    return {
        "edit": enters and filing.state == S.DRAFT,
        "correct": enters and filing.state in CORRECTABLE_STATES,
        "withdraw": enters and filing.state in WITHDRAWABLE_STATES,
        "review": filing.state == S.IN_REVIEW and may_review(filing, user),
        "verify": filing.operation in ACCESSES,
        "prove": any(user.has_perm(each) for each in (OPERATE, REVIEW, AUDIT)),
    }


def _versions(filing: Request, revisions: list[Revision], *, reveal: bool) -> list[Version]:
    """Each beside the one before, the newest first."""
    told = [Version(revisions[0], None, [], [])]
    told += [_version(filing, before, after, reveal=reveal) for before, after in pairwise(revisions)]
    return told[::-1]


def _compared(
    filing: Request, revisions: list[Revision], pair: tuple[str, str], *, reveal: bool
) -> Version | None:
    """Any two revisions beside each other, whichever way round they were named; None where no two are named."""
    numbers = {str(each.number): each for each in revisions}
    if pair[0] == pair[1] or not {*pair} <= set(numbers):
        return None
    before, after = sorted((numbers[each] for each in pair), key=lambda each: each.number)
    return _version(filing, before, after, reveal=reveal)


def _version(filing: Request, before: Revision, after: Revision, *, reveal: bool) -> Version:
    rows = tell_changes(filing.operation, before.content, after.content, reveal=reveal)
    same = [row for row in rows if row.kind == "same"]
    return Version(after, before.number, [row for row in rows if row.kind != "same"], same)


def _pictures(content: Document) -> Iterator[Picture]:
    facts = facts_of(content)
    for number, each in enumerate(content.get("attachments", []), 1):
        if "content" not in each:
            continue
        sha256 = each["content"].removeprefix(REFERENCE)
        purpose = each.get("purpose")
        title = name_of(CodeTable.ATTACHMENT_PURPOSE, purpose) or f"附件（用途代码 {purpose or '未填'}）"
        yield Picture(number, sha256, title, _owner(each), each.get("remarks", ""), facts.get(sha256))
    for index, website in enumerate(content.get("websites", [])):
        for approval in website.get("pre_approvals", []):
            for scan in approval.get("scans", []):
                sha256 = scan.removeprefix(REFERENCE)
                kind = name_of(CodeTable.PRE_APPROVAL_TYPE, approval.get("type"))
                title = f"前置审批 {kind} {approval.get('number', '')}".strip()
                yield Picture(None, sha256, title, f"网站 {index + 1}", "", facts.get(sha256))


def _owner(attachment: Document) -> str:
    owner, index = attachment.get("owner"), attachment.get("owner_index")
    label = AttachmentOwner(owner).label if owner in AttachmentOwner.values else "所属未填"
    if isinstance(index, int):
        return f"{label} {index + 1}"
    if number := attachment.get("owner_number"):
        return f"{label} {number}"
    return (
        f"{label}（管局标识 {attachment['owner_bureau_id']}）" if "owner_bureau_id" in attachment else label
    )
