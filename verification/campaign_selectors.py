"""Reading campaigns and visits: progress by people, region and day, who is left, what is mine. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from filing.choices import RequestState
from filing.services.codes import region_path
from verification.choices import VisitOutcome, WorkState
from verification.models import Campaign, Visit

DAYS_SHOWN = 14
ENDED = (RequestState.APPROVED, RequestState.WITHDRAWN)


@dataclass(frozen=True)
class Share:
    """How far one part of a campaign is: a person's, a region's, or all. `key` names it in addresses."""

    key: str
    words: str
    total: int
    done: int
    found: int
    unreached: int
    changing: int

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def percent(self) -> int:
        """Whole percent, 100 only where all is done."""
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True)
class DayDone:
    """How many were done on a local day."""

    day: date
    done: int


@dataclass(frozen=True)
class Wanted:
    """What a list of visits is asked for; "" where not."""

    state: str = "open"
    who: str = ""
    province: str = ""
    text: str = ""


STATES: dict[str, tuple[str, Q]] = {
    "open": ("还没核", Q(state=WorkState.OPEN)),
    "found": ("发现出入", Q(outcome=VisitOutcome.FOUND)),
    "unreached": ("联系不上", Q(outcome=VisitOutcome.UNREACHED)),
    "done": ("已核", Q(state=WorkState.DONE)),
    "all": ("全部", Q()),
}
NOBODY = "none"

_COUNTS: dict[str, Any] = {
    "total": Count("pk"),
    "done": Count("pk", filter=Q(state=WorkState.DONE)),
    "found": Count("pk", filter=Q(outcome=VisitOutcome.FOUND)),
    "unreached": Count("pk", filter=Q(outcome=VisitOutcome.UNREACHED)),
    "changing": Count("pk", filter=Q(request__isnull=False) & ~Q(request__state__in=ENDED)),
}


def progress(campaigns: Iterable[Campaign]) -> dict[int, Share]:
    """How far campaigns are, by their keys. One query."""
    keys = [each.pk for each in campaigns]
    found = _counted(Visit.objects.filter(campaign__in=keys), "campaign")
    none = dict.fromkeys(_COUNTS, 0)
    return {key: Share(str(key), "全部", **found.get(key, none)) for key in keys}


def _counted(visits: QuerySet[Visit], column: str) -> dict[int | None, dict[str, int]]:
    """The counts by the values of a column. One query."""
    rows = visits.order_by().values_list(column).annotate(**_COUNTS)
    return {key: dict(zip(_COUNTS, counts, strict=True)) for key, *counts in rows}


def by_person(campaign: Campaign) -> list[Share]:
    """The share of each person, of those with most left first; nobody's on top."""
    found = _counted(campaign.visits.all(), "assigned_to")
    names = names_of(found)
    shares = [Share(str(key or NOBODY), names.get(key, "还没分"), **counts) for key, counts in found.items()]
    return sorted(shares, key=lambda each: (each.key != NOBODY, -each.left, each.words))


def by_region(campaign: Campaign) -> list[Share]:
    """The share of each province, those with most left first."""
    found = _counted(campaign.visits.all(), "province")
    shares = [Share(str(key), region_path(key) or f"代码 {key}", **counts) for key, counts in found.items()]
    return sorted(shares, key=lambda each: (-each.left, each.words))


def by_day(campaign: Campaign) -> list[DayDone]:
    """How many were done on each of the last days, today last."""
    first = timezone.localdate() - timedelta(days=DAYS_SHOWN - 1)
    rows = (
        campaign.visits.filter(done_at__isnull=False)
        .annotate(day=TruncDate("done_at"))
        .filter(day__gte=first)
        .order_by()
        .values_list("day")
        .annotate(count=Count("pk"))
    )
    found = dict(rows)
    days = [first + timedelta(days=place) for place in range(DAYS_SHOWN)]
    return [DayDone(day, found.get(day, 0)) for day in days]


def names_of(keys: Iterable[int | None]) -> dict[int | None, str]:
    """People's names by their keys."""
    users = User.objects.filter(pk__in=[key for key in keys if key])
    return {user.pk: user.get_full_name() or user.get_username() for user in users}


def visits_of(campaign: Campaign | None, wanted: Wanted) -> QuerySet[Visit]:
    """The visits of a campaign (None: re-visits) as a list shows them: the earliest due first, what is done by its time."""
    rows = Visit.objects.filter(campaign=campaign).filter(STATES[wanted.state][1])
    if wanted.who == NOBODY:
        rows = rows.filter(assigned_to=None)
    elif wanted.who.isdecimal():
        rows = rows.filter(assigned_to=int(wanted.who[:18]))
    if wanted.province.isdecimal():
        rows = rows.filter(province=int(wanted.province[:9]))
    if wanted.text:
        named = Q(subject__name__icontains=wanted.text) | Q(subject__number__icontains=wanted.text)
        rows = rows.filter(named)
    rows = rows.select_related("subject", "assigned_to", "done_by", "request")
    if wanted.state in ("done", "found", "unreached"):
        return rows.order_by(F("done_at").desc(), "pk")
    return rows.order_by("-state", "due_on", "province", "pk")


def state_counts(campaign: Campaign | None, wanted: Wanted) -> dict[str, int]:
    """How many each state of the list would show."""
    rows = visits_of(campaign, Wanted("all", wanted.who, wanted.province, wanted.text)).order_by()
    counts: dict[str, int] = rows.aggregate(
        **{name: Count("pk", filter=condition or Q(pk__gt=0)) for name, (_words, condition) in STATES.items()}
    )
    return counts


def mine_due(user: User, by: date) -> int:
    """How many open visits of a person are due by a day, of re-visits and of campaigns that run."""
    rows = Visit.objects.filter(assigned_to=user, state=WorkState.OPEN, due_on__lte=by)
    return rows.filter(campaign__closed_at=None).count()


def next_of(visit: Visit, user: User) -> Visit | None:
    """The next open one of the same person and campaign, to go on with."""
    rows = Visit.objects.filter(campaign=visit.campaign_id, assigned_to=user, state=WorkState.OPEN)
    return rows.exclude(pk=visit.pk).order_by("due_on", "province", "pk").first()
