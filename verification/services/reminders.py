"""Whom to tell of the work that the bureau asks for, of visits, campaigns and the ministry's SMS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, AlertKind, Urgency
from filing.models import Request
from filing.services.alerts import Due, keep
from filing.services.revisions import current_contents
from filing.sms import CHECKED, sms_step
from filing.working_days import is_working_day, term_of
from verification.choices import WorkState
from verification.models import Visit
from verification.selectors import KINDS, due_work, waiting_work
from verification.services.revisits import visitors

AHEAD_DAYS = 3
"""Working days before its day that something is reminded of."""
MOST_AT_ONCE = 500
KINDS_TOLD = (AlertKind.WORK, AlertKind.CAMPAIGN, AlertKind.REVISIT, AlertKind.SMS)


def make_reminders(now: datetime | None = None) -> int:
    """Tell what is due to be told now, and end what is over. Returns how many are new; repeating it adds nothing.

    What falls due is told anew on each working day; on other days what was told last stands while it is due.
    """
    now = now or timezone.now()
    day = timezone.localdate(now)
    while not is_working_day(day)[0]:
        day -= timedelta(days=1)
    return keep(KINDS_TOLD, [*_sms(now), *_visits(day), *_new_work(), *_work(day)], now)


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
                AlertKind.REVISIT,
                f"revisits:{today}",
                f"定期回访还有 {row['count']} 件在 {soon:%m-%d} 前到期{late}",
                reverse("visit_list"),
                due_at=_end_of(soon),
            )
        else:
            yield Due(
                row["assigned_to"],
                AlertKind.CAMPAIGN,
                f"campaign:{campaign}:{today}",
                f"“{row['campaign__name']}”您还有 {row['count']} 件没有核，{row['campaign__due_on']:%m-%d} 截止{late}",
                f"{reverse('campaign_detail', args=[campaign])}?who={row['assigned_to']}",
                due_at=_end_of(row["campaign__due_on"]),
            )


def _new_work() -> Iterator[Due]:
    """What came from the bureau and waits for us, by kind: one line, new again when more comes."""
    people = visitors()
    for kind in KINDS.values():
        count, latest = waiting_work(kind)
        for person in people if count else ():
            yield Due(
                person.pk,
                AlertKind.WORK,
                f"work:{kind.slug}",
                f"管局发来的{kind.words}有 {count} {kind.unit}等着处理",
                reverse("work_list", args=[kind.slug]),
                latest_at=latest,
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
                AlertKind.WORK,
                f"work:{kind.slug}:{today}",
                f"{kind.words}有 {count} {kind.unit}在 {tomorrow:%m-%d} 前到期{told}",
                reverse("work_list", args=[kind.slug]),
                urgency=Urgency.NOW if late else Urgency.TODAY,
                due_at=_end_of(tomorrow),
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
            AlertKind.SMS,
            f"sms:{request.pk}:{request.revision_number}",
            f"请告诉“{request.subject_name or request.ref}”：工信部可能发来核验短信，在 {until:%m-%d %H:%M} 前回复"
            f"（{'、'.join(step.mobiles)}）",
            reverse("request_detail", args=[request.ref]),
            due_at=step.until,
            ref=request.ref,
            isp_id=request.isp_id,
        )


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(23, 59)))
