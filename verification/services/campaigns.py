"""Campaigns: all filings of a kind by a date. Items are made in the background, given to people, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from filing.choices import FiledState, Operation, RequestState
from filing.models import Request, Subject
from filing.services.errors import NotAllowed
from verification.choices import VisitOutcome, WorkState
from verification.models import Campaign, Visit

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BATCH = 1000
MOST_BATCHES = 50
"""So many in one wake-up: a hundred thousand filings take two of them, and nothing waits long behind."""


def filings_of(campaign: Campaign) -> QuerySet[Subject]:
    """The filings that a campaign asks for: in force, and meeting every condition that is set.

    A filing whose first day is not known counts as old: it came with the data that was handed over.
    """
    rows = Subject.objects.filter(state=FiledState.FILED)
    if campaign.provinces:
        rows = rows.filter(province__in=campaign.provinces)
    if campaign.natures:
        rows = rows.filter(nature__in=campaign.natures)
    if campaign.filed_before:
        midnight = timezone.make_aware(datetime.combine(campaign.filed_before, time()))
        rows = rows.filter(Q(first_filed_at=None) | Q(first_filed_at__lt=midnight))
    return rows.filter(~Exists(_looked_at()), ~_asked()) if campaign.never_verified else rows


def _looked_at() -> QuerySet[Visit]:
    """Visits that found out how a filing is."""
    return Visit.objects.filter(subject=OuterRef("pk"), outcome__in=(VisitOutcome.TRUE, VisitOutcome.FOUND))


def _asked() -> Q:
    """Verified with a filing or a change that went through here: by our own number, or by the bureau's."""
    done = Request.objects.filter(
        state=RequestState.APPROVED, operation__in=(Operation.NEW_FILING, Operation.CHANGE)
    )
    target = Concat(Value("subject:"), Cast(OuterRef("bureau_id"), CharField()))
    return Q(Exists(done.filter(subject_own_id=OuterRef("own_id")))) | Q(Exists(done.filter(target=target)))


def make_all() -> int:
    """Make the items of every campaign that lacks some. Returns how many were made."""
    made = 0
    for key in list(Campaign.objects.filter(made_at=None, closed_at=None).values_list("pk", flat=True)):
        for _ in range(MOST_BATCHES):
            count = make_batch(key)
            if count is None:
                break
            made += count
    return made


@transaction.atomic
def make_batch(key: int, size: int = BATCH) -> int | None:
    """Make the next items of a campaign. None where there is nothing to do, or another process is at it."""
    rows = Campaign.objects.select_for_update(skip_locked=True)
    campaign = rows.filter(pk=key, made_at=None, closed_at=None).first()
    if campaign is None:
        return None
    wanted = filings_of(campaign).filter(pk__gt=campaign.made_up_to).order_by("pk")
    found = list(wanted.values_list("pk", "province")[:size])
    Visit.objects.bulk_create(
        [
            Visit(campaign=campaign, subject_id=subject, province=province, due_on=campaign.due_on)
            for subject, province in found
        ],
        ignore_conflicts=True,
    )
    if found:
        campaign.made_up_to = found[-1][0]
    if len(found) < size:
        campaign.made_at = timezone.now()
    campaign.save(update_fields=["made_up_to", "made_at"])
    return len(found)


@transaction.atomic
def share_out(campaign: Campaign, people: Sequence[User], *, anew: bool = False) -> int:
    """Give the open items to people in equal shares, those of one region together. Returns how many.

    `anew`: also those that somebody has already. Raises: NotAllowed without people, or where the campaign is over.
    """
    if not people:
        raise NotAllowed("至少选一个人")
    if not campaign.is_running:
        raise NotAllowed("这次专项核验已经结束")
    only = "" if anew else "AND visit.assigned_to_id IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE verification_visit AS target
            SET assigned_to_id = (%s::bigint[])[shared.share]
            FROM (
                SELECT visit.id, ntile(%s) OVER (
                    ORDER BY visit.province, subject.city NULLS FIRST, subject.county NULLS FIRST, visit.id
                ) AS share
                FROM verification_visit AS visit JOIN filing_subject AS subject ON subject.id = visit.subject_id
                WHERE visit.campaign_id = %s AND visit.state = %s {only}
            ) AS shared
            WHERE target.id = shared.id
            """,
            [[each.pk for each in people], len(people), campaign.pk, WorkState.OPEN],
        )
        return int(cursor.rowcount)


def finish(campaign: Campaign) -> None:
    """End a campaign: what is left stays in its books and on nobody's desk. Raises: NotAllowed where it ended before."""
    if not Campaign.objects.filter(pk=campaign.pk, closed_at=None).update(closed_at=timezone.now()):
        raise NotAllowed("这次专项核验已经结束")
    campaign.refresh_from_db()
