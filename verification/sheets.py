"""A campaign as a spreadsheet that a bureau asks for: written row by row, whatever its length.

A cell that begins like a formula is text: names are other people's, and a spreadsheet would carry them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any

from django.db.models import QuerySet
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from filing.choices import FiledState
from filing.code_tables import CodeTable
from filing.models import Domain
from filing.services.codes import name_of, region_path
from verification.campaign_selectors import Wanted, visits_of
from verification.choices import Finding
from verification.models import Campaign, Visit

HEADINGS = (
    "主体备案号",
    "主办单位名称",
    "单位性质",
    "省市",
    "域名",
    "状态",
    "结果",
    "出入",
    "说明",
    "核对人",
    "核对时间",
    "期限",
    "变更单号",
    "变更状态",
)
WIDTHS = (24, 36, 14, 20, 36, 10, 12, 28, 36, 12, 18, 12, 20, 14)
CHUNK = 2000
LONGEST_CELL = 32_767
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_campaign(campaign: Campaign, target: IO[bytes]) -> int:
    """Write a campaign into a file as .xlsx. Returns the number of rows.

    Shape: a heading, one row for each filing. No certificate numbers and no phones: the bureau has them.
    Units: times are local (Asia/Shanghai).
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("专项核验")
    for place, width in enumerate(WIDTHS):
        sheet.column_dimensions[chr(ord("A") + place)].width = width
    sheet.freeze_panes = "A2"
    sheet.append(HEADINGS)
    rows = 0
    for row in _rows(visits_of(campaign, Wanted("all")).order_by("province", "pk")):
        sheet.append([_cell(sheet, value) for value in row])
        rows += 1
    book.save(target)
    return rows


def _cell(sheet: WriteOnlyWorksheet, value: str | date | datetime | None) -> Any:
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_CELL]
    if not text.startswith(FORMULA_STARTS):
        return text
    cell = WriteOnlyCell(sheet, text)
    # Text for this file, and a quote in front for what copies the cell elsewhere.
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _rows(visits: QuerySet[Visit]) -> Iterator[Sequence[str | date | datetime | None]]:
    chunk: list[Visit] = []
    for visit in visits.iterator(chunk_size=CHUNK):
        chunk.append(visit)
        if len(chunk) == CHUNK:
            yield from _told(chunk)
            chunk = []
    yield from _told(chunk)


def _told(visits: Sequence[Visit]) -> Iterator[Sequence[str | date | datetime | None]]:
    domains = _domains(visit.subject_id for visit in visits)
    for visit in visits:
        subject, by = visit.subject, visit.done_by
        yield (
            subject.number,
            subject.name,
            name_of(CodeTable.NATURE, subject.nature) if subject.nature else "",
            region_path(subject.city or subject.province),
            "、".join(domains.get(visit.subject_id, [])),
            "已核" if not visit.is_open else "未核",
            visit.get_outcome_display() if visit.outcome else "",
            "、".join(Finding(each).label for each in visit.findings if each in Finding.values),
            visit.note,
            (by.get_full_name() or by.get_username()) if by else "",
            timezone.localtime(visit.done_at).replace(tzinfo=None) if visit.done_at else None,
            visit.due_on,
            visit.request.ref if visit.request else "",
            visit.request.get_state_display() if visit.request else "",
        )


def _domains(subjects: Iterable[int]) -> dict[int, list[str]]:
    rows = Domain.objects.filter(
        website__subject__in=list(subjects), website__state=FiledState.FILED
    ).order_by("website__subject", "pk")
    found: dict[int, list[str]] = {}
    for key, name in rows.values_list("website__subject", "name"):
        found.setdefault(key, []).append(name)
    return found
