"""Letting go by rule of what nobody needs any more: what was never handed in or taken back, images, looks at owners.

What was sent to the bureau, what is filed, and papers that the law has us keep are not touched here (docs/personal-data.md).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.utils import timezone

from filing.choices import AuditAction, RequestState
from filing.models import Attachment, Lookup, OpenForm, Request, RequestEvent, Revision
from filing.services.attachments import REFERENCE, brought_at, remove_file
from filing.services.audit import note
from filing.services.audit_seal import NIGHT, erase_old

log = logging.getLogger(__name__)

UNUSED_IMAGE_DAYS = 30
"""An image that no document names: somebody may still have the form open in which it stands."""
LOOKUP_DAYS = 183
OPEN_FORM_DAYS = 30
AT_ONCE = 500

WITHDRAWN, DRAFTS, IMAGES, LOOKUPS, FORMS, SESSIONS, RECORD = (
    *("withdrawn", "drafts", "images", "lookups", "open_forms"),
    *("sessions", "audit_rows"),
)
WORDS = {
    WITHDRAWN: "撤回已久、从未上报的报备单",
    DRAFTS: "久未动过、从未提交的草稿",
    IMAGES: "没有任何报备单用到的图片",
    LOOKUPS: "查找已有主体的记录",
    FORMS: "早已关掉的表单",
    SESSIONS: "过期的登录会话",
    RECORD: "到期的审计记录",
}


@dataclass
class LetGo:
    """How much of each kind went, or would go; `named` tells requests and images one by one."""

    counts: dict[str, int] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)


def let_go(*, dry_run: bool = False, now: datetime | None = None) -> LetGo:
    """Erase what is due by rule. Safe to be run at any time, and twice; each request and image by itself."""
    now = now or timezone.now()
    found = LetGo()
    for kind, due in ((WITHDRAWN, withdrawn_due(now)), (DRAFTS, drafts_due(now))):
        gone = [ref for ref in _requests(due, kind, dry_run=dry_run)]
        found.counts[kind] = len(gone)
        found.named += [f"{WORDS[kind]}：{ref}" for ref in gone]
    images = list(_images(now, dry_run=dry_run))
    found.counts[IMAGES] = len(images)
    found.named += [f"{WORDS[IMAGES]}：{sha256[:12]}" for sha256 in images]
    for kind, rows in (
        (LOOKUPS, Lookup.objects.filter(at__lt=now - timedelta(days=LOOKUP_DAYS))),
        (FORMS, OpenForm.objects.filter(saved_at__lt=now - timedelta(days=OPEN_FORM_DAYS))),
        (SESSIONS, Session.objects.filter(expire_date__lt=now)),
    ):
        found.counts[kind] = rows.count() if dry_run else rows.delete()[0]
    found.counts[RECORD] = erase_old(timezone.localtime(now).date(), dry_run=dry_run)
    if not dry_run:
        log.info("let go by rule: %s", found.counts)
    return found


def withdrawn_due(now: datetime) -> QuerySet[Request]:
    """What was taken back long ago and was never in a data file, so that the bureau knows nothing of it."""
    before = now - timedelta(days=settings.ICP_KEEP_WITHDRAWN_DAYS)
    taken_back = Request.objects.filter(state=RequestState.WITHDRAWN, state_changed_at__lt=before)
    return taken_back.exclude(_was_packed())


def drafts_due(now: datetime) -> QuerySet[Request]:
    """First drafts that nobody touched for long. None where the setting is 0: kept until somebody withdraws them."""
    if not settings.ICP_KEEP_DRAFTS_DAYS:
        return Request.objects.none()
    before = now - timedelta(days=settings.ICP_KEEP_DRAFTS_DAYS)
    return Request.objects.filter(state=RequestState.DRAFT, revision_number=1, updated_at__lt=before)


def _was_packed() -> Exists:
    packed = RequestEvent.objects.filter(request=OuterRef("pk"), new_state=RequestState.PACKED)
    return Exists(packed)


def _requests(due: QuerySet[Request], kind: str, *, dry_run: bool) -> Iterator[str]:
    """Delete each with all that hangs on it; one that a data file or a kept paper names stays."""
    for key in list(due.order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                request = due.select_for_update().filter(pk=key).first()
                if request is None:
                    continue
                ref = request.ref
                if not dry_run:
                    note(AuditAction.ERASE, user=NIGHT, about=request, facts={"what": WORDS[kind]})
                request.delete()
                transaction.set_rollback(dry_run)
        except ProtectedError:
            continue
        yield ref


def unused(image: Attachment) -> bool:
    """Whether nothing names it: no document of any revision, no paper or photo, no copy that was made of it."""
    reference = REFERENCE + image.sha256
    in_content = Q(content__contains={"attachments": [{"content": reference}]}) | Q(
        content__contains={"websites": [{"pre_approvals": [{"scans": [reference]}]}]}
    )
    if Revision.objects.filter(in_content).exists():
        return False
    # Packages to the right of this one have rows that point here: they are asked without being known.
    return not any(
        relation.related_model._default_manager.filter(**{relation.field.name: image}).exists()
        for relation in Attachment._meta.related_objects
    )


def _images(now: datetime, *, dry_run: bool) -> Iterator[str]:
    """Images that nothing names; copies before what they were made of, so that both go in one night."""
    before = now - timedelta(days=UNUSED_IMAGE_DAYS)
    old = Attachment.objects.filter(created_at__lt=before).order_by("-pk")
    for image in old.iterator(chunk_size=AT_ONCE):
        if brought_at(image.sha256, image.created_at) < before and forget_image(image, dry_run=dry_run):
            yield image.sha256


def forget_image(image: Attachment, *, dry_run: bool = False) -> bool:
    """Erase one image if nothing names it: the row first, then the file. Shape: whether it went, or would."""
    with transaction.atomic():
        held = Attachment.objects.select_for_update().filter(pk=image.pk).first()
        if held is None or not unused(held):
            return False
        if dry_run:
            return True
        held.delete()
        note(
            AuditAction.ERASE,
            user=NIGHT,
            about=("attachment", held.sha256, ""),
            facts={"what": WORDS[IMAGES]},
        )
        transaction.on_commit(lambda: remove_file(held.sha256))
    return True
