"""Work closes by itself when the request that answers it is approved, and is open again when that comes back.

HSJG and WBACLJG have no decision: they end with the result 1001, or the bureau takes them and says nothing. Then the work
closes after a set time (ICP_ANSWER_SILENCE_DAYS), with that reason; the request itself stays what it is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, Operation, RequestState
from filing.models import Request
from filing.services.errors import NotAllowed
from filing.working_days import local_day, term_of
from verification.choices import WorkState
from verification.due import due_of
from verification.models import (
    Arrival,
    CheckResult,
    ListedWork,
    Notice,
    UnfiledWebsite,
    VerificationTask,
)
from verification.services.arrivals import answer_with, close, reopen

log = logging.getLogger(__name__)

ALL_WORK: tuple[type[Arrival], ...] = (VerificationTask, UnfiledWebsite, CheckResult, Notice, ListedWork)
WITHOUT_DECISION = frozenset({Operation.VERIFICATION_RESULT, Operation.UNFILED_RESULT})
CAME_BACK = frozenset({RequestState.REJECTED, RequestState.RETURNED})
MOST_AT_ONCE = 1000


@dataclass
class Settled:
    """How much work was closed and opened again."""

    closed: int = 0
    reopened: int = 0


def silent_until(request: Request) -> date | None:
    """The day after which an answer without a decision counts as taken; None where it is not at the bureau."""
    if request.operation not in WITHOUT_DECISION or request.state not in AT_BUREAU_STATES:
        return None
    if request.accepted_at is None:
        return None
    return term_of(local_day(request.accepted_at), settings.ICP_ANSWER_SILENCE_DAYS).last_day


def settle() -> Settled:
    """One pass over all work; repeating it changes nothing."""
    done = Settled()
    _adopt(VerificationTask, Operation.VERIFICATION_RESULT)
    _adopt(UnfiledWebsite, Operation.UNFILED_RESULT)
    for model in ALL_WORK:
        _date(model)
        rows = model._default_manager.filter(answer__isnull=False).select_related("answer")
        for row in rows.filter(state=WorkState.OPEN).exclude(answer__state__in=CAME_BACK)[:MOST_AT_ONCE]:
            done.closed += _close_answered(row)
        back = rows.filter(
            state=WorkState.DONE, answer__state__in=CAME_BACK, answer__decided_at__gt=F("done_at")
        )
        for row in back[:MOST_AT_ONCE]:
            done.reopened += _reopen(row)
    return done


def _adopt(model: type[Arrival], operation: Operation) -> None:
    """Answers that were begun elsewhere (a command, another page) belong to the open work that they name."""
    waiting = list(model._default_manager.filter(state=WorkState.OPEN, answer=None)[:MOST_AT_ONCE])
    by_target = {_target_of(row): row for row in waiting}
    rows = Request.objects.filter(operation=operation, target__in=by_target)
    for request in rows.exclude(state=RequestState.WITHDRAWN).defer("icp_password").order_by("pk"):
        row = by_target[request.target]
        # The file came first, then its record was read: an answer is younger than both.
        if request.created_at >= row.open_since and request.isp_id in (None, row.isp_id):
            answer_with(row, request)


def _target_of(row: Arrival) -> str:
    """As `filing.services.targets` names it."""
    if isinstance(row, VerificationTask):
        return f"subject:{row.subject_bureau_id}"
    return f"domain:{row.domain}" if isinstance(row, UnfiledWebsite) else ""


def _date(model: type[Arrival]) -> None:
    """Give what came before work had a due date the one that it would have got."""
    for row in model._default_manager.filter(state=WorkState.OPEN, due_on=None)[:MOST_AT_ONCE]:
        row.due_on, row.due_by_bureau = due_of(model, row.received_at, f"{_words(row)}\n{row.remarks}")
        row.save(update_fields=["due_on", "due_by_bureau"])


def _words(row: Arrival) -> str:
    return str(getattr(row, "words", ""))


def _close_answered(row: Arrival) -> bool:
    request = row.answer
    if request is None or (request.decided_at is not None and request.decided_at < row.open_since):
        return False
    named = f"{Operation(request.operation).label} {request.ref}"
    if request.state == RequestState.APPROVED:
        return _close(row, f"{named} 管局已通过")
    until = silent_until(request)
    if until is not None and timezone.localdate() > until:
        return _close(
            row, f"{named} 受理后 {settings.ICP_ANSWER_SILENCE_DAYS} 个工作日没有退回，按已收下办结"
        )
    return False


def _close(row: Arrival, note: str) -> bool:
    try:
        close(row, note=note)
    except NotAllowed:
        # A person closed it at this very moment: their word stands.
        return False
    return True


def _reopen(row: Arrival) -> bool:
    try:
        reopen(row)
    except NotAllowed:
        log.info("%s %s stays done: the bureau asked anew", type(row).__name__, row.pk)
        return False
    return True
