"""Why a draft came back: the bureau's words and codes, the reviewer's reason, or what changed under a ready request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from filing.choices import CORRECTABLE_STATES, ActorKind, RequestState
from filing.documents.shape import Problem
from filing.forms.hints import hints_for
from filing.forms.typed import Document
from filing.models import Request
from filing.result_codes import ResultCode, explain


@dataclass
class CameBack:
    """Shape: `state` in which the previous revision came back; `from_bureau` tells whose words these are."""

    state: str
    at: datetime
    who: str
    from_bureau: bool
    reason: str = ""
    words: str = ""
    codes: list[ResultCode] = field(default_factory=list)

    @property
    def title(self) -> str:
        return {
            RequestState.REVIEW_RETURNED: "审核退改",
            RequestState.RETURNED: "管局退回",
            RequestState.REJECTED: "管局审核拒绝",
        }.get(RequestState(self.state), "待上报时退回草稿")


def why(request: Request) -> CameBack | None:
    """What a draft must be corrected for; None for a first draft. Codes that arrived later are among them."""
    if request.revision_number < 2:
        return None
    events = request.events.filter(revision_number=request.revision_number - 1).order_by("-at", "-id")
    for event in events:
        if event.new_state in CORRECTABLE_STATES and event.old_state != event.new_state:
            from_bureau = event.actor_kind == ActorKind.BUREAU
            codes = dict.fromkeys([*event.codes, *(request.result_codes if from_bureau else [])])
            return CameBack(
                state=event.new_state,
                at=event.at,
                who=event.actor_name,
                from_bureau=from_bureau,
                reason="" if from_bureau else event.reason,
                words=(request.bureau_words or event.words) if from_bureau else "",
                codes=[explain(code) for code in codes],
            )
    if request.stalled_reason:
        at = request.state_changed_at
        return CameBack(RequestState.READY, at, "", from_bureau=False, reason=request.stalled_reason)
    return None


def marks_for(back: CameBack | None, content: Document) -> list[Problem]:
    """The fields that the bureau's codes point at, with what to do there."""
    if back is None or not back.from_bureau:
        return []
    explained = {code.code: code for code in back.codes}
    return [
        Problem(hint.path, "", f"管局代码 {hint.code}：{explained[hint.code].message}")
        for hint in hints_for(explained, content, back.words)
    ]
