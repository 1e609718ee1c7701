"""What the bureau asks for and when it is due, for home: lines of what presses, and the days ahead. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone

from filing.home_lines import MOST_LINES, Line, Urgency, Waiting
from filing.roles import ENTER
from verification.campaign_selectors import progress
from verification.choices import VisitOutcome, WorkState
from verification.deadlines import SOON_DAYS, deadline
from verification.models import Arrival, Campaign, Visit
from verification.selectors import IS_SENT, KINDS, Kind
from verification.told import line_of

NOT_SENT = Q(answer=None) | ~IS_SENT
MOST_CAMPAIGNS = 5
COUNTED_FOR_S = 60
"""So long the counts of a campaign are taken as they are: it may have a hundred thousand items."""
LATELY_DAYS = 14


def lines(user: User) -> Waiting:
    """What is late, due today or soon, for those who enter. Six queries, and one for each kind that has any."""
    if not user.has_perm(ENTER):
        return Waiting()
    today = timezone.localdate()
    count = due = late = 0
    found: list[Line] = []
    for kind in KINDS.values():
        rows = kind.model._default_manager.filter(
            NOT_SENT, state=WorkState.OPEN, due_on__lte=today + timedelta(days=SOON_DAYS)
        )
        counts = rows.aggregate(
            all=Count("pk"),
            today=Count("pk", filter=Q(due_on=today)),
            late=Count("pk", filter=Q(due_on__lt=today)),
        )
        count, due, late = count + counts["all"], due + counts["today"], late + counts["late"]
        if counts["all"]:
            nearest = rows.select_related("answer").order_by("due_on", "received_at", "pk")[:MOST_LINES]
            found += [_work_line(kind, row, today) for row in nearest]
    visits = list(_visit_lines(user, today))
    return Waiting(count + len(visits), due, late, found + visits)


def _work_line(kind: Kind, row: Arrival, today: date) -> Line:
    told = line_of(row)
    assert row.due_on is not None, "only what has its day is listed"
    by = "管局要求" if row.due_by_bureau else "按规则"
    return Line(
        key=f"w{kind.slug}-{row.pk}",
        urgency=Urgency.NOW if row.due_on <= today else Urgency.WAITS,
        state="bad" if row.due_on < today else "attention",
        state_words="已逾期" if row.due_on < today else "今天到期" if row.due_on == today else "快到期",
        words=f"{kind.words}：{told.asked}",
        about=f"{told.title} · {by} {row.due_on:%m-%d} 前办完",
        action="去办",
        url=reverse("work_detail", args=[kind.slug, row.pk]),
        since=_morning_of(row.due_on),
        left=deadline(row.due_on, today).words,
    )


def _visit_lines(user: User, today: date) -> Iterator[Line]:
    """One line for the re-visits of a person, one for each campaign: these are worked off as a list."""
    rows = (
        Visit.objects.filter(
            assigned_to=user,
            state=WorkState.OPEN,
            due_on__lte=today + timedelta(days=SOON_DAYS),
            campaign__closed_at=None,
        )
        .order_by()
        .values_list("campaign", "campaign__name")
        .annotate(count=Count("pk"), first=Min("due_on"))
    )
    for campaign, name, count, first in rows:
        own = f"who={user.pk}"
        url = reverse("campaign_detail", args=[campaign]) if campaign else reverse("visit_list")
        yield Line(
            key=f"v{campaign or 0}",
            urgency=Urgency.NOW if first <= today else Urgency.WAITS,
            state="bad" if first < today else "attention",
            state_words="已逾期" if first < today else "今天到期" if first == today else "快到期",
            words=f"分给您的有 {count} 件要和主办者核对",
            about=f"专项核验 · {name}" if campaign else "定期回访",
            action="去核对",
            url=f"{url}?{own}",
            since=_morning_of(first),
            left=deadline(first, today).words,
        )


def _morning_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@dataclass(frozen=True)
class CampaignAhead:
    """How far a campaign is, and when it will be done at the speed of the last days. `done_on` None: not in sight."""

    campaign: Campaign
    total: int
    done: int
    left_days: int
    done_on: date | None

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def past_days(self) -> int:
        return -self.left_days

    @property
    def percent(self) -> float:
        return round(100 * self.done / self.total, 1) if self.total else 0.0

    @property
    def done_words(self) -> str:
        """The day in words, with its year where that is another one."""
        if self.done_on is None:
            return ""
        day = f"{self.done_on.month} 月 {self.done_on.day} 日"
        return day if self.done_on.year == timezone.localdate().year else f"{self.done_on.year} 年 {day}"

    @property
    def is_late(self) -> bool:
        """Whether it will not be done by its day."""
        return self.left > 0 and (self.done_on is None or self.done_on > self.campaign.due_on)


def campaigns_ahead() -> list[CampaignAhead]:
    """The campaigns that run, the nearest day first. One query where their counts are known."""
    running = Campaign.objects.filter(closed_at=None).order_by("due_on", "pk")[:MOST_CAMPAIGNS]
    today = timezone.localdate()
    found = []
    for each in running:
        total, done, lately = _counted(each)
        done_on = _done_on(each, total - done, lately, today)
        found.append(CampaignAhead(each, total, done, (each.due_on - today).days, done_on))
    return found


def _counted(campaign: Campaign) -> tuple[int, int, int]:
    """How many items there are, how many are done, how many were by people in the last days; counted once a minute."""
    known: tuple[int, int, int] | None = cache.get(f"campaign-ahead-{campaign.pk}")
    if known is not None:
        return known
    share = progress([campaign])[campaign.pk]
    since = timezone.now() - timedelta(days=LATELY_DAYS)
    lately = campaign.visits.filter(done_at__gte=since).exclude(outcome=VisitOutcome.GONE).count()
    found = (share.total, share.done, lately)
    cache.set(f"campaign-ahead-{campaign.pk}", found, COUNTED_FOR_S)
    return found


def _done_on(campaign: Campaign, left: int, lately: int, today: date) -> date | None:
    """The day on which the rest will be done, as fast as lately (or since it began, where that is less long ago)."""
    if left <= 0:
        return today
    begun = timezone.localdate(campaign.created_at)
    days = max(1, min(LATELY_DAYS, (today - begun).days + 1))
    needed = ceil(left * days / lately) if lately else None
    return today + timedelta(days=needed) if needed is not None and needed < 3650 else None


@dataclass(frozen=True)
class WorkAhead:
    """Open work of one kind that is not answered yet: how many, the nearest day, how many are late."""

    kind: Kind
    count: int
    late: int
    first: date
    words: str
    state: str


def work_ahead() -> list[WorkAhead]:
    """What the bureau asks for, by kind, the nearest day first. Five queries."""
    today = timezone.localdate()
    found = []
    for kind in KINDS.values():
        rows = kind.model._default_manager.filter(NOT_SENT, state=WorkState.OPEN, due_on__isnull=False)
        told = rows.aggregate(
            count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)), first=Min("due_on")
        )
        if told["count"]:
            nearest = deadline(told["first"], today)
            found.append(WorkAhead(kind, **told, words=nearest.words, state=nearest.state))
    return sorted(found, key=lambda each: each.first)
