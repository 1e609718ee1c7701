"""The record as auditors read it: what an address asks for, the rows page by page, and as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import IO, Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from filing.choices import AuditAction
from filing.listing import (
    Chip,
    Choice,
    Order,
    Page,
    choices,
    end_of,
    read_day,
    read_number,
    read_page,
    start_of,
)
from filing.models import AuditEntry, Request, Revision
from filing.services.attachments import REFERENCE, references
from filing.sheets import Value, write_sheet

ORDER = Order("最近的在前", "at", latest_first=True)
PAGE_SIZE = 100
MOST_TEXT = 100
MOST_ROWS = 100_000
CHUNK = 2000
USUAL_DAYS = 30
"""How far back a list goes that names no first day: a search for words reads every row of its period."""

KINDS = {
    "request": "报备单",
    "subject": "已备案主体",
    "attachment": "附件",
    "user": "人员",
    "team": "团队",
    "group": "角色",
    "link": "链路",
    "datafile": "数据文件",
    "download": "管局来件",
    "bureaurule": "规则设置",
    "list": "列表",
    "lookup": "查找已有主体",
    "command": "命令",
    "audit": "审计记录",
    "owner": "主体证件",
    "page": "页面上的按钮",
}
COLUMNS = (
    *(("时间", 20), ("动作", 18), ("人员", 24), ("人员编号", 10), ("当时的角色", 16), ("来自地址", 18)),
    *(("对象类型", 14), ("对象", 26), ("对象名称", 30), ("说明", 80), ("会话", 18), ("访问编号", 34)),
)


@dataclass(frozen=True)
class Wanted:
    """What the record was asked for; "", 0 and None mean everything.

    `ref` names a request: what was done to it and seen of it, its images too.
    """

    action: str = ""
    who: int = 0
    kind: str = ""
    ref: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """As the address carries it."""
        told = {
            "action": self.action,
            "who": str(self.who or ""),
            "kind": self.kind,
            "ref": self.ref,
            "q": self.text,
            "since": str(self.since or ""),
            "until": str(self.until or ""),
        }
        return {name: value for name, value in told.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.parameters)

    @property
    def first_day(self) -> date | None:
        """From which day on rows are read. All days of one request; else the usual period, where none is named."""
        if self.since or self.ref:
            return self.since
        return (self.until or timezone.localdate()) - timedelta(days=USUAL_DAYS)


def read_wanted(query: Mapping[str, str]) -> Wanted:
    action, kind = query.get("action", ""), query.get("kind", "")
    return Wanted(
        action=action if action in AuditAction.values else "",
        who=read_number(query.get("who", "")),
        kind=kind if kind in KINDS else "",
        ref=_text(query, "ref"),
        text=_text(query, "q"),
        since=read_day(query.get("since", "")),
        until=read_day(query.get("until", "")),
    )


def _text(query: Mapping[str, str], name: str) -> str:
    return query.get(name, "").replace("\x00", "").strip()[:MOST_TEXT]


def rows_of(wanted: Wanted) -> QuerySet[AuditEntry]:
    """The rows, in no order."""
    rows = AuditEntry.objects.filter(_conditions(wanted))
    if wanted.text:
        told = rows.alias(told=Cast("facts", TextField()))
        places = ("name", "key", "user_name", "request_id", "session", "told")
        words = Q(address=wanted.text) if _is_address(wanted.text) else Q(pk__in=())
        for place in places:
            words |= Q(**{f"{place}__icontains": wanted.text})
        rows = told.filter(words)
    return rows


def _conditions(wanted: Wanted) -> Q:
    condition = Q()
    if wanted.action:
        condition &= Q(action=wanted.action)
    if wanted.who:
        condition &= Q(user_id=wanted.who)
    if wanted.kind:
        condition &= Q(kind=wanted.kind)
    if wanted.ref:
        condition &= about_request(wanted.ref)
    if wanted.first_day:
        condition &= Q(at__gte=start_of(wanted.first_day))
    if wanted.until:
        condition &= Q(at__lt=end_of(wanted.until))
    return condition


def _is_address(text: str) -> bool:
    return text.count(".") == 3 and all(part.isdecimal() and int(part) < 256 for part in text.split("."))


def about_request(ref: str) -> Q:
    """Condition for what was done to a request or seen of it: itself, and the images of any of its revisions."""
    contents = Revision.objects.filter(request__ref=ref).values_list("content", flat=True)
    images = {each.removeprefix(REFERENCE) for content in contents for each in references(content)}
    return Q(kind="request", key=ref) | Q(kind="attachment", key__in=images)


def read_list(wanted: Wanted, query: Mapping[str, str]) -> Page[AuditEntry]:
    """The page that the address names. At most three queries, however long the record is."""
    return read_page(rows_of(wanted), ORDER, query, PAGE_SIZE)


def filters(wanted: Wanted) -> dict[str, list[Choice]]:
    people = [
        (user.pk, f"{user.get_full_name()}（{user.username}）" if user.get_full_name() else user.username)
        for user in User.objects.order_by("username")
    ]
    return {
        "action": choices(AuditAction.choices, wanted.action),
        "kind": choices(KINDS.items(), wanted.kind),
        "who": choices(people, str(wanted.who or "")),
    }


def chips(wanted: Wanted) -> list[Chip]:
    """What is not seen in the filters: of which request, or of a person whose account is gone."""
    found = []
    if wanted.ref:
        found.append(Chip(f"与 {wanted.ref} 有关", "?" + replace(wanted, ref="").query))
    if wanted.who and not User.objects.filter(pk=wanted.who).exists():
        found.append(Chip(f"人员编号 {wanted.who}", "?" + replace(wanted, who=0).query))
    return found


def facts_in_words(facts: dict[str, Any]) -> list[str]:
    """The facts of a row as short lines: `what` alone, lists item by item, the rest with its name."""
    lines = [str(facts["what"])] if facts.get("what") else []
    for name, value in facts.items():
        if name == "what" or value in (None, "", [], {}, False):
            continue
        words = WORDS.get(name, name)
        if name == "fields" and isinstance(value, list):
            lines += [str(each) for each in value]
        elif isinstance(value, list):
            lines.append(f"{words}：{'、'.join(str(each) for each in value)}")
        elif isinstance(value, dict):
            lines.append(f"{words}：{'，'.join(f'{key} {each}' for key, each in value.items() if each)}")
        else:
            lines.append(words if value is True else f"{words}：{value}")
    return lines


WORDS = {
    "after": "之后",
    "arguments": "参数",
    "before": "之前",
    "by": "按",
    "ended": "结果",
    "filters": "条件",
    "found": "找到",
    "from": "从",
    "isp_id": "报备单位",
    "kind": "格式",
    "links": "报备单位",
    "method": "方式",
    "more": "没有导完",
    "names": "名称",
    "operation": "业务",
    "options": "选项",
    "path": "地址",
    "position": "第几条",
    "province": "省",
    "reason": "用途",
    "request": "报备单",
    "revision": "版本",
    "rows": "条数",
    "rule": "规则",
    "save": "第几次保存",
    "setting": "处理",
    "status": "应答",
    "tab": "页签",
    "to": "到",
    "unmasked": "完整号码",
    "why": "原因",
    "words": "说明",
}


def export(wanted: Wanted, target: IO[bytes]) -> tuple[int, bool]:
    """Write the rows as .xlsx. Returns how many, and whether more were left out."""
    rows = rows_of(wanted).order_by(*ORDER.columns())
    more = rows[MOST_ROWS : MOST_ROWS + 1].exists()
    notes = [f"只导出了前 {MOST_ROWS:,} 条，请缩短时间，分几次导出。"] if more else []
    return write_sheet(target, "审计记录", COLUMNS, _cells(rows[:MOST_ROWS]), notes), more


def _cells(rows: QuerySet[AuditEntry]) -> Iterator[tuple[Value, ...]]:
    for row in rows.iterator(chunk_size=CHUNK):
        yield (
            timezone.localtime(row.at).replace(tzinfo=None),
            row.action_words,
            row.user_name,
            row.user_id,
            row.roles,
            row.address,
            KINDS.get(row.kind, row.kind),
            row.key,
            row.name,
            "；".join(facts_in_words(row.facts)),
            row.session,
            row.request_id,
        )


def addresses_of(rows: list[AuditEntry]) -> set[str]:
    """Which requests named by these rows are there, so that their numbers lead to them. One query."""
    refs = {row.key for row in rows if row.kind == "request"}
    return set(Request.objects.filter(ref__in=refs).values_list("ref", flat=True))
