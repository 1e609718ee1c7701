"""To which request a result or decision belongs: by operation and name, never by a guess.

Spec: protocol "What comes back, and to what it belongs"; operation kinds Czlx.
"""

from __future__ import annotations

from collections.abc import Sequence

from filing.choices import AT_BUREAU_STATES, Operation, RequestState
from filing.identifiers import tidy_filing_number
from filing.models import Request
from reporting.models import Link
from reporting.services.applied import Unmatched

OPERATION_OF_KIND = {
    1: Operation.NEW_FILING,
    2: Operation.NEW_WEBSITE,
    3: Operation.NEW_ACCESS,
    4: Operation.CHANGE,
    5: Operation.CANCEL_ACCESS,
    6: Operation.CANCEL_SUBJECT,
    7: Operation.CANCEL_WEBSITE,
    35: Operation.SUBMIT_MATERIALS,
}
WITHOUT_KIND = (Operation.VERIFICATION_RESULT, Operation.UNFILED_RESULT, Operation.SUBMIT_MATERIALS)
"""Their results carry no kind, or one that the schema forced on them."""

EXPECTING = AT_BUREAU_STATES | {RequestState.UPLOADING, RequestState.UNCERTAIN}
"""Requests that may be at the bureau: a result can only be about one of these, or repeat what is known of another."""


def kind_in_words(kind: int | None) -> str:
    """The operation kind as staff read it."""
    if kind is None:
        return "管局未注明业务"
    return OPERATION_OF_KIND[kind].label if kind in OPERATION_OF_KIND else f"业务 {kind}"


def request_of_result(link: Link, kind: int | None, name: str) -> Request | None:
    """The request that a result's Bs names. None where nobody has that name. Raises: Unmatched where several do."""
    return _find(link, kind, "result_keys", _spellings(name))


def request_of_decision(link: Link, kind: int | None, record_id: int | None) -> Request | None:
    """The request that a decision's Jlid names. None where nobody has that id. Raises: Unmatched where several do."""
    return _find(link, kind, "decision_keys", [] if record_id is None else [str(record_id)])


def _spellings(name: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (name, tidy_filing_number(name), name.lower()))))


def _find(link: Link, kind: int | None, column: str, names: Sequence[str]) -> Request | None:
    if not names:
        return None
    rows = Request.objects.filter(isp_id=link.isp_id, **{f"{column}__overlap": names})
    first = [OPERATION_OF_KIND[kind]] if kind in OPERATION_OF_KIND else list(Operation)
    for operations in (first, WITHOUT_KIND):
        found = _pick(list(rows.filter(operation__in=operations).order_by("-pk")), names[0])
        if found is not None:
            return found
    return None


def _may_be_there(request: Request) -> bool:
    """Whether the bureau may have it: also one that is held back since a backup was restored."""
    held = request.state == RequestState.READY and bool(request.held_reason)
    return held or request.state in EXPECTING


def _pick(candidates: list[Request], name: str) -> Request | None:
    """The one that expects an answer; else the latest that was decided, for a result may come twice."""
    expecting = [each for each in candidates if _may_be_there(each)]
    if len(expecting) > 1:
        refs = "、".join(each.ref for each in expecting[:5])
        raise Unmatched(f"标识 {name} 同时对应几个未决请求：{refs}，由人工判断")
    if expecting:
        return expecting[0]
    # A later revision began: an earlier one was at the bureau, and more may be said of it.
    return next(
        (each for each in candidates if each.accepted_at is not None or each.revision_number > 1), None
    )
