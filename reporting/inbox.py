"""Reading what came from the bureau, for the screens. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet

from reporting.choices import ItemOutcome
from reporting.models import BrokenDownload, Download, DownloadItem

NEEDS_A_PERSON = frozenset({ItemOutcome.UNMATCHED, ItemOutcome.FAILED, ItemOutcome.UNKNOWN})

FAMILY = {
    ItemOutcome.WAITING: "waiting",
    ItemOutcome.APPLIED: "good",
    ItemOutcome.NOTED: "good",
    ItemOutcome.UNMATCHED: "attention",
    ItemOutcome.FAILED: "bad",
    ItemOutcome.UNKNOWN: "attention",
}
"""The family of states that an outcome is drawn as."""

OPEN_ITEMS = Q(outcome__in=NEEDS_A_PERSON, handled_at=None)


def downloads() -> QuerySet[Download]:
    """Downloads, newest first, with `records`, `for_a_person` and `waiting` counted; without their bytes."""
    for_a_person = Q(items__outcome__in=NEEDS_A_PERSON, items__handled_at=None)
    return (
        Download.objects.select_related("link")
        .defer("zip_bytes", "link__password", "link__aes_key", "link__aes_iv")
        .annotate(
            records=Count("items"),
            for_a_person=Count("items", filter=for_a_person),
            waiting=Count("items", filter=Q(items__outcome=ItemOutcome.WAITING)),
        )
        .order_by("-pk")
    )


def items() -> QuerySet[DownloadItem]:
    """Records with what the lists show of their download, link and request."""
    hidden = ("zip_bytes", "link__password", "link__aes_key", "link__aes_iv")
    return DownloadItem.objects.select_related("download__link", "request", "handled_by").defer(
        *(f"download__{name}" for name in hidden), "request__icp_password"
    )


def for_a_person() -> QuerySet[DownloadItem]:
    """Records that nobody could match, apply or understand, and that nobody dealt with; newest first."""
    return items().filter(OPEN_ITEMS).order_by("-download_id", "position")


def broken() -> QuerySet[BrokenDownload]:
    """Files that failed their check and are not resolved, the latest first; without what they hold."""
    hidden = ("content", "link__password", "link__aes_key", "link__aes_iv")
    rows = BrokenDownload.objects.select_related("link").defer(*hidden)
    return rows.filter(resolved_at=None).order_by("-last_at", "-pk")


@dataclass(frozen=True)
class OpenAt:
    """How many records that came over a link need a person."""

    isp_id: int
    name: str
    count: int


def open_by_link() -> list[OpenAt]:
    """Links with records that need a person. One query."""
    rows = (
        DownloadItem.objects.filter(OPEN_ITEMS)
        .order_by()
        .values_list("download__link__isp_id", "download__link__name")
        .annotate(count=Count("pk"))
        .order_by("download__link__isp_id")
    )
    return [OpenAt(isp_id, name or str(isp_id), count) for isp_id, name, count in rows]


def contents_of(files: Iterable[Download]) -> dict[int, list[tuple[str, int]]]:
    """What the files hold, by key: kinds of records and how many of each, in the order in which they stand there."""
    rows = (
        DownloadItem.objects.filter(download__in=[each.pk for each in files])
        .values("download", "kind")
        .annotate(count=Count("pk"), first=Min("position"))
        .order_by("download", "first")
        .values_list("download", "kind", "count")
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for key, kind, count in rows:
        found.setdefault(key, []).append((kind, count))
    return found


def outcomes_of(download: Download) -> dict[str, int]:
    """How many records of a download ended how."""
    return dict(download.items.order_by().values_list("outcome").annotate(count=Count("pk")))


def condition(download: Download) -> tuple[str, str]:
    """How a listed download fares: family of states, and words."""
    waiting, for_a_person = getattr(download, "waiting", 0), getattr(download, "for_a_person", 0)
    if for_a_person:
        return "attention", f"{for_a_person} 条待人工"
    if download.applied_at is None:
        return "waiting", f"{waiting} 条等待处理" if waiting else "等待处理"
    return "good", "已处理"
