"""Unfiled websites found on our addresses. Spec: V.3.0 download schema, ICP/WBAWZLB/Wbawz_xx."""

from __future__ import annotations

from lxml import etree

from reporting.readers.elements import address, moment, number, numbers, positive, required_text, text
from verification.arriving import UnfiledData


def read_unfiled(node: etree._Element) -> UnfiledData:
    """Raises: elements.Unreadable without a domain: the answer names the website by it."""
    return UnfiledData(
        domain=required_text(node, "Wzym_mc"),
        bureau_id=positive(node, "Id"),
        address=address(node, "IP"),
        languages=numbers(node, "Yylb/Yylb_id"),
        detected_at=moment(node, "Dqjcsj"),
        first_detected_at=moment(node, "Scjcsj"),
        detections=number(node, "Jccs"),
        province=positive(node, "Sssh"),
        provider_id=positive(node, "Jrs"),
        carrier_id=positive(node, "Yys"),
        remarks=text(node, "Bz"),
    )
