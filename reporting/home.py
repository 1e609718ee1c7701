"""What of the link needs a person, as lines of home: stuck requests, a stopped link, numbers that differ, what came and fits
nowhere. Changes nothing; five queries, whatever there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib.auth.models import User
from django.db.models import Count, Min, QuerySet
from django.urls import reverse

from filing.choices import RequestState
from filing.home_lines import MOST_LINES, Line, Urgency, Waiting
from filing.home_waits import LinkNames
from filing.roles import ENTER, OPERATE
from reporting.choices import Cause, Circuit, NumberVerdict
from reporting.inbox import OPEN_ITEMS
from reporting.models import BrokenDownload, Diagnosis, DownloadItem, NumberCheck
from reporting.selectors import diagnoses_for_a_person, links, short_name
from reporting.services.situations import WAITING_STATES

FOR_STAFF = frozenset({Cause.FILED_BY_ANOTHER, Cause.DECIDED_WITHOUT_NOTICE, Cause.OVERDUE, Cause.FORWARDED})
"""These are talked over with the owner or the bureau; the others are mended at the link."""
TOLD_BY_LINK = frozenset({Cause.LINK_STOPPED})
"""One line for the link says it, not one for each request that waits for it."""


def lines(user: User) -> Waiting:
    """What waits for whoever enters, and for whoever keeps the link."""
    may_enter, may_operate = user.has_perm(ENTER), user.has_perm(OPERATE)
    if not (may_enter or may_operate):
        return Waiting()
    stuck = _stuck(may_enter, may_operate)
    found = list(_stuck_lines(stuck[:MOST_LINES]))
    count = len(found) if len(found) < MOST_LINES else stuck.count()
    if may_operate:
        of_link = [*_stopped(), *_different(), *_broken(), *_inbox()]
        found, count = found + of_link, count + len(of_link)
    return Waiting(count, lines=found)


def _stuck(may_enter: bool, may_operate: bool) -> QuerySet[Diagnosis]:
    causes = {each for each in Cause if each not in TOLD_BY_LINK}
    if not may_operate:
        causes &= FOR_STAFF
    if not may_enter:
        causes -= FOR_STAFF
    return diagnoses_for_a_person().filter(
        cause__in=sorted(causes), request__state__in=sorted(WAITING_STATES)
    )


def _stuck_lines(rows: Iterable[Diagnosis]) -> Iterator[Line]:
    for row in rows:
        request = row.request
        at_bureau = request.state in (RequestState.AWAITING_BUREAU, RequestState.FORWARDED)
        yield Line(
            key=f"d{request.pk}",
            urgency=Urgency.BACK,
            state="attention",
            state_words="等得过久" if row.cause in (Cause.OVERDUE, Cause.FORWARDED) else "卡住了",
            words=str(Cause(row.cause).label),
            about=f"{request.subject_name or request.ref} · {request.get_operation_display()} · {row.next_step}",
            action="看诊断",
            url=reverse("request_detail", args=[request.ref]),
            since=(request.accepted_at if at_bureau else request.ready_at) or request.state_changed_at,
        )


def _stopped() -> Iterator[Line]:
    for link in links():
        if link.circuit == Circuit.OPEN:
            yield Line(
                key=f"l{link.isp_id}",
                urgency=Urgency.NOW,
                state="bad",
                state_words="链路停止",
                words=link.circuit_reason or "链路已停止，等人处理",
                about=f"{short_name(link)}链路 · 处理好之前不再上报或下载",
                action="去处理",
                url=reverse("link_detail", args=[link.isp_id]),
                since=link.circuit_since,
            )


def _different() -> Iterator[Line]:
    waiting = NumberCheck.objects.filter(decided_at=None).exclude(verdict=NumberVerdict.EQUAL)
    for check in waiting.select_related("link").only(
        "asked_at", "our_next", "bureau_sequence", "link__name", "link__isp_id"
    ):
        yield Line(
            key=f"n{check.pk}",
            urgency=Urgency.NOW,
            state="bad",
            state_words="编号不一致",
            words=f"我方下一编号 {check.our_next}，管局最近是 {check.bureau_sequence}：看过两边再决定",
            about=f"{short_name(check.link)}链路 · 决定之前不再上报",
            action="看两边",
            url=reverse("link_numbers", args=[check.link.isp_id]),
            since=check.asked_at,
        )


def _broken() -> Iterator[Line]:
    rows = BrokenDownload.objects.filter(resolved_at=None).select_related("link")
    rows = rows.only("bureau_name", "reason", "first_at", "times", "link__name", "link__isp_id")
    for row in rows.order_by("first_at", "pk")[:MOST_LINES]:
        yield Line(
            key=f"b{row.pk}",
            urgency=Urgency.BACK,
            state="bad",
            state_words="坏文件",
            words=f"下载的文件读不出来：{row.reason}",
            about=f"{short_name(row.link)}链路 · {row.bureau_name}，来过 {row.times} 次",
            action="去处理",
            url=reverse("broken_detail", args=[row.pk]),
            since=row.first_at,
        )


def _inbox() -> Iterator[Line]:
    """One line for each link: these are worked off as a list."""
    rows = (
        DownloadItem.objects.filter(OPEN_ITEMS)
        .order_by()
        .values_list("download__link__isp_id", "download__link__name")
        .annotate(count=Count("pk"), first=Min("download__received_at"))
    )
    for isp_id, name, count, first in rows:
        yield Line(
            key=f"i{isp_id}",
            urgency=Urgency.WAITS,
            state="attention",
            state_words="来件待看",
            words=f"管局来件里有 {count} 条要人看：对不上报备单，或没能处理",
            about=f"{name or isp_id}链路",
            action="去看",
            url=reverse("inbox"),
            since=first,
        )


def names_of_links() -> LinkNames:
    """What people call each link, by its unit number; under 0 the default one."""
    found: dict[int, str] = {}
    for link in links():
        found[link.isp_id] = short_name(link)
        if link.is_default:
            found[0] = short_name(link)
    return found
