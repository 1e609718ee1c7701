"""Whom to remind of what: written down once a day for each thing. How people are told outside these pages is for others:
they send what has no `sent_at` yet (`waiting_to_be_sent`) and say so (`mark_sent`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES
from filing.models import Request
from filing.services.revisions import current_contents
from filing.sms import CHECKED, sms_step
from filing.working_days import is_working_day, term_of
from verification.choices import ReminderKind, WorkState
from verification.models import Reminder, Visit
from verification.selectors import KINDS, due_work
from verification.services.revisits import visitors

AHEAD_DAYS = 3
"""Working days before its day that something is reminded of."""
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Due:
    """One thing that a person should be told. `about` makes it one: see `Reminder`."""

    user_id: int
    kind: ReminderKind
    about: str
    words: str
    url: str
    due_at: datetime | None = None


def make_reminders(now: datetime | None = None) -> int:
    """Write down what is due to be told now. Returns how many are new; repeating it adds nothing."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    due = list(_sms(now))
    if is_working_day(today)[0]:
        due += [*_visits(today), *_work(today)]
    return _write(due, now)


def _write(due: Iterable[Due], now: datetime) -> int:
    rows = list(due)
    known = set(
        Reminder.objects.filter(about__in={row.about for row in rows}).values_list("user_id", "about")
    )
    news = [row for row in rows if (row.user_id, row.about) not in known]
    Reminder.objects.bulk_create(
        [
            Reminder(
                user_id=row.user_id,
                kind=row.kind,
                about=row.about,
                words=row.words,
                url=row.url,
                due_at=row.due_at,
                made_at=now,
            )
            for row in news
        ],
        ignore_conflicts=True,
    )
    return len(news)


def _visits(today: date) -> Iterator[Due]:
    """To each person once a day: what of theirs is due soon or late, by campaign; re-visits together."""
    soon = term_of(today, AHEAD_DAYS).last_day
    rows = (
        Visit.objects.filter(
            state=WorkState.OPEN,
            due_on__lte=soon,
            assigned_to__is_active=True,
            campaign__closed_at=None,
        )
        .order_by()
        .values("assigned_to", "campaign", "campaign__name", "campaign__due_on")
        .annotate(count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
    )
    for row in rows:
        late = f"，{row['late']} 件已逾期" if row["late"] else ""
        # The type checker takes the outer join for an inner one.
        campaign: int | None = row["campaign"]
        if not campaign:
            yield Due(
                row["assigned_to"],
                ReminderKind.REVISIT,
                f"revisits:{today}",
                f"定期回访还有 {row['count']} 件在 {soon:%m-%d} 前到期{late}",
                reverse("visit_list"),
                _end_of(soon),
            )
        else:
            yield Due(
                row["assigned_to"],
                ReminderKind.CAMPAIGN,
                f"campaign:{campaign}:{today}",
                f"“{row['campaign__name']}”您还有 {row['count']} 件没有核，{row['campaign__due_on']:%m-%d} 截止{late}",
                f"{reverse('campaign_detail', args=[campaign])}?who={row['assigned_to']}",
                _end_of(row["campaign__due_on"]),
            )


def _work(today: date) -> Iterator[Due]:
    """The bureau's work is nobody's in particular: everybody who enters is told, once a day and kind."""
    tomorrow = term_of(today, 1).last_day
    people = visitors()
    for kind in KINDS.values():
        count, late = due_work(kind, tomorrow, today)
        for person in people if count else ():
            told = f"，{late} {kind.unit}已逾期" if late else ""
            yield Due(
                person.pk,
                ReminderKind.WORK,
                f"work:{kind.slug}:{today}",
                f"{kind.words}有 {count} {kind.unit}在 {tomorrow:%m-%d} 前到期{told}",
                reverse("work_list", args=[kind.slug]),
                _end_of(tomorrow),
            )


def _sms(now: datetime) -> Iterator[Due]:
    """Whoever entered or submitted a filing tells its owner to answer the ministry's SMS."""
    since = now - timedelta(hours=settings.ICP_SMS_HOURS)
    rows = Request.objects.filter(
        state__in=AT_BUREAU_STATES, operation__in=CHECKED, accepted_at__gt=since
    ).defer("icp_password")
    requests = list(rows.order_by("-accepted_at")[:MOST_AT_ONCE])
    contents = current_contents(requests)
    for request in requests:
        step = sms_step(request, contents.get(request.pk, {}), now)
        user_id = request.created_by_id or request.submitted_by_id
        if step is None or step.is_over or user_id is None:
            continue
        until = timezone.localtime(step.until)
        yield Due(
            user_id,
            ReminderKind.SMS,
            f"sms:{request.pk}:{request.revision_number}",
            f"请告诉“{request.subject_name or request.ref}”：工信部可能发来核验短信，在 {until:%m-%d %H:%M} 前回复"
            f"（{'、'.join(step.mobiles)}）",
            reverse("request_detail", args=[request.ref]),
            step.until,
        )


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


def unread_of(user: User) -> QuerySet[Reminder]:
    """What a person was not shown yet, the latest first."""
    return Reminder.objects.filter(user=user, read_at=None)


def mark_read(user: User) -> int:
    """A person saw all of theirs. Returns how many were new."""
    return unread_of(user).update(read_at=timezone.now())


def waiting_to_be_sent() -> QuerySet[Reminder]:
    """For whatever tells people outside these pages: neither sent nor read, and not out of date; the oldest first."""
    now = timezone.now()
    rows = Reminder.objects.filter(sent_at=None, read_at=None).filter(Q(due_at=None) | Q(due_at__gte=now))
    return rows.select_related("user").order_by("made_at", "pk")


def mark_sent(reminders: Iterable[Reminder]) -> None:
    """These went out."""
    keys = [each.pk for each in reminders]
    Reminder.objects.filter(pk__in=keys, sent_at=None).update(sent_at=timezone.now())
