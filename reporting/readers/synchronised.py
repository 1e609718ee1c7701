"""Address blocks and domains of the bulk synchronisation: what each record is, in a line. Its filings: `handed_over`.

Spec: V.3.0 download schema, SJTB (its base codes are read as those of JCDM).
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from reporting.readers.elements import address, positive, text
from reporting.readers.other_results import RangeData


@dataclass(frozen=True)
class OtherLine:
    """One address block or domain: the ids of both sides, and what it is about."""

    bureau_id: int | None
    own_id: int | None
    addresses: RangeData | None = None
    domain: str = ""
    owner: str = ""


def read_other_line(node: etree._Element) -> OtherLine:
    """Lyxx, Fpxx, Gbxx, Zdxx or Ymxx. Never raises."""
    domain = text(node, "Ym")
    return OtherLine(
        bureau_id=positive(node, "Id"),
        own_id=positive(node, "IspId"),
        addresses=None if domain else RangeData(address(node, "Qsip"), address(node, "Zzip")),
        domain=domain,
        owner=text(node, "Zcr_mc" if domain else "Dwmc"),
    )
