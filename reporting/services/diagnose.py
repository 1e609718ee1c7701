"""Why a request waits: the first cause that the facts show, with its evidence, and what they rule out.

To add a cause: one function from a `Situation` to what it found, in its place in `CAUSES`. Reads only; what the bureau
has to be asked for is the watchdog's work (watch.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import timezone

from filing.choices import RequestState
from filing.models import Request
from reporting.services import causes_bureau, causes_line, causes_sending
from reporting.services.findings import Fact, Finding, Found, RuledOut
from reporting.services.situations import WAITING_STATES, Situation, situations

Look = Callable[[Situation], Found | RuledOut | None]

CAUSES_BEFORE_ARRIVAL: Sequence[Look] = (
    causes_line.no_link,
    causes_sending.held,
    causes_sending.postponed,
    causes_line.link_stopped,
    causes_line.not_running,
    causes_line.in_doubt,
    causes_sending.hours,
    causes_line.network_down,
    causes_line.bureau_down,
    causes_sending.never_arrived,
    causes_sending.about_to_go,
)
CAUSES_AT_BUREAU: Sequence[Look] = (
    causes_line.no_link,
    causes_bureau.not_applied,
    causes_bureau.filed_by_another,
    causes_bureau.decided_without_notice,
    causes_line.link_stopped,
    causes_line.not_running,
    causes_line.network_down,
    causes_line.bureau_down,
    causes_bureau.lost_at_bureau,
    causes_bureau.not_collected,
    causes_bureau.forwarded,
    causes_bureau.overdue,
    causes_bureau.sms_check,
    causes_bureau.within_term,
)
"""The most certain and the most concrete first: the first that finds something is the cause."""

_NOT_WAITING = {
    RequestState.DRAFT: "还没有提交：填好后提交审核",
    RequestState.IN_REVIEW: "等同事审核，与管局无关",
    RequestState.REVIEW_RETURNED: "审核退改：改正后再提交",
    RequestState.REJECTED: "管局已有结论：按原话改正后再报，或撤回",
    RequestState.RETURNED: "管局已退回：按原话改正后再报，或撤回",
    RequestState.APPROVED: "已通过，不再等待",
    RequestState.WITHDRAWN: "已撤回，不再等待",
}


def diagnose(requests: Sequence[Request], now: datetime | None = None) -> list[Finding]:
    """Find out for each request, in order, why it waits. Of one that does not wait, its latest event is told."""
    now = now or timezone.now()
    waiting = [request for request in requests if request.state in WAITING_STATES]
    found = {each.request.pk: _judge(each) for each in situations(waiting, now)}
    return [found.get(request.pk) or _not_waiting(request) for request in requests]


def _judge(situation: Situation) -> Finding:
    ruled_out: list[RuledOut] = []
    looks = CAUSES_AT_BUREAU if situation.at_bureau else CAUSES_BEFORE_ARRIVAL
    for look in looks:
        answer = look(situation)
        if isinstance(answer, Found):
            return Finding(situation.request, answer, tuple(ruled_out), situation.diagnosis)
        if answer is not None:
            ruled_out.append(answer)
    raise AssertionError(f"no cause for {situation.request.ref} in state {situation.request.state}")


def _not_waiting(request: Request) -> Finding:
    event = request.events.order_by("-at", "-pk").first()
    facts: tuple[Fact, ...] = ()
    if event is not None:
        facts = (Fact(event.words or event.reason or event.get_new_state_display(), event.at, event.proof),)
    step = _NOT_WAITING[RequestState(request.state)]
    return Finding(request, None, facts=facts, next_step=step)
