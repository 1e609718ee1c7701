"""A file refused as a whole by the bureau's XSD check (5001): halved under new numbers until the bad record is alone.

Spec: protocol "What comes back, and to what it belongs"; "The sequence number" (its number is spent).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES
from filing.services import outcomes
from reporting.choices import EntryOutcome, FileState, ItemOutcome
from reporting.models import DataFile, FileEntry
from reporting.readers.results import ResultData
from reporting.services import file_states
from reporting.services.applied import Applied, NotYet, Source

SCHEMA_CODE = 5001
_SENT = (FileState.ACCEPTED, FileState.UNCERTAIN, FileState.CONFLICT, FileState.SENDING)


def file_named(data: ResultData, source: Source) -> DataFile | None:
    """The file that a refusal names: in Dmms, with or without its ending, alone or inside a sentence."""
    files = source.link.files.defer("zip_bytes")
    for words in filter(None, (*data.descriptions, data.remarks, data.target)):
        exact = files.filter(name__in=[words, f"{words}.xml"]).first()
        if exact is not None:
            return exact
        for file in files.filter(state__in=_SENT):
            if file.name.removesuffix(".xml") in words:
                return file
    return None


@transaction.atomic
def refuse_file(file: DataFile, data: ResultData, proof: dict[str, Any]) -> Applied:
    """One record alone is returned; several wait again, half as many to a file. Raises: NotYet while it is being sent."""
    entries, proof = _waiting_in(file, proof)
    words = f"第 {file.sequence} 号文件整体未通过 XSD 校验（代码 {SCHEMA_CODE}）"
    if len(entries) != 1:
        limit = max(len(entries) // 2, 1)
        reason = f"{words}，拆成两半重报"
        return _wait_again(entries, words, reason=reason, code=SCHEMA_CODE, proof=proof, batch_limit=limit)
    request = entries[0].request
    outcomes.mark_returned(request, codes=[SCHEMA_CODE], words=data.words, reason=words, proof=proof)
    _close(entries, EntryOutcome.RETURNED)
    return Applied(ItemOutcome.APPLIED, summary=f"{words}，1 条退回", request=request)


@transaction.atomic
def send_file_back(file: DataFile, *, code: int, words: str, proof: dict[str, Any]) -> Applied:
    """Refused for what is wrong with the link: all its records wait again. Raises: NotYet while it is being sent."""
    entries, proof = _waiting_in(file, proof)
    told = f"第 {file.sequence} 号文件整体被退（代码 {code}）"
    return _wait_again(entries, told, reason=words, code=code, proof=proof)


def _waiting_in(file: DataFile, proof: dict[str, Any]) -> tuple[list[FileEntry], dict[str, Any]]:
    """The entries whose requests wait for an answer to this file, and the proof with its number.

    What the bureau says of a file proves that it arrived.
    """
    if file.state == FileState.SENDING:
        raise NotYet(f"第 {file.sequence} 号文件还在途中，等它落定")
    if file.state in (FileState.UNCERTAIN, FileState.CONFLICT):
        file_states.accept(file, reason="管局已校验此文件，证明已收到", proof=proof)
    entries = [
        entry
        for entry in file.entries.select_related("request").order_by("position")
        if entry.request.state in AT_BUREAU_STATES and entry.outcome == EntryOutcome.WAITING
    ]
    return entries, proof | {"file": file.pk, "sequence": file.sequence}


def _wait_again(
    entries: Sequence[FileEntry], told: str, *, reason: str, code: int, proof: dict[str, Any], **columns: Any
) -> Applied:
    requests, proofs = [entry.request for entry in entries], [proof] * len(entries)
    outcomes.mark_unpacked(requests, reason=reason, codes=[code], proofs=proofs, **columns)
    _close(entries, EntryOutcome.UNPACKED)
    outcome = ItemOutcome.APPLIED if entries else ItemOutcome.NOTED
    return Applied(outcome, summary=f"{told}，{len(entries)} 条重新排队")


def _close(entries: Sequence[FileEntry], outcome: EntryOutcome) -> None:
    FileEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(
        outcome=outcome, outcome_at=timezone.now()
    )
