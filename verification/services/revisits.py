"""Re-visits by schedule: what was not looked at for long is planned, evenly over working days and people.

Spec: R16 of the training materials. How often is a setting (ICP_REVISIT_EVERY_DAYS, 0: never).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Count, DateTimeField, Exists, F, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from filing.choices import FiledState
from filing.groups import ENTER
from filing.models import Subject
from filing.working_days import is_working_day
from verification.choices import VisitOutcome, WorkState
from verification.models import Visit

Slot = tuple[date, int]
"""A day and a person's key."""
MOST_AT_ONCE = 500
_LOCK = 90_160_016
"""Of PostgreSQL's advisory locks: two planners would give one day twice its share."""


def spread(count: int, slots: Iterable[Slot], load: Mapping[Slot, int], most: int) -> list[Slot]:
    """Choose a place for each of so many visits: always the day and person that have fewest, the earliest of these.

    Pure. `load`: what each has already; none gets more than `most`, so that the result may be shorter than asked.
    """
    heap = [(load.get(slot, 0), slot) for slot in slots if load.get(slot, 0) < most]
    heapq.heapify(heap)
    chosen: list[Slot] = []
    while heap and len(chosen) < count:
        has, slot = heapq.heappop(heap)
        chosen.append(slot)
        if has + 1 < most:
            heapq.heappush(heap, (has + 1, slot))
    return sorted(chosen)


def working_days_from(today: date, count: int) -> list[date]:
    """The next working days, today not among them."""
    days: list[date] = []
    day = today
    while len(days) < count:
        day += timedelta(days=1)
        if is_working_day(day)[0]:
            days.append(day)
    return days


def visitors() -> list[User]:
    """Who makes re-visits: everybody who enters filings and may sign in."""
    rows = User.objects.with_perm(ENTER, include_superusers=False)
    return list(rows.filter(is_active=True).order_by("pk"))


def last_look() -> Greatest:
    """When a filing was last known to be true: looked at, brought up to date at the bureau, or first filed."""
    looks = Visit.objects.filter(subject=OuterRef("pk"), outcome__in=(VisitOutcome.TRUE, VisitOutcome.FOUND))
    latest = looks.order_by().values("subject").annotate(at=Max("done_at")).values("at")
    return Greatest(
        Subquery(latest, output_field=DateTimeField()),
        Coalesce(F("last_modified_at"), F("first_filed_at")),
    )


def due_by(day: date) -> QuerySet[Subject]:
    """Filings that were not looked at for the set time by then, and have no open visit; the oldest first."""
    limit = timezone.make_aware(datetime.combine(day, time())) - timedelta(
        days=settings.ICP_REVISIT_EVERY_DAYS
    )
    unheld = Visit.objects.filter(subject=OuterRef("pk"), state=WorkState.OPEN)
    # Somebody who could not be reached is tried again a month later, not the next minute.
    lately = Visit.objects.filter(
        subject=OuterRef("pk"),
        outcome=VisitOutcome.UNREACHED,
        done_at__gt=timezone.now() - timedelta(days=30),
    )
    rows = Subject.objects.filter(state=FiledState.FILED).annotate(seen_at=last_look())
    rows = rows.exclude(seen_at__gt=limit).filter(~Exists(unheld), ~Exists(lately))
    return rows.order_by(F("seen_at").asc(nulls_first=True), "pk")


@transaction.atomic
def plan(today: date | None = None) -> int:
    """Plan what falls due within the days ahead. Returns how many visits were planned; repeating it adds nothing.

    At most MOST_AT_ONCE at a time, and no more than the people can do on the days ahead: the oldest come first, the others
    when days are free again.
    """
    if not settings.ICP_REVISIT_EVERY_DAYS or not (people := visitors()):
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    days = working_days_from(today or timezone.localdate(), settings.ICP_REVISIT_AHEAD_DAYS)
    load = _load(days)
    free = sum(
        max(0, settings.ICP_REVISIT_PER_DAY - load.get((day, each.pk), 0)) for day in days for each in people
    )
    wanted = list(due_by(days[-1]).values_list("pk", "province")[: min(MOST_AT_ONCE, free)])
    slots = spread(
        len(wanted),
        [(day, each.pk) for day in days for each in people],
        load,
        settings.ICP_REVISIT_PER_DAY,
    )
    made = [
        Visit(subject_id=subject, province=province, due_on=day, assigned_to_id=person)
        for (subject, province), (day, person) in zip(wanted, slots, strict=False)
    ]
    Visit.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _load(days: Sequence[date]) -> dict[Slot, int]:
    """What each person has on each day: open visits of both kinds, for a day has one length."""
    rows = (
        Visit.objects.filter(
            campaign=None, state=WorkState.OPEN, due_on__range=(days[0], days[-1]), assigned_to__isnull=False
        )
        .order_by()
        .values_list("due_on", "assigned_to")
        .annotate(count=Count("pk"))
    )
    return {(day, person): count for day, person, count in rows}


def next_due() -> date | None:
    """The day of the earliest open re-visit."""
    found: date | None = Visit.objects.filter(campaign=None, state=WorkState.OPEN).aggregate(
        day=Min("due_on")
    )["day"]
    return found
