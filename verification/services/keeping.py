"""Papers that stay with the provider: stored clean, with who saw the original, when and where, and for how long.

Spec: R13 of the training materials: the verification form goes to the bureau, the other papers are kept.
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from filing.actors import person
from filing.choices import AttachmentOwner, Operation, RequestState
from filing.code_tables import CodeTable
from filing.models import Request, Website
from filing.rules.materials import VERIFICATION_FORM
from filing.services.attachments import REFERENCE
from filing.services.codes import name_of
from filing.services.drafts import create_draft, save_draft
from filing.services.errors import NotAllowed
from filing.services.filed import filing_numbers
from filing.services.fitting import limit_for, store_fitted
from filing.services.revisions import current_revision
from verification.models import KeptMaterial
from verification.need import key_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Document = dict[str, Any]

SUBJECT = "subject"
OTHER_PAPERS = {"contract": "接入合同", "commitment": "承诺书", "filing": "纸质备案信息", "other": "其他材料"}
"""What is kept although the interface has no code for it."""
MOST_PLACE = 200


@dataclass(frozen=True)
class Seen:
    """Who saw the original, when and where."""

    by: User
    at: datetime
    where: str


def keep_until(seen_on: date) -> date:
    """The first day on which a paper need not be kept any more. Units: local dates.

    While its filing is in force it is kept anyway: nothing is taken away by itself.
    """
    year = seen_on.year + settings.ICP_KEEP_MATERIALS_YEARS
    leap_day = (seen_on.month, seen_on.day) == (2, 29) and not isleap(year)
    return seen_on.replace(year=year, month=3, day=1) if leap_day else seen_on.replace(year=year)


@transaction.atomic
def keep(request: Request, *, key: str, kind: str, data: bytes, seen: Seen, code: str = "") -> KeptMaterial:
    """Store a paper beside a request: fitted to the bureau's limits and without what a camera writes beside the picture.

    `kind`: an official purpose of attachments in digits, or a key of OTHER_PAPERS.
    Raises: NotAllowed without a place or kind, BadImage.
    """
    purpose = int(kind) if kind.isascii() and kind.isdigit() and len(kind) < 4 else None
    title = name_of(CodeTable.ATTACHMENT_PURPOSE, purpose) if purpose else OTHER_PAPERS.get(kind, "")
    if not title:
        raise NotAllowed("选一下这是什么材料")
    if not seen.where.strip():
        raise NotAllowed("写明在哪里看过原件，备查")
    if seen.at > timezone.now():
        raise NotAllowed("核对时间还没有到，写实际看到原件的时间")
    return KeptMaterial.objects.create(
        request=request,
        key=key,
        purpose=purpose,
        title=title,
        image=store_fitted(data, limit_for(purpose), user=seen.by),
        code=code,
        seen_by=seen.by,
        seen_by_name=person(seen.by).name,
        seen_at=seen.at,
        seen_where=seen.where.strip()[:MOST_PLACE],
        kept_until=keep_until(timezone.localdate(seen.at)),
    )


def is_attached(material: KeptMaterial, content: Document) -> bool:
    """Whether the request itself carries this paper to the bureau."""
    paper = (REFERENCE + material.image.sha256, material.purpose)
    return any((each.get("content"), each.get("purpose")) == paper for each in content.get("attachments", []))


def has_paper_like(material: KeptMaterial) -> bool:
    """Whether the request has a paper of the same purpose and owner attached already."""
    content = current_revision(material.request).content
    like = {"purpose": material.purpose} | _owner_in_request(material, content, material.request.operation)
    return any(like.items() <= each.items() for each in content.get("attachments", []))


@transaction.atomic
def attach(material: KeptMaterial, *, user: User) -> None:
    """Let a kept paper go out with its request, which is still a draft. The same paper is attached once.

    Raises: NotAllowed where it is no draft, or where the paper has no official purpose.
    """
    request = material.request
    if request.state != RequestState.DRAFT:
        raise NotAllowed("只有草稿能再附材料；已经提交的请单独提交核验材料")
    revision = current_revision(request)
    if is_attached(material, revision.content):
        return
    owner = _owner_in_request(material, revision.content, request.operation)
    attachment = _as_attachment(material) | owner
    attachments = [*revision.content.get("attachments", []), attachment]
    save_draft(request, revision.content | {"attachments": attachments}, actor=person(user))


@transaction.atomic
def send_alone(material: KeptMaterial, *, user: User) -> Request:
    """Begin a request that hands in this paper alone (XZHYD): for what is filed and has its number.

    Raises: NotAllowed where nothing is filed yet; RecordInvalid where such a request is under way.
    """
    request = material.request
    owner, number = AttachmentOwner.SUBJECT, ""
    if material.key == SUBJECT:
        number = filing_numbers([request])[request.pk][0]
    else:
        owner = AttachmentOwner.WEBSITE
        number = _number_of_website(material, current_revision(request).content)
    if not number:
        raise NotAllowed("还没有备案号：审核通过、取得备案号后才能单独提交；现在随报备单一起提交")
    attachment = _as_attachment(material) | {"owner": owner.value, "owner_number": number}
    content = {"attachments": [attachment]}
    return create_draft(Operation.SUBMIT_MATERIALS, content, actor=person(user), isp_id=request.isp_id)


def _as_attachment(material: KeptMaterial) -> Document:
    if material.purpose is None:
        raise NotAllowed("这种材料只留存，管局不收")
    image = material.image
    return {"format": image.format, "purpose": material.purpose, "content": REFERENCE + image.sha256}


def _owner_in_request(material: KeptMaterial, content: Document, operation: str) -> Document:
    if material.key == SUBJECT:
        return {"owner": AttachmentOwner.SUBJECT.value}
    owner = {"owner": AttachmentOwner.WEBSITE.value}
    if operation == Operation.NEW_ACCESS:
        names = ("website_number", "website_bureau_id")
        return owner | {name.replace("website", "owner"): content[name] for name in names if name in content}
    for place, website in enumerate(content.get("websites", [])):
        if key_of(website, place) == material.key:
            return owner | {"owner_index": place}
    raise NotAllowed("这份材料的网站已不在报备单里")


def _number_of_website(material: KeptMaterial, content: Document) -> str:
    if content.get("website_number"):
        return str(content["website_number"])
    for place, website in enumerate(content.get("websites", [])):
        if key_of(website, place) == material.key:
            filed = Website.objects.filter(own_id=website.get("own_id") or 0).first()
            return str(website.get("number") or (filed.number if filed else ""))
    return ""


def form_of(materials: list[KeptMaterial], key: str) -> KeptMaterial | None:
    """The latest signed form that is kept for a website."""
    return next(
        (each for each in reversed(materials) if (each.key, each.purpose) == (key, VERIFICATION_FORM)), None
    )
