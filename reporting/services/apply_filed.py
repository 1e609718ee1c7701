"""Applying filed data (BASJ): the filed records are kept up, and a new filing of ours that is in it is approved.

Spec: protocol "What comes back, and to what it belongs": decisions and filed data come in either order, the first
positive one approves, numbers may follow.
"""

from __future__ import annotations

from collections.abc import Sequence

from filing.choices import AT_BUREAU_STATES
from filing.models import Request
from filing.services import outcomes
from filing.services.behind import ANSWERED_BY_DATA, filed_keys
from filing.services.filed import record_filed
from filing.services.outcomes import FINAL_AT_BUREAU
from reporting.choices import ItemOutcome
from reporting.readers.document import Record
from reporting.services.applied import Applied, Source
from reporting.services.apply_results import bureau_has
from reporting.services.apply_synchronised import SYNCHRONISED, subject_of, told_of
from reporting.services.entries import settle_entry


def apply_filed(record: Record, source: Source) -> Applied:
    """BASJ/Baxx, SJTB/ICP/Baxx. Raises: NotYet, elements.Unreadable, MoveRefused."""
    proof = source.proof(record)
    data = subject_of(record)
    quiet = record.kind == SYNCHRONISED
    subject, requests = record_filed(data, isp_id=source.link.isp_id, proof=proof, quiet=quiet)
    words = reason_of(subject.number)
    answered = [request for request in requests if request.operation in ANSWERED_BY_DATA]
    for request in answered:
        bureau_has(request, proof)
        if request.state not in AT_BUREAU_STATES | FINAL_AT_BUREAU:
            continue
        if len(request.decision_keys) > 1:
            for key in filed_keys(request, data):
                outcomes.mark_part_decided(request, key, approved=True, words="", proof=proof)
        else:
            outcomes.mark_approved(request, codes=[], words="", reason=words, proof=proof)
        settle_entry(request)
    return applied(subject.name, subject.number, answered, told_of(record))


def reason_of(number: str) -> str:
    """What the history of an approved request says."""
    return f"管局下发备案数据{'，主体备案号 ' + number if number else ''}"


def applied(name: str, number: str, answered: Sequence[Request], reason: str = "") -> Applied:
    """What the item of a record says: the subject, the first request that the record answers, what is odd in it."""
    summary = f"{name} {number}".strip()
    first = answered[0] if answered else None
    return Applied(ItemOutcome.APPLIED, reason=reason, summary=summary, request=first)
