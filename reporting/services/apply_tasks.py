"""Applying what the bureau asks to be looked at: tasks, unfiled websites, check results, notices.

Spec: protocol "What comes back", HSRW, WBAWZLB, HCJG, XGTZ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from lxml import etree

from filing.documents.shape import BadImage
from filing.identifiers import format_ipv4
from filing.services.attachments import IncomingImages
from reporting.choices import ItemOutcome
from reporting.readers.checks import (
    read_access_check,
    read_alive_check,
    read_shell_check,
    read_subject_check,
)
from reporting.readers.document import Record
from reporting.readers.notices import read_notice
from reporting.readers.tasks import read_task
from reporting.readers.unfiled import read_unfiled
from reporting.services.applied import Applied, Source
from verification.arriving import CheckData
from verification.services.arrivals import Kept
from verification.services.checks import record_check
from verification.services.notices import record_notice
from verification.services.tasks import record_task
from verification.services.unfiled import record_unfiled


def apply_task(record: Record, source: Source) -> Applied:
    """HSRW/Baxx. Raises: elements.Unreadable."""
    data = read_task(record.element)
    lost = _store_scans(data.content)
    row, kept = record_task(
        data, isp_id=source.link.isp_id, proof=source.proof(record), at=source.download.received_at
    )
    applied = _applied(kept, f"核实 {row}，网站 {len(data.content.get('websites', []))} 个")
    words = f"{lost} 张前置审批扫描件读不出来，未保存" if lost else ""
    return replace(applied, reason="；".join(filter(None, [applied.reason, words])))


def _store_scans(content: dict[str, Any]) -> int:
    """Put the scans of pre-approvals into the store, in place: the answer must carry them again.

    Returns how many are no image: they are left out.
    """
    images, lost = IncomingImages(), 0
    for website in content.get("websites", []):
        for approval in website.get("pre_approvals", []):
            kept = []
            for scan in approval.pop("scans", []):
                try:
                    kept.append(images.take(scan, jpeg_only=True))
                except BadImage:
                    lost += 1
            approval |= {"scans": kept} if kept else {}
    images.save()
    return lost


def apply_unfiled(record: Record, source: Source) -> Applied:
    """WBAWZLB/Wbawz_xx. Raises: elements.Unreadable."""
    data = read_unfiled(record.element)
    row, kept = record_unfiled(
        data, isp_id=source.link.isp_id, proof=source.proof(record), at=source.download.received_at
    )
    where = f"，{format_ipv4(data.address)}" if data.address else ""
    return _applied(kept, f"{row.domain}{where}")


def apply_check(read: Callable[[etree._Element], CheckData], record: Record, source: Source) -> Applied:
    """HCJG/Jgxx, each of its four kinds by its reader. Raises: elements.Unreadable."""
    data = read(record.element)
    row, kept = record_check(
        data, isp_id=source.link.isp_id, proof=source.proof(record), at=source.download.received_at
    )
    return _applied(kept, f"{row} {row.domain}".strip())


def apply_notice(record: Record, source: Source) -> Applied:
    """XGTZ/Tzxx. Raises: elements.Unreadable."""
    row, kept = record_notice(
        read_notice(record.element),
        isp_id=source.link.isp_id,
        proof=source.proof(record),
        at=source.download.received_at,
    )
    return _applied(kept, f"{row}：{row.words}"[:200])


def _applied(kept: Kept, summary: str) -> Applied:
    if kept == Kept.NEW:
        return Applied(ItemOutcome.APPLIED, summary=summary)
    outcome = ItemOutcome.NOTED if kept == Kept.KNOWN else ItemOutcome.APPLIED
    return Applied(outcome, reason=str(kept), summary=summary)


HANDLERS: dict[str, Callable[[Record, Source], Applied]] = {
    "HSRW": apply_task,
    "WBAWZLB": apply_unfiled,
    "HCJG.subject": partial(apply_check, read_subject_check),
    "HCJG.access": partial(apply_check, read_access_check),
    "HCJG.website": partial(apply_check, read_shell_check),
    "HCJG.alive": partial(apply_check, read_alive_check),
    "XGTZ": apply_notice,
}
