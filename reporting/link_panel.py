"""How every link fares, for home: its condition, the latest of each direction, its day, its hours. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from filing import tallies
from filing.choices import AT_BUREAU_STATES, RequestState
from filing.times import day_words
from reporting.choices import Circuit, Direction, FileState
from reporting.link_page import Hours, hours_of
from reporting.models import DataFile, Download, Link
from reporting.selectors import Condition, conditions
from reporting.services.pausing import pause_words

TO_SEND = (RequestState.READY, RequestState.PACKED, RequestState.UPLOADING, RequestState.UNCERTAIN)


@dataclass(frozen=True)
class Panel:
    """One link. `files` and `records` were accepted today, `downloads` came today (local day)."""

    condition: Condition
    last_file: int | None
    last_sent: datetime | None
    last_received: datetime | None
    files: int
    records: int
    downloads: int
    to_send: int
    at_bureau: int
    hours: Hours | None

    @property
    def link(self) -> Link:
        return self.condition.link

    @property
    def sent_words(self) -> str:
        """When the latest file was accepted: 21:29 today, else with its day."""
        return day_words(self.last_sent).removeprefix("今天 ") if self.last_sent else ""

    @property
    def received_words(self) -> str:
        return day_words(self.last_received).removeprefix("今天 ") if self.last_received else ""

    @property
    def circuit(self) -> str:
        """What keeps calls from being made, in words; empty where nothing does."""
        if self.link.circuit == Circuit.OPEN:
            return "断开，每分钟试探一次，管局恢复后自动接通"
        paused = [words for side in Direction if (words := pause_words(self.link, side))]
        return "；".join(paused)

    @property
    def again(self) -> str:
        """When each direction is tried next, where both wait; of one alone the condition tells it."""
        now = timezone.now()
        waits = [
            f"{day_words(at)} {words}"
            for words, at in (("上报", self.link.upload_not_before), ("下载", self.link.download_not_before))
            if at and at > now
        ]
        return "，".join(waits) if len(waits) > 1 else ""


def panels() -> list[Panel]:
    """All links, the default first. Seven queries for any number of requests, and a few for each link that waits."""
    found = conditions()
    default = next((each.link.isp_id for each in found if each.link.is_default), None)
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    sent = _today(DataFile.objects.filter(state=FileState.ACCEPTED, settled_at__gte=midnight))
    came = dict(
        Download.objects.filter(received_at__gte=midnight)
        .order_by()
        .values_list("link")
        .annotate(count=Count("pk"))
    )
    latest = _latest()
    counts = tallies.requests_by_link()
    rows = []
    for each in found:
        mine = dict(counts.get(each.link.isp_id, {}))
        if each.link.isp_id == default:
            for state, count in counts.get(0, {}).items():
                mine[state] = mine.get(state, 0) + count
        files, records = sent.get(each.link.pk, (0, 0))
        last = latest[each.link.pk]
        rows.append(
            Panel(
                each,
                last.number,
                last.sent,
                last.received,
                files,
                records,
                came.get(each.link.pk, 0),
                sum(mine.get(state, 0) for state in TO_SEND),
                sum(mine.get(state, 0) for state in AT_BUREAU_STATES),
                hours_of(each.link),
            )
        )
    return rows


def _today(files: QuerySet[DataFile]) -> dict[int, tuple[int, int]]:
    rows = files.order_by().values_list("link").annotate(files=Count("pk"), records=Sum("record_count"))
    return {key: (count, records or 0) for key, count, records in rows}


@dataclass(frozen=True)
class _Latest:
    number: int | None
    sent: datetime | None
    received: datetime | None


def _latest() -> dict[int, _Latest]:
    """The latest accepted file and the latest download of each link, each by an index. One query."""
    files = DataFile.objects.filter(link=OuterRef("pk"), state=FileState.ACCEPTED).order_by("-sequence")
    downloads = Download.objects.filter(link=OuterRef("pk")).order_by("-pk")
    rows = Link.objects.annotate(
        number=Subquery(files.values("sequence")[:1]),
        sent=Subquery(files.values("settled_at")[:1]),
        received=Subquery(downloads.values("received_at")[:1]),
    ).values_list("pk", "number", "sent", "received")
    return {key: _Latest(*told) for key, *told in rows}
