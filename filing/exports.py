"""A list as a spreadsheet: its rows as the screen shows them, in its order, identity numbers and phones masked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import IO

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from filing import filed_list, request_list
from filing.code_tables import CodeTable
from filing.masking import mask, mask_text
from filing.models import Request, Subject
from filing.services import codes
from filing.sheets import Value, write_sheet

MOST_ROWS = 100_000
CHUNK = 1000

REQUESTS = (
    *(("单号", 20), ("业务", 12), ("主体", 36), ("域名", 36), ("状态", 12), ("状态时间", 18)),
    *(("主体备案号", 24), ("报备单位", 24), ("填报", 12), ("新建时间", 18), ("管局受理时间", 18)),
    *(("结果代码", 12), ("管局原话", 48), ("停滞原因", 36)),
)
SUBJECTS = (
    *(
        ("主体备案号", 24),
        ("主办单位名称", 36),
        ("单位性质", 14),
        ("省市", 20),
        ("状态", 10),
        ("证件类型", 18),
    ),
    *(("证件号码", 24), ("负责人", 12), ("手机号码", 16), ("网站备案号", 28), ("网站名称", 36), ("域名", 36)),
    *(("首次报备时间", 18), ("最近修改时间", 18), ("更新时间", 18)),
)


def export_requests(user: User, wanted: request_list.Wanted, target: IO[bytes]) -> tuple[int, bool]:
    """Write the requests of a list as .xlsx. Returns how many rows, and whether more were left out."""
    rows = request_list.all_rows(user, wanted)
    more = rows[MOST_ROWS : MOST_ROWS + 1].exists()
    return write_sheet(target, "报备单", REQUESTS, _requests(rows[:MOST_ROWS]), _notes(more)), more


def export_subjects(wanted: filed_list.Wanted, target: IO[bytes]) -> tuple[int, bool]:
    """Write the subjects of a list as .xlsx. Returns how many rows, and whether more were left out."""
    rows = filed_list.all_rows(wanted)
    more = rows[MOST_ROWS : MOST_ROWS + 1].exists()
    return write_sheet(target, "已备案", SUBJECTS, _subjects(rows[:MOST_ROWS]), _notes(more)), more


def _notes(more: bool) -> list[str]:
    return [f"只导出了前 {MOST_ROWS:,} 条，后面还有。请加上条件，分几次导出。"] if more else []


def _requests(rows: QuerySet[Request]) -> Iterator[Sequence[Value]]:
    names: dict[int | None, str] = {}
    stream = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(stream, CHUNK)):
        owners = [each.subject_own_id for each in chunk if each.subject_own_id is not None]
        numbers = dict(Subject.objects.filter(own_id__in=owners).values_list("own_id", "number"))
        for each in chunk:
            if each.isp_id not in names:
                names[each.isp_id] = request_list.link_name(each.isp_id) if each.isp_id else ""
            yield (
                each.ref,
                each.get_operation_display(),
                each.subject_name,
                "、".join(each.domains),
                each.get_state_display(),
                _local(each.state_changed_at),
                numbers.get(each.subject_own_id, ""),
                names[each.isp_id],
                _person(each.created_by),
                _local(each.created_at),
                _local(each.accepted_at),
                "、".join(map(str, each.result_codes)),
                mask_text(each.bureau_words),
                mask_text(each.stalled_reason),
            )


def _subjects(rows: QuerySet[Subject]) -> Iterator[Sequence[Value]]:
    for each in rows.iterator(chunk_size=CHUNK):
        websites = list(each.websites.all())
        yield (
            each.number,
            each.name,
            codes.name_of(CodeTable.NATURE, each.nature) if each.nature else "",
            codes.region_path(each.city or each.province),
            each.get_state_display(),
            codes.name_of(CodeTable.CERTIFICATE_TYPE, each.certificate_type),
            mask(each.certificate_number),
            each.responsible_name,
            ";".join(mask(part) for part in each.mobile.split(";")),
            "、".join(site.number for site in websites if site.number),
            "、".join(site.name for site in websites),
            "、".join(domain.name for site in websites for domain in site.domains.all()),
            _local(each.first_filed_at),
            _local(each.last_modified_at),
            _local(each.updated_at),
        )


def _person(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else "导入"


def _local(at: datetime | None) -> datetime | None:
    """A moment as it is read here, without the zone that a spreadsheet has no place for."""
    return timezone.localtime(at).replace(tzinfo=None, microsecond=0) if at else None
