"""Internal review: submitted, let go, or returned with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from filing.actors import COMMAND, person
from filing.choices import AuditAction, RequestState
from filing.models import Request, RevisionEditor
from filing.services.audit import note
from filing.services.changing import problem_of_nothing
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.reading import forget_readers
from filing.services.revisions import current_revision, freeze, problems_in
from filing.services.submission import must_be_submittable
from filing.states import MoveRefused, hold, move

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def submit_for_review(request: Request, *, user: User) -> None:
    """Freeze the draft as a revision and hand it to the reviewers.

    Raises: RecordInvalid with everything that must be mended, NotYetSubmittable (one of them) where something must be done
    first; MoveRefused where it is no draft.
    """
    hold(request, RequestState.IN_REVIEW)
    revision = current_revision(request)
    freeze(revision, request)
    if nothing := problem_of_nothing(request, revision.content):
        raise RecordInvalid([nothing])
    must_be_submittable(request, revision.content)
    move(
        request,
        RequestState.IN_REVIEW,
        actor=person(user),
        reason="提交审核",
        submitted_by_id=user.pk,
        stalled_reason="",
    )
    facts = {"what": "提交审核", "revision": request.revision_number}
    note(AuditAction.CHANGE, user=user, about=request, facts=facts)


def may_review(request: Request, user: User) -> bool:
    """Nobody reviews what they entered, changed or submitted, unless the setting for small teams allows it."""
    return bool(reviewable_among([request], user))


def reviewable_among(requests: Sequence[Request], user: User) -> set[int]:
    """The keys of those that this person may decide. One query besides that for the permissions."""
    if not user.has_perm("filing.review_request"):
        return set()
    if settings.ICP_REVIEW_OWN:
        return {request.pk for request in requests}
    edited = RevisionEditor.objects.filter(revision__request__in=requests, user=user)
    own = set(edited.values_list("revision__request_id", flat=True))
    own |= {each.pk for each in requests if user.pk in (each.submitted_by_id, each.created_by_id)}
    return {each.pk for each in requests} - own


def _must_review(request: Request, user: User) -> None:
    if not may_review(request, user):
        raise NotAllowed("不能审核自己填报、改过或提交的请求，请另一位审核员处理")


def _must_stand(request: Request, state: RequestState) -> None:
    """The link moves requests to `ready` too: what it holds must not be pulled out of its file by a second click."""
    if request.state != state:
        raise MoveRefused(request, request.state, RequestState.READY, f"只对“{state.label}”的请求有效")


@transaction.atomic
def approve(request: Request, *, user: User, opinion: str = "") -> None:
    """Let a reviewed revision go: it waits for the link from now on.

    The rules are asked again, for a code table may have changed since it was submitted.
    Raises: NotAllowed, RecordInvalid, MoveRefused.
    """
    _must_review(request, user)
    _must_stand(request, RequestState.IN_REVIEW)
    if problems := problems_in(request, current_revision(request).content):
        raise RecordInvalid(problems)
    move(request, RequestState.READY, actor=person(user), reason=opinion, ready_at=timezone.now())
    forget_readers(request)
    facts = {"what": "通过", "revision": request.revision_number, "words": opinion}
    note(AuditAction.REVIEW, user=user, about=request, facts=facts)


@transaction.atomic
def return_for_changes(request: Request, *, user: User, reason: str) -> None:
    """Send a revision back to staff with what is to be changed. Raises: NotAllowed (also without a reason), MoveRefused."""
    _must_review(request, user)
    if not reason.strip():
        raise NotAllowed("写明退改的原因，填报人才知道改哪里")
    move(request, RequestState.REVIEW_RETURNED, actor=person(user), reason=reason.strip())
    forget_readers(request)
    facts = {"what": "退改", "revision": request.revision_number, "words": reason.strip()}
    note(AuditAction.REVIEW, user=user, about=request, facts=facts)


@transaction.atomic
def vouch(request: Request) -> None:
    """Skip the review: whoever calls the command vouches for review and verification, and that is recorded.

    Raises: RecordInvalid (blocking rules still apply), MoveRefused.
    """
    _must_stand(request, RequestState.DRAFT)
    hold(request, RequestState.READY)
    freeze(current_revision(request), request)
    move(
        request,
        RequestState.READY,
        actor=COMMAND,
        reason="由调用方担保审核与核验（--ready）",
        ready_at=timezone.now(),
        vouched=True,
        stalled_reason="",
    )
