"""Notices to correct something. Spec: V.3.0 download schema, ICP/XGTZ/Tzxx."""

from __future__ import annotations

from lxml import etree

from reporting.readers.elements import Unreadable, number, positive, text
from verification.arriving import NoticeData
from verification.choices import NoticeKind


def read_notice(node: etree._Element) -> NoticeData:
    """Raises: Unreadable where it says nothing and names nobody."""
    kind = number(node, "Tzlb")
    found = NoticeData(
        words=text(node, "Tznr"),
        kind=NoticeKind(kind) if kind in NoticeKind.values else None,
        number=text(node, "Baxh"),
        bureau_id=positive(node, "Jlid"),
        remarks=text(node, "Bz"),
    )
    if not (found.words or found.remarks or found.number or found.bureau_id):
        raise Unreadable(f"{node.tag} 没有通知内容，也没有指明备案")
    return found
