"""Applying blacklists. Spec: protocol "What comes back", HMDLB and FFJRHMD."""

from __future__ import annotations

from collections.abc import Callable

from filing.identifiers import format_ipv4
from filing.services.blacklist import Kept, keep_illegal_access, keep_subject, keep_website
from reporting.choices import ItemOutcome
from reporting.readers.blacklists import (
    read_blacklisted_subject,
    read_blacklisted_website,
    read_illegal_access,
)
from reporting.readers.document import Record
from reporting.services.applied import Applied, Source
from verification.models import ListedWork
from verification.services.listings import (
    record_illegal_access,
    record_listed_subject,
    record_listed_website,
)


def apply_subject(record: Record, source: Source) -> Applied:
    """HMDLB/Zthmdxxs. Raises: elements.Unreadable."""
    data = read_blacklisted_subject(record.element)
    kept = keep_subject(
        data, isp_id=source.link.isp_id, at=source.download.received_at, proof=source.proof(record)
    )
    work = record_listed_subject(
        data, isp_id=source.link.isp_id, at=source.download.received_at, proof=source.proof(record)
    )
    return _applied([kept], f"{kept}：{data.name or '未写名称的主体'}", work)


def apply_website(record: Record, source: Source) -> Applied:
    """HMDLB/Wzhmdxxs. Raises: elements.Unreadable."""
    data = read_blacklisted_website(record.element)
    done = keep_website(
        data, isp_id=source.link.isp_id, at=source.download.received_at, proof=source.proof(record)
    )
    work = record_listed_website(
        data, isp_id=source.link.isp_id, at=source.download.received_at, proof=source.proof(record)
    )
    told = "；".join(
        f"{kept}：{'、'.join(domain for domain in done if done[domain] == kept)}"
        for kept in dict.fromkeys(done.values())
    )
    return _applied(list(done.values()), f"{data.name} {told}".strip(), work)


def apply_illegal_access(record: Record, source: Source) -> Applied:
    """FFJRHMD/Ffjrxx. Raises: elements.Unreadable."""
    data = read_illegal_access(record.element)
    kept = keep_illegal_access(
        data, isp_id=source.link.isp_id, at=source.download.received_at, proof=source.proof(record)
    )
    work = record_illegal_access(
        data, isp_id=source.link.isp_id, at=source.download.received_at, proof=source.proof(record)
    )
    where = f" {format_ipv4(data.address)}" if data.address else ""
    return _applied([kept], f"{kept}：{data.domain}{where}", work)


def _applied(kept: list[Kept], summary: str, work: list[ListedWork]) -> Applied:
    changed = {Kept.ADDED, Kept.CHANGED, Kept.REMOVED} & set(kept)
    concerns = "，涉及本单位，已列为任务" if any(row.is_open for row in work) else ""
    return Applied(ItemOutcome.APPLIED if changed else ItemOutcome.NOTED, summary=f"{summary}{concerns}")


HANDLERS: dict[str, Callable[[Record, Source], Applied]] = {
    "HMDLB.subject": apply_subject,
    "HMDLB.website": apply_website,
    "FFJRHMD": apply_illegal_access,
}
