"""Drafts: a request begins, is edited, and begins again as the next revision when it came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from filing.actors import COMMAND, Actor
from filing.choices import CORRECTABLE_STATES, AuditAction, Operation, RequestState
from filing.documents import own_ids
from filing.models import Request, RequestEvent, Revision, RevisionEditor
from filing.services.audit import note
from filing.services.changed_fields import note_saved
from filing.services.errors import NotAllowed, RecordInvalid, StaleForm
from filing.services.revisions import (
    SUMMARY_COLUMNS,
    current_revision,
    problem_of_two,
    save_alone,
    summarise,
    undecided_for,
)
from filing.states import MoveRefused, hold, move

Document = dict[str, Any]


def new_ref() -> str:
    """A ref for a request that begins here: date and a number that is never used twice."""
    return new_refs(1)[0]


def new_refs(count: int) -> list[str]:
    """So many of them, in order. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('request_ref'::regclass) FROM generate_series(1, %s)", [count])
        return [f"R-{timezone.localdate():%Y%m%d}-{number:04d}" for (number,) in cursor.fetchall()]


@transaction.atomic
def create_draft(
    operation: Operation | str,
    content: Document,
    *,
    actor: Actor,
    ref: str = "",
    isp_id: int | None = None,
    remarks: str = "",
    source_digest: str = "",
) -> Request:
    """Begin a request with a first revision; its records get our own numbers.

    `content` has been read by `documents.operations.read_content` (it may have gaps).
    Raises: RecordInvalid where another request for the same target and operation is undecided.
    """
    content = own_ids.assign(content, operation=operation)
    request = Request(
        ref=ref or new_ref(),
        operation=operation,
        isp_id=isp_id,
        remarks=remarks,
        state=RequestState.DRAFT,
        state_changed_at=timezone.now(),
        created_by_id=actor.user_id,
    )
    summarise(request, content)
    save_alone(request)
    Revision.objects.create(request=request, number=1, content=content, source_digest=source_digest)
    RequestEvent.objects.create(
        request=request,
        revision_number=1,
        old_state="",
        new_state=RequestState.DRAFT,
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_name=actor.name,
        reason="新建",
        at=request.state_changed_at,
    )
    if actor.user_id is not None:
        note(
            AuditAction.CHANGE,
            user=actor,
            about=request,
            facts={"what": "新建草稿", "operation": Operation(operation).label},
        )
    return request


@transaction.atomic
def create_drafts(
    operation: Operation, asked: Sequence[tuple[int | None, Document]], *, actor: Actor, reason: str
) -> list[Request]:
    """`create_draft` for many, each with its link and its content: six statements for all of them, however many.

    Content as for `create_draft`. The caller notes for the record what it began, once for all of them.
    Raises: IntegrityError where one of them acts on what another undecided request acts on: then none was made.
    """
    now = timezone.now()
    contents = own_ids.assign_all([content for _isp_id, content in asked], operation=operation)
    requests = [
        Request(
            ref=ref, operation=operation, isp_id=isp_id, state_changed_at=now, created_by_id=actor.user_id
        )
        for ref, (isp_id, _content) in zip(new_refs(len(asked)), asked, strict=True)
    ]
    for request, content in zip(requests, contents, strict=True):
        summarise(request, content)
    Request.objects.bulk_create(requests)
    Revision.objects.bulk_create(
        Revision(request=request, number=1, content=content)
        for request, content in zip(requests, contents, strict=True)
    )
    RequestEvent.objects.bulk_create(
        RequestEvent(
            request=request,
            revision_number=1,
            old_state="",
            new_state=RequestState.DRAFT,
            actor_kind=actor.kind,
            actor_user_id=actor.user_id,
            actor_name=actor.name,
            reason=reason,
            at=now,
        )
        for request in requests
    )
    return requests


