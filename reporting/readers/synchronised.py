"""The bulk synchronisation: what each of its records is, in a line. Taking the data over reads the same bytes again.

Spec: V.3.0 download schema, SJTB (its base codes are read as those of JCDM).
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from reporting.readers.elements import address, positive, text
from reporting.readers.other_results import RangeData


@dataclass(frozen=True)
class FilingLine:
    """One Baxx: who, and how much belongs to it."""

    bureau_id: int | None
    name: str
    number: str
    websites: int
    domains: int
    accesses: int


@dataclass(frozen=True)
class OtherLine:
    """One address block or domain: the ids of both sides, and what it is about."""

    bureau_id: int | None
    own_id: int | None
    addresses: RangeData | None = None
    domain: str = ""
    owner: str = ""


def read_filing_line(node: etree._Element) -> FilingLine:
    """Baxx. Never raises: taking the data over is where it must be complete."""
    return FilingLine(
        bureau_id=positive(node, "Zt_xx/Ztid"),
        name=text(node, "Zt_xx/Dwmc"),
        number=text(node, "Zt_xx/Baxh"),
        websites=len(node.findall("Wz_xx")),
        domains=len(node.findall("Wz_xx/Ym_xx")),
        accesses=len(node.findall("Wz_xx/Jr_xx")),
    )


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
