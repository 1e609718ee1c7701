"""Applying cancellations. Spec: protocol "What comes back", ZXSJ."""

from __future__ import annotations

from collections.abc import Callable

from filing.services.cancelled import WORDS, Ended, record_cancelled
from filing.states import MoveRefused
from reporting.choices import ItemOutcome
from reporting.readers.cancelled import read_cancelled
from reporting.readers.document import Record
from reporting.services.applied import Applied, NotYet, Source, Unmatched
from reporting.services.entries import settle_entry


def apply_cancelled(record: Record, source: Source) -> Applied:
    """ZXSJ/Zxxx. Raises: elements.Unreadable, Unmatched, NotYet."""
    data = read_cancelled(record.element)
    try:
        ended = record_cancelled(
            data.kind,
            data.bureau_id,
            isp_id=source.link.isp_id,
            at=source.download.received_at,
            proof=source.proof(record),
            words=data.remarks,
            unassigned=source.link.is_default,
        )
    except MoveRefused as error:
        # The sender packed it, or a person moved it, at this very moment: the next pass sees where it stands.
        raise NotYet(str(error)) from error
    if ended.in_a_call is not None:
        raise NotYet(f"{ended.in_a_call.ref} 的上报还在途中，等它落定")
    if ended.record is None and not ended.requests:
        raise Unmatched(f"{WORDS[data.kind]}：库中没有管局标识 {data.bureau_id} 的记录")
    for request in (*ended.approved, *ended.returned):
        settle_entry(request)
    about = ended.requests
    return Applied(
        ItemOutcome.APPLIED if ended.newly or about else ItemOutcome.NOTED,
        reason="" if ended.newly or about else "此前已标为注销",
        summary=f"{WORDS[data.kind]}：{ended.record or data.bureau_id}{_told(ended)}",
        request=about[0] if len(about) == 1 else None,
    )


def _told(ended: Ended) -> str:
    said = {
        "通过": ended.approved,
        "退回": ended.returned,
        "改回草稿": ended.reopened,
        "告知": ended.told,
    }
    parts = [f"{words} {'、'.join(each.ref for each in found)}" for words, found in said.items() if found]
    return f"；报备单：{'，'.join(parts)}" if parts else ""


HANDLERS: dict[str, Callable[[Record, Source], Applied]] = {"ZXSJ": apply_cancelled}
