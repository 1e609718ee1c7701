"""Applying filed data (BASJ): the filed records are kept up, and a new filing of ours that is in it is approved.

Spec: protocol "What comes back, and to what it belongs": decisions and filed data come in either order, the first
positive one approves, numbers may follow.
"""

from __future__ import annotations

from filing.choices import AT_BUREAU_STATES
from filing.services.filed import record_filed
from filing.services.outcomes import FINAL_AT_BUREAU, mark_approved
from reporting.choices import ItemOutcome
from reporting.readers.document import Record
from reporting.readers.filed import read_subject
from reporting.services.applied import Applied, Source
from reporting.services.apply_results import bureau_has


def apply_filed(record: Record, source: Source) -> Applied:
    """BASJ/Baxx. Raises: elements.Unreadable, MoveRefused."""
    proof = source.proof(record)
    subject, request = record_filed(read_subject(record.element), isp_id=source.link.isp_id, proof=proof)
    if request is not None:
        bureau_has(request, proof)
    if request is not None and request.state in AT_BUREAU_STATES | FINAL_AT_BUREAU:
        words = f"管局下发备案数据{'，主体备案号 ' + subject.number if subject.number else ''}"
        mark_approved(request, codes=[], words="", reason=words, proof=proof)
    return Applied(ItemOutcome.APPLIED, summary=f"{subject.name} {subject.number}".strip(), request=request)
