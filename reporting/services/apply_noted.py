"""What is kept and shown as it is: results of IP and domain uploads, checks of address blocks, bulk synchronisation.

Spec: protocol "What comes back"; V.3.0 download schema, IP, YM, SJTB.
"""

from __future__ import annotations

from collections.abc import Callable

from filing.identifiers import format_ipv4
from filing.result_codes import explain
from reporting.choices import ItemOutcome
from reporting.readers.document import EMPTY, Record
from reporting.readers.other_results import RangeData, read_other_result, read_range_check
from reporting.readers.synchronised import read_other_line
from reporting.services.applied import Applied, Source

_OPERATIONS = {1: "新增", 2: "修改", 3: "删除"}
_OF_RANGES = {1: "来源", 2: "分配"}
KEPT_FOR_LATER = "已保存，未并入备案库：数据同步留待接管存量数据时使用"


def note_result(record: Record, _source: Source) -> Applied:
    """IP/BAJG and YM/BAJG. Raises: elements.Unreadable."""
    data = read_other_result(record.element)
    words = [f"{code} {explain(code).message}".strip() for code in data.codes]
    about = [
        _OPERATIONS.get(data.operation_kind or 0, ""),
        f"管局标识 {data.bureau_id}" if data.bureau_id else "",
        f"我方标识 {data.own_id}" if data.own_id else "",
        *(_told(each) for each in data.related[:3]),
    ]
    return Applied(
        ItemOutcome.NOTED,
        reason="；".join(filter(None, [*data.descriptions, data.remarks])),
        summary="；".join(words) + "：" + "，".join(filter(None, about)),
    )


def note_range_check(record: Record, _source: Source) -> Applied:
    """IP/HCJG. Never raises."""
    data = read_range_check(record.element)
    about = [
        _OF_RANGES.get(data.kind or 0, ""),
        _told(data.addresses),
        f"对应 {_told(data.against)}" if data.against and data.against.start else "",
        f"单位 {data.other_unit}" if data.other_unit else "",
        f"管局标识 {data.bureau_id}" if data.bureau_id else "",
    ]
    return Applied(ItemOutcome.NOTED, reason=data.remarks, summary="，".join(filter(None, about)))


def note_line(record: Record, _source: Source) -> Applied:
    """SJTB/IP and SJTB/YM. Never raises."""
    line = read_other_line(record.element)
    what = line.domain or (_told(line.addresses) if line.addresses else "")
    return Applied(ItemOutcome.NOTED, reason=KEPT_FOR_LATER, summary=f"{what} {line.owner}".strip())


def note_empty(_record: Record, _source: Source) -> Applied:
    """A list without anything in it."""
    return Applied(ItemOutcome.NOTED, summary="列表是空的，没有记录")


def _told(addresses: RangeData) -> str:
    told = [format_ipv4(each) if each else "？" for each in (addresses.start, addresses.end)]
    return " – ".join(dict.fromkeys(told))


HANDLERS: dict[str, Callable[[Record, Source], Applied]] = {
    "IP.BAJG.source": note_result,
    "IP.BAJG.allocation": note_result,
    "IP.BAJG.announcement": note_result,
    "IP.BAJG.own": note_result,
    "YM.BAJG": note_result,
    "IP.HCJG.outside": note_range_check,
    "IP.HCJG.conflict": note_range_check,
    "IP.HCJG.unreported": note_range_check,
    "SJTB.ip_source": note_line,
    "SJTB.ip_allocation": note_line,
    "SJTB.ip_announcement": note_line,
    "SJTB.ip_own": note_line,
    "SJTB.domain": note_line,
    EMPTY: note_empty,
}
