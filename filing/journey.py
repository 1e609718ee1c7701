"""Where a request is on its way: six steps, told from its history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, RequestState
from filing.models import Request, RequestEvent
from filing.sms import SmsStep
from filing.times import day_words, duration_words

S = RequestState
Events = Sequence[RequestEvent]

NAMES = ("填报", "审核", "打包", "管局受理", "管局审核", "备案号")
ENTERED, REVIEWED, PACKED, ACCEPTED, DECIDED, NUMBERED = range(6)

_PLACE = {
    S.DRAFT: ENTERED,
    S.REVIEW_RETURNED: ENTERED,
    S.IN_REVIEW: REVIEWED,
    S.READY: PACKED,
    S.PACKED: ACCEPTED,
    S.UPLOADING: ACCEPTED,
    S.UNCERTAIN: ACCEPTED,
    S.AWAITING_BUREAU: DECIDED,
    S.FORWARDED: DECIDED,
    S.RETURNED: DECIDED,
    S.REJECTED: DECIDED,
    S.APPROVED: NUMBERED,
}
"""The step that a request in this state stands at; a withdrawn one stands nowhere."""

_WAITING_WORDS = {S.DRAFT: "正在填写", S.REVIEW_RETURNED: "等改正", S.APPROVED: "等管局下发"}


@dataclass(frozen=True)
class Step:
    """One step. `place` is "done", "now", "maybe" (nobody tells whether) or "" (ahead).

    `state` colours the step where the request stands.
    """

    name: str
    place: str
    facts: str = ""
    state: str = ""


def journey(request: Request, events: Events, *, numbered: bool, sms: SmsStep | None = None) -> list[Step]:
    """Tell the way of the revision that the request stands at.

    Shape: six steps, from entering to the number, and before the bureau's review the ministry's check by SMS where there
    may be one (`sms`). `events` in the order of time; `numbered` says whether the bureau's numbers are here.
    """
    own = [event for event in events if event.revision_number == request.revision_number]
    at = _PLACE.get(S(request.state), -1)
    steps = []
    for place, name in enumerate(NAMES):
        if place == DECIDED and sms is not None:
            words = "已过期限" if sms.is_over else "前要回复"
            steps.append(Step("短信核验", "maybe", f"{timezone.localtime(sms.until):%m-%d %H:%M} {words}"))
        facts = "已下发" if place == NUMBERED and numbered else _facts(place, own)
        if place == at and not (place == NUMBERED and numbered):
            steps.append(Step(name, "now", _standing(request, facts), request.state))
        elif place <= at or (at < 0 and facts):
            steps.append(Step(name, "done", facts))
        else:
            steps.append(Step(name, ""))
    return steps


def _standing(request: Request, facts: str) -> str:
    """What stands under the step that the request is at: when it was refused, or how long it waits."""
    if request.state in (S.RETURNED, S.REJECTED):
        return facts
    since = request.accepted_at if request.state in AT_BUREAU_STATES else None
    span = duration_words(timezone.now() - (since or request.state_changed_at))
    return f"{_WAITING_WORDS.get(S(request.state), '已等')} {span}"


def _facts(place: int, own: Events) -> str:
    """When a step was done and by whom or under which number; empty where it was not."""
    if place == ENTERED:
        return f"{day_words(own[0].at)} {own[0].actor_name}" if own else ""
    if place not in _DONE_BY:
        return ""
    found = [event for event in own if _DONE_BY[place](event)]
    if not found:
        return ""
    event = found[-1]
    if place == REVIEWED:
        return f"{day_words(event.at)} {event.actor_name}"
    if place == PACKED and "sequence" in event.proof:
        return f"{day_words(event.at)} 第 {event.proof['sequence']} 号"
    if place == ACCEPTED and "code" in event.proof:
        return f"{day_words(event.at)} 代码 {event.proof['code']}"
    return day_words(event.at)


_DONE_BY: dict[int, Callable[[RequestEvent], bool]] = {
    REVIEWED: lambda event: event.new_state == S.READY and event.old_state in (S.DRAFT, S.IN_REVIEW),
    PACKED: lambda event: event.new_state == S.PACKED and event.old_state == S.READY,
    ACCEPTED: lambda event: (
        event.new_state in AT_BUREAU_STATES and event.old_state in (S.UPLOADING, S.UNCERTAIN)
    ),
    DECIDED: lambda event: (
        event.new_state in (S.APPROVED, S.REJECTED, S.RETURNED) and event.old_state != event.new_state
    ),
}
