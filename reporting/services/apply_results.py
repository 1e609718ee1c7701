"""Applying results (codes for a request) and decisions (the bureau's reviewer).

Spec: protocol "What comes back, and to what it belongs".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, Operation, RequestState
from filing.models import Request
from filing.result_codes import LATER_CODES, LINK_CODES, SUCCESS_CODES, explain
from filing.services import outcomes
from filing.services.cancelled import OWN_OPERATION, record_cancelled
from filing.services.held import was_sent
from reporting.choices import Direction, ItemOutcome
from reporting.readers.document import Record
from reporting.readers.results import ResultData, read_decision, read_result
from reporting.services import patience
from reporting.services.applied import Applied, NotYet, Source, Unmatched
from reporting.services.apply_refused_file import SCHEMA_CODE, file_named, refuse_file, send_file_back
from reporting.services.entries import settle_entry
from reporting.services.file_states import prove_arrival
from reporting.services.match import kind_in_words, request_of_decision, request_of_result

APPROVED_CODE, REJECTED_CODE, STORED_CODE = 1001, 1002, 1060
INFORMATION_CODES = SUCCESS_CODES - {APPROVED_CODE}
LATER_WAIT_S = 3600.0
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the bureau's clock may be behind ours."""


def apply_result(record: Record, source: Source) -> Applied:
    """BAJG/Jg_xx. Raises: Unmatched, NotYet, elements.Unreadable, MoveRefused."""
    data = read_result(record.element)
    if SCHEMA_CODE in data.codes and (file := file_named(data, source)) is not None:
        return refuse_file(file, data, source.proof(record))
    if concerning := sorted(set(data.codes) & LINK_CODES):
        return _apply_to_link(concerning[0], data, record, source)
    request = _request_of(data, source)
    if _is_refusal(data) and _came_before_this_revision(request, source):
        outcomes.note_late_word(request, codes=data.codes, words=data.words, proof=source.proof(record))
        return Applied(
            ItemOutcome.NOTED, summary=f"{request.ref}：{_told(data)}，是上一版的结果", request=request
        )
    bureau_has(request, source.proof(record))
    moved = _apply_codes(request, data, source.proof(record))
    if moved:
        settle_entry(request)
        carry_out_cancellation(request, source.link.isp_id, source.proof(record))
    outcome = ItemOutcome.APPLIED if moved else ItemOutcome.NOTED
    return Applied(outcome, summary=f"{request.ref}：{_told(data)}", request=request)


def _request_of(data: ResultData, source: Source) -> Request:
    """Raises: Unmatched."""
    request = request_of_result(source.link, data.operation_kind, data.target)
    if request is None:
        name = f"{kind_in_words(data.operation_kind)}，标识 {data.target or '空'}"
        raise Unmatched(f"找不到对应的请求（{name}）：{_told(data)}")
    return request


def _apply_to_link(code: int, data: ResultData, record: Record, source: Source) -> Applied:
    """Stop sending until a person acted. What the result names waits for another file: it is not its fault.

    Raises: NotYet, elements.Unreadable, MoveRefused.
    """
    words, proof = _words_of(data, code), source.proof(record)
    patience.call_a_person(source.link, Direction.SENDING, words, code)
    if (file := file_named(data, source)) is not None:
        return send_file_back(file, code=code, words=words, proof=proof)
    try:
        request = _request_of(data, source)
    except Unmatched as error:
        # Returned, not raised: the transaction that stops the link must stand.
        return Applied(ItemOutcome.UNMATCHED, str(error))
    bureau_has(request, proof)
    moved = _apply_codes(request, data, proof)
    if moved:
        settle_entry(request)
    outcome = ItemOutcome.APPLIED if moved else ItemOutcome.NOTED
    return Applied(outcome, summary=f"{request.ref}：{_told(data)}", request=request)


def _told(data: ResultData) -> str:
    return "、".join(map(str, data.codes))


def _words_of(data: ResultData, code: int) -> str:
    known = explain(code)
    return f"{data.words or known.message}（代码 {code}）。{known.remedy}"


def _own_words(data: ResultData) -> str:
    """The bureau's words where they say more than the code does."""
    return "" if data.words in {explain(code).message for code in data.codes} else data.words


def _apply_codes(request: Request, data: ResultData, proof: dict[str, Any]) -> bool:
    """Do what the codes mean; returns whether the request moved."""
    codes, words = data.codes, data.words
    deciding = set(codes) - INFORMATION_CODES
    if not deciding:
        # 1060 is the end of materials, which have no decision; what was refused before stays refused.
        stored = request.operation == Operation.SUBMIT_MATERIALS and STORED_CODE in codes
        if stored and request.state in AT_BUREAU_STATES:
            reason = "核验材料已入库"
            return outcomes.mark_approved(request, codes=codes, words=words, reason=reason, proof=proof)
        outcomes.note_good_news(request, codes=codes, words=words, proof=proof)
        return False
    if deciding <= LATER_CODES:
        until = timezone.now() + patience.waits(LATER_WAIT_S)
        return outcomes.postpone(request, codes=codes, words=words, until=until, proof=proof)
    if deciding <= LINK_CODES:
        if request.state not in AT_BUREAU_STATES:
            return False
        outcomes.mark_unpacked([request], reason=_words_of(data, min(deciding)), codes=codes, proofs=[proof])
        return True
    if deciding in ({APPROVED_CODE}, {REJECTED_CODE}):
        if len(request.decision_keys) > 1:
            # Several websites, one decision each: this code names none of them.
            outcomes.note_good_news(request, codes=codes, words=words, proof=proof)
            return False
        return _decided(request, APPROVED_CODE in deciding, codes, _own_words(data), proof)
    return outcomes.mark_returned(request, codes=codes, words=words, reason="管局退回", proof=proof)


