"""Who looks after the links is told of what needs them, and of what is over by its ending.

A circuit tells in its own moment (circuit_alerts.py); the rest is looked for. Nothing here changes a link.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from filing.choices import AlertKind, Urgency
from filing.groups import OPERATE
from filing.services.alerts import Due, keep, people_with
from reporting.choices import Cause, Circuit, Direction, NumberVerdict
from reporting.inbox import open_by_link
from reporting.models import BrokenDownload, Link
from reporting.selectors import diagnoses_for_a_person, links, short_name
from reporting.services import patience
from reporting.services.backlog import oldest_ready
from reporting.services.circuit_alerts import stopped

KINDS = (
    AlertKind.LINK,
    AlertKind.NUMBERS,
    AlertKind.QUEUE,
    AlertKind.BROKEN,
    AlertKind.INBOX,
    AlertKind.STUCK,
)
QUEUE_GROWS_S = 1800.0
"""A link that is open sends within seconds: what is ready for so long (scaled by ICP_WAIT_FACTOR) has another reason."""
MOST_DIAGNOSES = 500


def tell_operators(now: datetime | None = None) -> int:
    """Bring up to date what is told of the links. Returns how many are new; repeating it adds nothing."""
    now = now or timezone.now()
    people = people_with(OPERATE)
    found = links()
    dues = [
        *stopped(found, people),
        *_numbers(found, people),
        *_queues(found, people, now),
        *_broken(people),
        *_inbox(people),
        *_stuck(people),
    ]
    return keep(KINDS, dues, now)


def _page(link: Link) -> str:
    return reverse("link_detail", args=[link.isp_id])


def _numbers(found: list[Link], people: list[User]) -> Iterator[Due]:
    for link in found:
        check = link.number_checks.defer("bureau_zip").order_by("-pk").first()
        if check is None or check.verdict == NumberVerdict.EQUAL or check.decision:
            continue
        words = f"{short_name(link)}链路的编号与管局不一致（{check.get_verdict_display()}），看清两边再决定，此前不上报"
        url = reverse("link_numbers", args=[link.isp_id])
        for user in people:
            about = f"numbers:{link.isp_id}"
            yield Due(user.pk, AlertKind.NUMBERS, about, words, url, Urgency.NOW, isp_id=link.isp_id)


def _queues(found: list[Link], people: list[User], now: datetime) -> Iterator[Due]:
    """Ready for long although nothing keeps the link from sending."""
    for link in found:
        may_send = link.circuit != Circuit.OPEN and not link.upload_waiting_reason
        if not may_send or link.paused_at(Direction.SENDING) or link.upload_not_before:
            continue
        oldest = oldest_ready(link, now)
        if oldest is None or now - oldest < patience.waits(QUEUE_GROWS_S):
            continue
        since = f"{timezone.localtime(oldest):%m-%d %H:%M}"
        words = (
            f"{short_name(link)}链路通着，待上报的却没有发出去，最早的 {since} 起在等；后台任务可能没有运行"
        )
        for user in people:
            about = f"queue:{link.isp_id}"
            yield Due(user.pk, AlertKind.QUEUE, about, words, _page(link), Urgency.NOW, isp_id=link.isp_id)


def _broken(people: list[User]) -> Iterator[Due]:
    rows = BrokenDownload.objects.filter(resolved_at=None).order_by()
    counted = rows.values_list("link__isp_id", "link__name").annotate(count=Count("pk"))
    for isp_id, name, count in counted:
        words = f"{name or isp_id}下发的 {count} 个文件没有通过校验，没有收下，也没有确认"
        for user in people:
            url = reverse("link_detail", args=[isp_id])
            yield Due(user.pk, AlertKind.BROKEN, f"broken:{isp_id}", words, url, isp_id=isp_id)


def _inbox(people: list[User]) -> Iterator[Due]:
    for each in open_by_link():
        words = f"{each.name}来件里有 {each.count} 条没有处理成，等人看"
        for user in people:
            url = f"{reverse('inbox')}?tab=person"
            yield Due(user.pk, AlertKind.INBOX, f"inbox:{each.isp_id}", words, url, isp_id=each.isp_id)


def _stuck(people: list[User]) -> Iterator[Due]:
    """Gathered by cause: to operators all, to whoever entered them their own."""
    rows = list(diagnoses_for_a_person()[:MOST_DIAGNOSES])
    mine: Counter[tuple[int, str]] = Counter()
    first: dict[tuple[int, str], str] = {}
    for row in rows:
        whose = {row.request.created_by_id, row.request.submitted_by_id, *(user.pk for user in people)}
        for user_id in whose:
            if user_id is not None:
                mine[user_id, row.cause] += 1
                first.setdefault((user_id, row.cause), row.request.ref)
    for (user_id, cause), count in mine.items():
        url = reverse("request_detail", args=[first[user_id, cause]])
        words = f"{count} 件报备单要人处理：{Cause(cause).label}" + ("" if count == 1 else "；先看等得最久的")
        yield Due(user_id, AlertKind.STUCK, f"stuck:{cause}", words, url)
