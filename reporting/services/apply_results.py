"""Applying results (codes for a request) and decisions (the bureau's reviewer).

Spec: protocol "What comes back, and to what it belongs".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, RequestState
from filing.models import Request
from filing.result_codes import LATER_CODES, LINK_CODES, SUCCESS_CODES, explain
from filing.services import outcomes
from reporting.choices import Direction, EntryOutcome, FileState, ItemOutcome
from reporting.models import DataFile, FileEntry
from reporting.readers.document import Record
from reporting.readers.results import ResultData, read_decision, read_result
from reporting.services import patience
from reporting.services.applied import NEW_FILING_KIND, Applied, NotYet, Source, Unmatched, new_filing_of
from reporting.services.file_states import prove_arrival

APPROVED_CODE, REJECTED_CODE, SCHEMA_CODE = 1001, 1002, 5001
INFORMATION_CODES = SUCCESS_CODES - {APPROVED_CODE}
LATER_WAIT_S = 3600.0


def apply_result(record: Record, source: Source) -> Applied:
    """BAJG/Jg_xx. Raises: Unmatched, elements.Unreadable, MoveRefused."""
    data = read_result(record.element)
    if SCHEMA_CODE in data.codes and (file := _file_named(data, source)) is not None:
        return _whole_file_refused(file, data, record, source)
    if concerning := sorted(set(data.codes) & LINK_CODES):
        patience.call_a_person(source.link, Direction.SENDING, _words_of(data, concerning[0]), concerning[0])
    request = _request_of(data, source)
    if request is None:
        raise Unmatched(
            f"找不到对应的请求（业务 {data.operation_kind}，标识 {data.target or '空'}）：{_told(data)}"
        )
    bureau_has(request, source.proof(record))
    return _apply_codes(request, data, record, source)


def _told(data: ResultData) -> str:
    return "、".join(map(str, data.codes))


def _words_of(data: ResultData, code: int) -> str:
    known = explain(code)
    return f"{data.words or known.message}（代码 {code}）。{known.remedy}"


def _request_of(data: ResultData, source: Source) -> Request | None:
    if data.operation_kind in (NEW_FILING_KIND, None) and data.target.isdigit():
        return new_filing_of(int(data.target), source.link)
    return None


def _apply_codes(request: Request, data: ResultData, record: Record, source: Source) -> Applied:
    codes, words, proof = data.codes, data.words, source.proof(record)
    summary = f"{request.ref}：{_told(data)}"
    deciding = set(codes) - INFORMATION_CODES
    if not deciding:
        outcomes.note_good_news(request, codes=codes, words=words, proof=proof)
        return Applied(ItemOutcome.NOTED, summary=summary, request=request)
    if deciding <= LATER_CODES:
        until = timezone.now() + patience.waits(LATER_WAIT_S)
        moved = outcomes.postpone(request, codes=codes, words=words, until=until, proof=proof)
        _settle_entry(request, EntryOutcome.UNPACKED, moved)
    elif deciding <= LINK_CODES:
        moved = request.state in AT_BUREAU_STATES
        if moved:
            outcomes.mark_unpacked(
                [request], reason=_words_of(data, min(deciding)), codes=codes, proofs=[proof]
            )
            _settle_entry(request, EntryOutcome.UNPACKED, True)
    elif deciding == {APPROVED_CODE}:
        moved = outcomes.mark_approved(request, codes=codes, words=words, reason="管局审核通过", proof=proof)
        _settle_entry(request, EntryOutcome.APPROVED, moved)
    elif deciding == {REJECTED_CODE}:
        moved = outcomes.mark_rejected(request, codes=codes, words=words, reason="管局审核拒绝", proof=proof)
        _settle_entry(request, EntryOutcome.REJECTED, moved)
    else:
        moved = outcomes.mark_returned(request, codes=codes, words=words, reason="管局退回", proof=proof)
        _settle_entry(request, EntryOutcome.RETURNED, moved)
    return Applied(ItemOutcome.APPLIED if moved else ItemOutcome.NOTED, summary=summary, request=request)


def apply_decision(record: Record, source: Source) -> Applied:
    """BAJG/GJSHS/Gjsh. Raises: Unmatched, elements.Unreadable, MoveRefused."""
    data = read_decision(record.element)
    request = (
        new_filing_of(data.target_id, source.link) if data.operation_kind in (NEW_FILING_KIND, None) else None
    )
    if request is None:
        raise Unmatched(f"找不到对应的请求（业务 {data.operation_kind}，记录 {data.target_id}）")
    proof = source.proof(record)
    bureau_has(request, proof)
    if data.decided_at:
        proof["decided_at"] = data.decided_at.isoformat()
    if data.approved:
        moved = outcomes.mark_approved(
            request, codes=[], words=data.words, reason="管局审核意见：通过", proof=proof
        )
        _settle_entry(request, EntryOutcome.APPROVED, moved)
    else:
        moved = outcomes.mark_rejected(
            request, codes=[], words=data.words, reason="管局审核意见：拒绝", proof=proof
        )
        _settle_entry(request, EntryOutcome.REJECTED, moved)
    summary = f"{request.ref}：{'通过' if data.approved else '拒绝'}"
    return Applied(ItemOutcome.APPLIED if moved else ItemOutcome.NOTED, summary=summary, request=request)


def bureau_has(request: Request, proof: dict[str, Any]) -> None:
    """A result proves that the file arrived. Raises: NotYet while the call that carries it is still open."""
    if request.state == RequestState.UPLOADING:
        raise NotYet(f"{request.ref} 的上报还在途中，等它落定")
    if request.state == RequestState.UNCERTAIN:
        prove_arrival(request, proof)


def _settle_entry(request: Request, outcome: EntryOutcome, moved: bool) -> None:
    """Write the outcome at the record's place in its latest accepted file."""
    if not moved:
        return
    entry = (
        FileEntry.objects.filter(request=request, file__state=FileState.ACCEPTED)
        .order_by("-file__sequence", "-pk")
        .first()
    )
    if entry is not None:
        entry.outcome, entry.outcome_at = outcome, timezone.now()
        entry.save(update_fields=["outcome", "outcome_at"])


