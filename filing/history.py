"""A row of a request's history as one line of the time line."""

from __future__ import annotations

from filing.choices import ActorKind, RequestState
from filing.models import RequestEvent

S = RequestState

# Moves that a person makes are told with the person's name in front.
_BY_PERSON: dict[tuple[str, str], str] = {
    ("", S.DRAFT): "新建",
    (S.DRAFT, S.IN_REVIEW): "提交审核",
    (S.IN_REVIEW, S.READY): "审核通过",
    (S.DRAFT, S.READY): "免审放行",
    (S.IN_REVIEW, S.REVIEW_RETURNED): "退改",
    (S.REVIEW_RETURNED, S.DRAFT): "开始改正",
    (S.RETURNED, S.DRAFT): "开始改正",
    (S.REJECTED, S.DRAFT): "开始改正",
}
_BY_LINK: dict[tuple[str, str], str] = {
    (S.READY, S.PACKED): "打包进数据文件",
    (S.READY, S.DRAFT): "退回草稿",
    (S.PACKED, S.UPLOADING): "开始上报",
    (S.PACKED, S.READY): "文件作废，等待重新打包",
    (S.UPLOADING, S.PACKED): "没有送达，原样重发",
    (S.UPLOADING, S.READY): "未被受理，等待重新打包",
    (S.UPLOADING, S.UNCERTAIN): "没有应答，结果待查",
    (S.UNCERTAIN, S.PACKED): "查明管局没有收到，原样重发",
    (S.AWAITING_BUREAU, S.READY): "稍后再报，等待重新打包",
    (S.FORWARDED, S.READY): "稍后再报，等待重新打包",
}
_BY_BUREAU: dict[str, str] = {
    S.AWAITING_BUREAU: "管局受理",
    S.FORWARDED: "管局受理，转外省审核",
    S.APPROVED: "管局审核通过",
    S.REJECTED: "管局审核拒绝",
    S.RETURNED: "管局退回",
}
_SAID_BY_THE_LINE = frozenset({"新建", "提交审核", "开始改正"})


def headline(event: RequestEvent) -> str:
    """What happened, in one line. Where the reason says the same and more, it is the line."""
    line = _line(event)
    if event.actor_kind != ActorKind.PERSON and event.reason.startswith(line):
        return event.reason
    return line


def reason_beside(event: RequestEvent) -> str:
    """The reason where it says more than the line and the bureau's words do."""
    if event.reason in _SAID_BY_THE_LINE or event.reason in (event.words, headline(event)):
        return ""
    return event.reason


def _line(event: RequestEvent) -> str:
    if event.old_state == event.new_state:
        return event.reason or (
            "管局回执" if event.actor_kind == ActorKind.BUREAU else f"{event.actor_name} 记录"
        )
    if event.new_state == S.WITHDRAWN:
        return f"{event.actor_name} 撤回"
    move = (event.old_state, event.new_state)
    if move == (S.DRAFT, S.IN_REVIEW) and event.revision_number > 1:
        return f"{event.actor_name} 改正后再次提交"
    if move in _BY_PERSON:
        return f"{event.actor_name} {_BY_PERSON[move]}"
    label = RequestState(event.new_state).label
    return _BY_LINK.get(move) or _BY_BUREAU.get(event.new_state) or f"{event.actor_name}：{label}"