def _decided(
    request: Request, approved: bool, codes: Sequence[int], words: str, proof: dict[str, Any]
) -> bool:
    mark = outcomes.mark_approved if approved else outcomes.mark_rejected
    reason = "管局审核通过" if approved else "管局审核拒绝"
    return mark(request, codes=codes, words=words, reason=reason, proof=proof)


def apply_decision(record: Record, source: Source) -> Applied:
    """BAJG/GJSHS/Gjsh. Raises: Unmatched, NotYet, elements.Unreadable, MoveRefused."""
    data = read_decision(record.element)
    request = request_of_decision(source.link, data.operation_kind, data.target_id)
    if request is None:
        raise Unmatched(
            f"找不到对应的请求（{kind_in_words(data.operation_kind)}，记录 {data.target_id or '空'}）"
        )
    if _is_about_an_earlier_revision(request, data.decided_at):
        raise Unmatched(f"{request.ref}：审核时间早于这一版的受理时间，可能是上一版的意见，由人工判断")
    proof = source.proof(record)
    if not data.approved and _came_before_this_revision(request, source):
        outcomes.note_late_word(request, codes=[], words=data.words, proof=proof)
        return Applied(ItemOutcome.NOTED, summary=f"{request.ref}：拒绝，是上一版的意见", request=request)
    bureau_has(request, proof)
    if data.decided_at:
        proof["decided_at"] = data.decided_at.isoformat()
    if len(request.decision_keys) > 1:
        key = str(data.target_id)
        moved = outcomes.mark_part_decided(
            request, key, approved=data.approved, words=data.words, proof=proof
        )
    else:
        moved = _decided(request, data.approved, [], data.words, proof)
    if moved:
        settle_entry(request)
        carry_out_cancellation(request, source.link.isp_id, proof)
    summary = f"{request.ref}：{'通过' if data.approved else '拒绝'}"
    return Applied(ItemOutcome.APPLIED if moved else ItemOutcome.NOTED, summary=summary, request=request)


def bureau_has(request: Request, proof: dict[str, Any]) -> None:
    """A result proves that the file arrived. Raises: NotYet while the call that carries it is still open."""
    if request.state == RequestState.UPLOADING:
        raise NotYet(f"{request.ref} 的上报还在途中，等它落定")
    if request.state == RequestState.UNCERTAIN:
        prove_arrival(request, proof)
    if request.state == RequestState.READY and request.held_reason:
        was_sent(request, at=timezone.now(), reason="管局已给出结果，证明它以前报过", proof=proof)


def _is_refusal(data: ResultData) -> bool:
    """Whether a result would return or reject its request."""
    deciding = set(data.codes) - INFORMATION_CODES
    return bool(deciding) and not deciding <= LATER_CODES | LINK_CODES and deciding != {APPROVED_CODE}


def _came_before_this_revision(request: Request, source: Source) -> bool:
    """Whether a word lay here before the revision that is under way was even written down: its decision and its code
    come as two records, and staff, or the next upload, may be quicker than the second."""
    revision = request.revisions.filter(number=request.revision_number).only("frozen_at").first()
    if request.revision_number == 1 or revision is None or revision.frozen_at is None:
        return False
    return source.download.received_at < revision.frozen_at


def _is_about_an_earlier_revision(request: Request, decided_at: datetime | None) -> bool:
    """A decision that was made before the bureau had this revision; a date without a time counts to its end."""
    if request.revision_number == 1 or decided_at is None or request.accepted_at is None:
        return False
    is_date = decided_at.timetz().replace(tzinfo=None) == time()
    latest = decided_at + (timedelta(days=1) if is_date else CLOCK_TOLERANCE)
    return latest < request.accepted_at


def carry_out_cancellation(request: Request, isp_id: int, proof: dict[str, Any]) -> None:
    """An approved cancellation takes the record away at once: of an access the bureau says nothing further."""
    kind = _KIND_OF_CANCELLATION.get(request.operation)
    if kind is None or request.state != RequestState.APPROVED or not request.decision_keys:
        return
    bureau_id = int(request.decision_keys[0])
    record_cancelled(kind, bureau_id, isp_id=isp_id, at=timezone.now(), proof=proof)


_KIND_OF_CANCELLATION = {operation.value: kind for kind, operation in OWN_OPERATION.items()}


def is_good_news(record: Record) -> bool:
    """Whether a result refuses nothing. Refusals of a file are applied first: good news of its other part follows."""
    codes = {(node.text or "").strip() for node in record.element.iter("Jgdm")}
    return codes <= {str(code) for code in SUCCESS_CODES}
