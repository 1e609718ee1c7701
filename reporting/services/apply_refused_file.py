"""A file refused as a whole by the bureau's XSD check (5001): halved under new numbers until the bad record is alone.

Spec: protocol "What comes back, and to what it belongs"; "The sequence number" (its number is spent).
"""

from __future__ import annotations

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


def file_named(data: ResultData, source: Source) -> DataFile | None:
    """The file that a refusal names: in Dmms, with or without its ending, alone or inside a sentence."""
    files = source.link.files.defer("zip_bytes")
    for words in filter(None, (*data.descriptions, data.remarks, data.target)):
        exact = files.filter(name__in=[words, f"{words}.xml"]).first()
        if exact is not None:
            return exact
        for file in files.filter(state__in=[FileState.ACCEPTED, FileState.UNCERTAIN, FileState.SENDING]):
            if file.name.removesuffix(".xml") in words:
                return file
    return None


@transaction.atomic
def refuse_file(file: DataFile, data: ResultData, proof: dict[str, Any]) -> Applied:
    """One record alone is returned; several wait again, half as many to a file. Raises: NotYet while it is being sent."""
    if file.state == FileState.SENDING:
        raise NotYet(f"第 {file.sequence} 号文件还在途中，等它落定")
    if file.state == FileState.UNCERTAIN:
        file_states.accept(file, reason="管局已校验此文件，证明已收到", proof=proof)
    entries = [
        entry
        for entry in file.entries.select_related("request").order_by("position")
        if entry.request.state in AT_BUREAU_STATES and entry.outcome == EntryOutcome.WAITING
    ]
    proof = proof | {"file": file.pk, "sequence": file.sequence}
    words = f"第 {file.sequence} 号文件整体未通过 XSD 校验（代码 {SCHEMA_CODE}）"
    requests = [entry.request for entry in entries]
    if len(entries) == 1:
        outcomes.mark_returned(requests[0], codes=[SCHEMA_CODE], words=data.words, reason=words, proof=proof)
    elif entries:
        outcomes.mark_unpacked(
            requests,
            reason=f"{words}，拆成两半重报",
            codes=[SCHEMA_CODE],
            proofs=[proof] * len(entries),
            batch_limit=max(len(entries) // 2, 1),
        )
    outcome = EntryOutcome.RETURNED if len(entries) == 1 else EntryOutcome.UNPACKED
    FileEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(
        outcome=outcome, outcome_at=timezone.now()
    )
    return Applied(
        ItemOutcome.APPLIED if entries else ItemOutcome.NOTED,
        summary=f"{words}，{len(entries)} 条{'退回' if len(entries) == 1 else '重新排队'}",
        request=requests[0] if len(entries) == 1 else None,
    )
