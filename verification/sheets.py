"""A campaign as a spreadsheet that a bureau asks for: written row by row, whatever its length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO

from django.db.models import QuerySet
from django.utils import timezone

from filing.choices import FiledState
from filing.code_tables import CodeTable
from filing.models import Domain
from filing.services.codes import name_of, region_path
from filing.sheets import write_sheet
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
COLUMNS = tuple(zip(HEADINGS, WIDTHS, strict=True))
CHUNK = 2000


def write_campaign(campaign: Campaign, target: IO[bytes]) -> int:
    """Write a campaign into a file as .xlsx. Returns the number of rows.

    Shape: a heading, one row for each filing. No certificate numbers and no phones: the bureau has them.
    Units: times are local (Asia/Shanghai).
    """
    rows = _rows(visits_of(campaign, Wanted("all")).order_by("province", "pk"))
    return write_sheet(target, "专项核验", COLUMNS, rows)


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
