"""Who is told when a request comes back: whoever entered and whoever submitted it, in the transaction of the move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import reverse

from filing.choices import CORRECTABLE_STATES, AlertKind, RequestState, Urgency
from filing.models import Request
from filing.services.alerts import Due, end, tell

MOST_REASON = 120
_WORDS = {
    RequestState.RETURNED: "管局退回",
    RequestState.REJECTED: "管局没有同意",
    RequestState.REVIEW_RETURNED: "审核退改",
}


def about(request: Request) -> str:
    """What names the trouble of one request that came back."""
    return f"request:{request.pk}"


def tell_of_move(
    requests: Sequence[Request], to: RequestState, whys: Sequence[str], *, by: int | None = None
) -> None:
    """`requests` as they were before the move, with the words of each. Nobody is told of what they did themselves (`by`)."""
    if to in CORRECTABLE_STATES:
        tell(
            due
            for each, why in zip(requests, whys, strict=True)
            for due in _dues(each, to, why)
            if due.user_id != by
        )
    else:
        end(AlertKind.CAME_BACK, [about(each) for each in requests if each.state in CORRECTABLE_STATES])


def _dues(request: Request, to: RequestState, why: str) -> Iterator[Due]:
    reason = " ".join(why.split())[:MOST_REASON]
    words = f"“{request.subject_name or request.ref}”{_WORDS[to]}" + (f"：{reason}" if reason else "")
    for user_id in {request.created_by_id, request.submitted_by_id}:
        if user_id is None:
            continue
        yield Due(
            user_id,
            AlertKind.CAME_BACK,
            about(request),
            words,
            reverse("request_detail", args=[request.ref]),
            Urgency.TODAY,
            ref=request.ref,
            isp_id=request.isp_id,
        )