def _file_named(data: ResultData, source: Source) -> DataFile | None:
    """The file that a refusal by the XSD check names: in Dmms, with or without its ending, or inside a sentence."""
    for words in filter(None, (*data.descriptions, data.remarks, data.target)):
        exact = source.link.files.filter(name__in=[words, f"{words}.xml"]).first()
        if exact is not None:
            return exact
        for name in source.link.files.filter(state=FileState.ACCEPTED).values_list("name", flat=True):
            if name in words or name.removesuffix(".xml") in words:
                return source.link.files.get(name=name)
    return None


@transaction.atomic
def _whole_file_refused(file: DataFile, data: ResultData, record: Record, source: Source) -> Applied:
    """5001: one record alone is returned; of several each half goes again under a new number, till the bad one is alone."""
    entries = [
        entry
        for entry in file.entries.select_related("request").order_by("position")
        if entry.request.state in AT_BUREAU_STATES and entry.outcome == EntryOutcome.WAITING
    ]
    proof = source.proof(record) | {"file": file.pk, "sequence": file.sequence}
    words = f"第 {file.sequence} 号文件整体未通过 XSD 校验（代码 {SCHEMA_CODE}）"
    if len(entries) == 1:
        request = entries[0].request
        outcomes.mark_returned(request, codes=[SCHEMA_CODE], words=data.words, reason=words, proof=proof)
        _close(entries, EntryOutcome.RETURNED)
        return Applied(ItemOutcome.APPLIED, summary=f"{request.ref}：{SCHEMA_CODE}", request=request)
    if entries:
        half = max(len(entries) // 2, 1)
        outcomes.mark_unpacked(
            [entry.request for entry in entries],
            reason=f"{words}，拆成两半重报",
            codes=[SCHEMA_CODE],
            proofs=[proof] * len(entries),
            batch_limit=half,
        )
        _close(entries, EntryOutcome.UNPACKED)
    return Applied(
        ItemOutcome.APPLIED if entries else ItemOutcome.NOTED, summary=f"{words}，{len(entries)} 条重新排队"
    )


def _close(entries: Sequence[FileEntry], outcome: EntryOutcome) -> None:
    FileEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(
        outcome=outcome, outcome_at=timezone.now()
    )
