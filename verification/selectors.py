"""Reading the work that the bureau asks for: the lists and their counts. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Count, F, IntegerField, Max, Q, QuerySet, Value, When
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, RequestState
from verification.choices import WorkState
from verification.models import (
    Arrival,
    CheckResult,
    ListedWork,
    Notice,
    UnfiledWebsite,
    VerificationTask,
)

S = RequestState
SENT_STATES = AT_BUREAU_STATES | {S.READY, S.PACKED, S.UPLOADING, S.UNCERTAIN}
"""An answer in one of these is out of our staff's hands."""
IS_SENT = Q(answer__state__in=SENT_STATES)


@dataclass(frozen=True)
class Kind:
    """One kind of work: its name in addresses, its words, the columns that a search looks into.

    `empty` says what will appear where there is nothing.
    """

    slug: str
    model: type[Arrival]
    words: str
    unit: str
    searched: tuple[str, ...]
    empty: str


KINDS = {
    kind.slug: kind
    for kind in (
        Kind(
            "tasks",
            VerificationTask,
            "核实任务",
            "个",
            ("subject_name", "subject_bureau_id"),
            "管局要求核实的备案会列在这里；核实后上报核实结果。",
        ),
        Kind(
            "unfiled",
            UnfiledWebsite,
            "未备案网站",
            "个",
            ("domain", "remarks"),
            "管局在本单位地址上查到的未备案网站会列在这里；处理后上报处理结果。",
        ),
        Kind(
            "checks",
            CheckResult,
            "核查结果",
            "条",
            ("name", "website_number", "domain", "words", "home_url"),
            "管局核查已备案数据的发现会列在这里。",
        ),
        Kind(
            "notices",
            Notice,
            "整改通知",
            "份",
            ("number", "words", "remarks"),
            "管局要求整改的通知会列在这里。",
        ),
        Kind(
            "listed",
            ListedWork,
            "非法接入与黑名单",
            "条",
            ("name", "domain", "remarks"),
            "管局下发的名单里涉及本单位接入或备案的会列在这里；整张名单在“黑名单”。",
        ),
    )
}


def listed(kind: Kind, *, state: str = "", text: str = "") -> QuerySet[Arrival]:
    """Work of a kind: what is open first, what waits for us before what is sent, the earliest due on top."""
    rows = kind.model._default_manager.select_related("done_by", "answer")
    if text:
        condition = Q()
        for name in kind.searched:
            condition |= Q(**{f"{name}__icontains": text})
        rows = rows.filter(condition)
    if state:
        rows = rows.filter(state=state)
    if state == WorkState.DONE:
        return rows.order_by("-done_at", "-pk")
    sent = Case(When(IS_SENT, then=Value(1)), default=Value(0), output_field=IntegerField())
    due = F("due_on").asc(nulls_last=True)
    return rows.alias(sent=sent).order_by("-state", "sent", due, "received_at", "pk")


def counts_of(kind: Kind) -> dict[str, int]:
    """How many are open and done."""
    rows = kind.model._default_manager.order_by().values_list("state").annotate(count=Count("pk"))
    return {str(state): 0 for state in WorkState.values} | dict(rows)


def open_counts() -> dict[str, int]:
    """How many are open, by kind."""
    return {
        slug: kind.model._default_manager.filter(state=WorkState.OPEN).count() for slug, kind in KINDS.items()
    }


def open_count() -> tuple[int, int]:
    """How much work is open, and how much of it is past its day and not answered yet."""
    total = late = 0
    today = timezone.localdate()
    for kind in KINDS.values():
        found = kind.model._default_manager.filter(state=WorkState.OPEN).aggregate(
            total=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today) & (Q(answer=None) | ~IS_SENT))
        )
        total, late = total + found["total"], late + found["late"]
    return total, late


def due_work(kind: Kind, by: date, today: date) -> tuple[int, int]:
    """How much of a kind waits for us and is due by a day, and how much of that is late."""
    rows = kind.model._default_manager.filter(state=WorkState.OPEN, due_on__lte=by)
    rows = rows.filter(Q(answer=None) | ~IS_SENT)
    found = rows.aggregate(count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
    return found["count"], found["late"]


def waiting_work(kind: Kind) -> tuple[int, datetime | None]:
    """How much of a kind is open and waits for us, and when the latest of it came."""
    rows = kind.model._default_manager.filter(state=WorkState.OPEN).filter(Q(answer=None) | ~IS_SENT)
    found = rows.aggregate(count=Count("pk"), latest=Max("received_at"))
    return found["count"], found["latest"]
