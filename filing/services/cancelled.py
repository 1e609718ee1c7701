"""What the bureau took away: filed records are marked, and open requests that act on them end.

Spec: protocol "What comes back", ZXSJ; result codes 1049 (the subject is cancelled) and 1050 (the website is).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from filing.actors import BUREAU
from filing.cancelled_data import CancelledKind
from filing.choices import AT_BUREAU_STATES, FiledState, Operation, RequestState
from filing.identifiers import tidy_filing_number
from filing.models import Access, Request, Subject, Website
from filing.models.people import FiledRecord
from filing.services import drafts, outcomes
from filing.services.acting import Acting, Gone, open_requests_on
from filing.states import note

Proof = dict[str, Any]

SUBJECT_CODE, WEBSITE_CODE = 1049, 1050

OWN_OPERATION = {
    CancelledKind.SUBJECT: Operation.CANCEL_SUBJECT,
    CancelledKind.WEBSITE: Operation.CANCEL_WEBSITE,
    CancelledKind.ACCESS: Operation.CANCEL_ACCESS,
}
"""The request that asked for exactly this."""

WORDS = {
    CancelledKind.SUBJECT: "主体已注销",
    CancelledKind.WEBSITE: "网站已注销",
    CancelledKind.ACCESS: "接入已取消",
}


@dataclass
class Ended:
    """What a cancellation did. `record` None: it is not held here. `told` are requests that only learned of it."""

    record: FiledRecord | None
    newly: bool = False
    approved: list[Request] = field(default_factory=list)
    returned: list[Request] = field(default_factory=list)
    reopened: list[Request] = field(default_factory=list)
    told: list[Request] = field(default_factory=list)

    @property
    def in_a_call(self) -> Request | None:
        """A request whose file is being sent at this moment: what becomes of it is known in a moment, not now."""
        return next((each for each in self.told if each.state == RequestState.UPLOADING), None)

    @property
    def requests(self) -> list[Request]:
        return [*self.approved, *self.returned, *self.reopened, *self.told]


@transaction.atomic
def record_cancelled(
    kind: CancelledKind,
    bureau_id: int,
    *,
    isp_id: int,
    at: datetime,
    proof: Proof,
    words: str = "",
    unassigned: bool = False,
) -> Ended:
    """Mark a subject (with its websites and accesses), a website (with its accesses) or an access as cancelled.

    Requests at the bureau that act on it are returned with 1049 or 1050, ready ones go back to draft; the request that
    asked for this cancellation is approved. A change of which some websites live on stays at the bureau, which decides
    of the rest. Drafts, and what is packed or in doubt, are told and stay. Applying the same twice changes nothing.
    `at`: when it came. `words`: the bureau's own. `unassigned`: requests without a link are this link's.
    Raises: MoveRefused where a request moved meanwhile.
    """
    record, gone, newly = _mark(kind, bureau_id, isp_id, at, proof)
    ended = Ended(record, newly)
    for acting in open_requests_on(gone, isp_id=isp_id, unassigned=unassigned):
        _end(acting, kind, ended, proof, words)
    return ended


def _mark(
    kind: CancelledKind, bureau_id: int, isp_id: int, at: datetime, proof: Proof
) -> tuple[FiledRecord | None, Gone, bool]:
    """Mark what is held here: the record itself (None: not held), all that is gone, whether anything was not yet."""
    named = {"isp_id": isp_id, "bureau_id": bureau_id}
    if kind == CancelledKind.SUBJECT:
        subjects = Subject.objects.filter(**named)
        websites = Website.objects.filter(subject__in=subjects)
        accesses = Access.objects.filter(website__in=websites)
    elif kind == CancelledKind.WEBSITE:
        subjects = Subject.objects.none()
        websites = Website.objects.filter(**named)
        accesses = Access.objects.filter(website__in=websites)
    else:
        subjects, websites = Subject.objects.none(), Website.objects.none()
        accesses = Access.objects.filter(**named)
    record: FiledRecord | None = subjects.first() or websites.first() or accesses.first()
    itself = frozenset({bureau_id})
    gone = Gone(
        subject_ids=_ids(subjects) | (itself if kind == CancelledKind.SUBJECT else frozenset()),
        subject_numbers=_numbers(subjects),
        website_ids=_ids(websites) | (itself if kind == CancelledKind.WEBSITE else frozenset()),
        website_numbers=_numbers(websites),
        access_ids=_ids(accesses) | (itself if kind == CancelledKind.ACCESS else frozenset()),
    )
    marked = [_cancel(rows, at, proof) for rows in (accesses, websites, subjects)]
    if record is not None:
        record.refresh_from_db()
    return record, gone, any(marked)


def _cancel(rows: QuerySet[Any], at: datetime, proof: Proof) -> int:
    """Mark rows that are not marked yet; the first proof and time stay."""
    keys = list(
        rows.exclude(state=FiledState.CANCELLED).select_for_update(of=("self",)).values_list("pk", flat=True)
    )
    columns = {
        "state": FiledState.CANCELLED,
        "cancelled_at": at,
        "proof": proof,
        "updated_at": timezone.now(),
    }
    rows.model._default_manager.filter(pk__in=keys).update(**columns)
    return len(keys)


def _ids(rows: QuerySet[Any]) -> frozenset[int]:
    return frozenset(filter(None, rows.values_list("bureau_id", flat=True)))


def _numbers(rows: QuerySet[Any]) -> frozenset[str]:
    return frozenset(tidy_filing_number(each) for each in rows.values_list("number", flat=True) if each)


def _end(acting: Acting, kind: CancelledKind, ended: Ended, proof: Proof, words: str) -> None:
    request, reason = acting.request, f"{WORDS[kind]}（管局下发注销数据）"
    asked_for_it = request.operation == OWN_OPERATION[kind] and acting.wholly
    if request.state in AT_BUREAU_STATES and asked_for_it:
        outcomes.mark_approved(request, codes=[], words=words, reason=reason, proof=proof)
        ended.approved.append(request)
    elif request.state in AT_BUREAU_STATES and acting.wholly:
        code = SUBJECT_CODE if kind == CancelledKind.SUBJECT else WEBSITE_CODE
        outcomes.mark_returned(request, codes=[code], words=words, reason=reason, proof=proof)
        ended.returned.append(request)
    elif request.state == RequestState.READY:
        left = "已办结，可撤回" if asked_for_it else "核对内容后再提交"
        drafts.reopen(request, actor=BUREAU, reason=f"{reason}，{left}")
        ended.reopened.append(request)
    else:
        _tell(request, reason, proof)
        ended.told.append(request)


def _tell(request: Request, reason: str, proof: Proof) -> None:
    """Write it into the history once; where staff still hold the request, the notice on its page says it too."""
    if request.events.filter(proof=proof).exists():
        return
    note(request, actor=BUREAU, reason=reason, proof=proof)
    held = {RequestState.DRAFT, RequestState.IN_REVIEW, RequestState.REVIEW_RETURNED}
    if request.state in held:
        request.stalled_reason = reason
        request.save(update_fields=["stalled_reason", "updated_at"])
