"""Results of IP and domain uploads, and the bureau's checks of address blocks: they are kept and shown as they are.

Spec: V.3.0 download schema, IP/BAJG, IP/HCJG, YM/BAJG.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from reporting.readers import elements
from reporting.readers.elements import address, number, positive, text


@dataclass(frozen=True)
class RangeData:
    """Addresses from first to last, each None where it cannot be read."""

    start: int | None
    end: int | None


@dataclass(frozen=True)
class OtherResultData:
    """One Lyjg, Fpjg, Gbjs, Zdip or domain Jg_xx. `related` are the records that a code of it points at (Xgsj)."""

    codes: tuple[int, ...]
    descriptions: tuple[str, ...] = ()
    operation_kind: int | None = None
    bureau_id: int | None = None
    own_id: int | None = None
    related: tuple[RangeData, ...] = ()
    remarks: str = ""


@dataclass(frozen=True)
class RangeCheckData:
    """One Yj (beyond what we have), Ct (also another's) or Wb (not reported).

    `kind` is Yjlx, Ctlx or Wblx: 1 of sources, 2 of allocations. `against` is where the fault lies or what stands
    against it, `other_unit` whose.
    """

    addresses: RangeData
    kind: int | None = None
    bureau_id: int | None = None
    against: RangeData | None = None
    other_unit: int | None = None
    remarks: str = ""


def read_other_result(node: etree._Element) -> OtherResultData:
    """Raises: elements.Unreadable where no code can be read."""
    rows = [
        (code, text(row, "Dmms"))
        for row in elements.children(node, "Jgxx")
        if (code := number(row, "Jgdm")) is not None
    ]
    if not rows:
        raise elements.Unreadable(f"{node.tag} 没有结果代码 Jgdm")
    return OtherResultData(
        codes=tuple(code for code, _words in rows),
        descriptions=tuple(dict.fromkeys(words for _code, words in rows if words)),
        operation_kind=number(node, "Czlx"),
        bureau_id=positive(node, "Id"),
        own_id=positive(node, "IspId"),
        related=tuple(_range(each, "Qsip", "Zzip") for each in node.findall("Jgxx/Xgsj")),
        remarks=text(node, "Bz"),
    )


def read_range_check(node: etree._Element) -> RangeCheckData:
    """Never raises: whatever can be read is told, the rest is seen in the record itself."""
    tag = str(node.tag)
    if tag == "Ct":
        return RangeCheckData(
            addresses=_range(node, "Qsip1", "Zzip1"),
            kind=number(node, "Ctlx"),
            bureau_id=positive(node, "Ctjlid"),
            against=_range(node, "Qsip2", "Zzip2"),
            other_unit=positive(node, "Ctbbdwid"),
            remarks=text(node, "Bz"),
        )
    is_beyond = tag == "Yj"
    return RangeCheckData(
        addresses=_range(node, "Qsip", "Zzip"),
        kind=number(node, "Yjlx" if is_beyond else "Wblx"),
        bureau_id=positive(node, "Yjjlid"),
        against=_range(node, "Yjqsip", "Yjzzip") if is_beyond else None,
        other_unit=positive(node, "Fpdw"),
        remarks=text(node, "Bz"),
    )


def _range(node: etree._Element, first: str, last: str) -> RangeData:
    return RangeData(address(node, first), address(node, last))
