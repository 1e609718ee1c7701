"""Reading the work that the bureau asks for: the lists and their counts. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from verification.choices import WorkState
from verification.models import Arrival, CheckResult, Notice, UnfiledWebsite, VerificationTask


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
    )
}


def listed(kind: Kind, *, state: str = "", text: str = "") -> QuerySet[Arrival]:
    """Work of a kind: what is open first and longest waiting on top, what is done by its time."""
    rows = kind.model._default_manager.select_related("done_by")
    if text:
        condition = Q()
        for name in kind.searched:
            condition |= Q(**{f"{name}__icontains": text})
        rows = rows.filter(condition)
    if state:
        rows = rows.filter(state=state)
    order = ("-done_at", "-pk") if state == WorkState.DONE else ("-state", "received_at", "pk")
    return rows.order_by(*order)


def counts_of(kind: Kind) -> dict[str, int]:
    """How many are open and done."""
    rows = kind.model._default_manager.order_by().values_list("state").annotate(count=Count("pk"))
    return {str(state): 0 for state in WorkState.values} | dict(rows)


def open_counts() -> dict[str, int]:
    """How many are open, by kind."""
    return {
        slug: kind.model._default_manager.filter(state=WorkState.OPEN).count() for slug, kind in KINDS.items()
    }