@transaction.atomic
def save_draft(
    request: Request,
    content: Document,
    *,
    actor: Actor = COMMAND,
    edits: int | None = None,
    isp_id: int | None = None,
    remarks: str | None = None,
    source_digest: str | None = None,
) -> Revision:
    """Write the content of a draft; records that were there before keep their numbers.

    `isp_id` names the link, 0 the default one; None leaves it as it is. `edits` is the save counter that the form was
    opened with. A person who changed the content is written down, for
    nobody reviews what they entered.
    Raises: RecordInvalid where it now acts on what another undecided request acts on; StaleForm where it was saved
    by somebody else meanwhile; MoveRefused where it is no draft any more.
    """
    locked = Request.objects.select_for_update().get(pk=request.pk)
    if locked.state != RequestState.DRAFT:
        raise MoveRefused(locked, locked.state, RequestState.DRAFT, "已不是草稿，不能再改内容")
    revision = current_revision(locked)
    if edits is not None and edits != revision.edits:
        raise StaleForm
    before, before_remarks, before_link = revision.content, locked.remarks, locked.isp_id
    revision.content = own_ids.assign(content, before, operation=locked.operation)
    if actor.user_id is not None and revision.content != before:
        RevisionEditor.objects.get_or_create(revision=revision, user_id=actor.user_id)
    revision.edits += 1
    if source_digest is not None:
        revision.source_digest = source_digest
    revision.save()
    locked.isp_id = locked.isp_id if isp_id is None else isp_id or None
    locked.remarks = remarks if remarks is not None else locked.remarks
    summarise(locked, revision.content)
    save_alone(locked, ["isp_id", "remarks", *SUMMARY_COLUMNS, "updated_at"])
    if actor.user_id is not None:
        besides = {"内部备注": locked.remarks != before_remarks, "报备链路": locked.isp_id != before_link}
        note_saved(
            locked,
            before,
            revision,
            actor=actor,
            besides=[name for name, is_new in besides.items() if is_new],
        )
    request.refresh_from_db()
    return revision


@transaction.atomic
def start_correction(request: Request, *, actor: Actor, reason: str = "开始改正") -> Revision:
    """Open the next revision of a request that came back, with the content as it was.

    Raises: NotAllowed where the request is not in a state that is corrected; MoveRefused where it moved meanwhile.
    """
    if request.state not in CORRECTABLE_STATES:
        raise NotAllowed(f"“{RequestState(request.state).label}”的请求不能改正")
    revision = _next_revision(request, actor=actor, reason=reason)
    if actor.user_id is not None:
        note(
            AuditAction.CHANGE, user=actor, about=request, facts={"what": reason, "revision": revision.number}
        )
    return revision


@transaction.atomic
def reopen(request: Request, *, actor: Actor, reason: str) -> Revision:
    """Send a ready request back to its draft, for a rule, a code table, the schema or the filing changed under it.

    What was frozen stays as it was; the draft is the next revision. The reason is shown until staff act on it.
    Raises: MoveRefused where it is not ready any more.
    """
    if request.state != RequestState.READY:
        raise MoveRefused(request, request.state, RequestState.DRAFT)
    return _next_revision(request, actor=actor, reason=reason, stalled_reason=reason)


def _next_revision(request: Request, *, actor: Actor, reason: str, stalled_reason: str = "") -> Revision:
    hold(request, RequestState.DRAFT)
    if (other := undecided_for(request)) is not None:
        raise RecordInvalid([problem_of_two(other)])
    previous = current_revision(request)
    content = without_approved_websites(previous.content, request.decisions)
    # Saves are counted on: a form that was opened with an earlier revision must be known as stale.
    revision = Revision.objects.create(
        request=request, number=previous.number + 1, content=content, edits=previous.edits + 1
    )
    request.revision_number = revision.number
    request.decisions = {}
    summarise(request, content)
    request.save(update_fields=["decisions", *SUMMARY_COLUMNS])
    move(
        request,
        RequestState.DRAFT,
        actor=actor,
        reason=reason,
        revision_number=revision.number,
        ready_at=None,
        not_before=None,
        batch_limit=None,
        accepted_at=None,
        decided_at=None,
        submitted_by_id=None,
        vouched=False,
        stalled_reason=stalled_reason,
    )
    return revision


def without_approved_websites(content: Document, decisions: dict[str, Any]) -> Document:
    """The document of a correction: websites that the bureau approved already are not asked for again.

    Attachments of the others keep their owner, whose place may have moved up.
    """
    websites = content.get("websites", [])
    kept = [
        i for i, each in enumerate(websites) if not decisions.get(str(each.get("own_id")), {}).get("approved")
    ]
    if not decisions or len(kept) == len(websites) or not kept:
        return content
    attachments = []
    for each in content.get("attachments", []):
        index = each.get("owner_index")
        if index is None:
            attachments.append(each)
        elif index in kept:
            attachments.append(each | {"owner_index": kept.index(index)})
    return content | {"websites": [websites[i] for i in kept], "attachments": attachments}


@transaction.atomic
def withdraw(request: Request, *, actor: Actor, reason: str = "") -> None:
    """Take back what has not been packed. Raises: MoveRefused from `packed` on, for there is no such method."""
    move(
        request,
        RequestState.WITHDRAWN,
        actor=actor,
        reason=reason,
        icp_password="",
        ready_at=None,
        stalled_reason="",
    )
    if actor.user_id is not None:
        note(AuditAction.CHANGE, user=actor, about=request, facts={"what": "撤回", "words": reason})
