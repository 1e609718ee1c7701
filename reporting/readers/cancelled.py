"""Cancelled filings. Spec: V.3.0 download schema, ICP/ZXSJ/Zxxx; its Zxlb stops at 1, but 2 does occur."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from filing.cancelled_data import CancelledKind
from reporting.readers import elements


@dataclass(frozen=True)
class CancelledData:
    """Zxxx: `bureau_id` is the bureau's id of a subject, a website or an access, as `kind` says."""

    kind: CancelledKind
    bureau_id: int
    remarks: str = ""


def read_cancelled(node: etree._Element) -> CancelledData:
    """Raises: elements.Unreadable where kind or id cannot be read: nothing is guessed."""
    kind = elements.required_number(node, "Zxlb")
    try:
        known = CancelledKind(kind)
    except ValueError as error:
        raise elements.Unreadable(f"{node.tag} 的 Zxlb 是 {kind}，不是 0、1 或 2") from error
    return CancelledData(known, elements.required_number(node, "Jlid"), elements.text(node, "Bz"))
