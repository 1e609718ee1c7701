"""Campaigns: all filings of a kind by a date. Items are made in the background, given to people, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q, QuerySet
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
    """The filings that a campaign may ask for: in force, and meeting every condition that stands in themselves.

    What was verified before is taken out of each batch (`verified_among`). A filing whose first day is not known counts
    as old: it came with the data that was handed over.
    """
    rows = Subject.objects.filter(state=FiledState.FILED)
    if campaign.provinces:
        rows = rows.filter(province__in=campaign.provinces)
    if campaign.natures:
        rows = rows.filter(nature__in=campaign.natures)
    if campaign.filed_before:
        midnight = timezone.make_aware(datetime.combine(campaign.filed_before, time()))
        rows = rows.filter(Q(first_filed_at=None) | Q(first_filed_at__lt=midnight))
    return rows


@dataclass(frozen=True)
class Candidate:
    """A filing that a campaign may ask for."""

    key: int
    province: int
    bureau_id: int | None
    own_id: int | None


def verified_among(candidates: Sequence[Candidate]) -> set[int]:
    """The keys of those that were looked at, or whose filing or change went through here: by our own number, or the
    bureau's. Three queries, each by an index: whatever the planner believes of tables that just grew."""
    looks = Visit.objects.filter(
        subject__in=[each.key for each in candidates], outcome__in=(VisitOutcome.TRUE, VisitOutcome.FOUND)
    )
    found = set(looks.values_list("subject", flat=True))
    done = Request.objects.filter(
        state=RequestState.APPROVED, operation__in=(Operation.NEW_FILING, Operation.CHANGE)
    )
    by_own = {each.own_id: each.key for each in candidates if each.own_id is not None}
    by_target = {f"subject:{each.bureau_id}": each.key for each in candidates if each.bureau_id is not None}
    owns = done.filter(subject_own_id__in=by_own).values_list("subject_own_id", flat=True)
    targets = done.filter(target__in=by_target).values_list("target", flat=True)
    found |= {by_own[own] for own in owns if own is not None}
    return found | {by_target[target] for target in targets}


def make_all() -> int:
    """Make the items of every campaign that lacks some. Returns how many filings were looked at."""
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
    """Look at the next filings of a campaign and make their items. Returns how many it looked at.

    None where there is nothing to do, or another process is at it.
    """
    rows = Campaign.objects.select_for_update(skip_locked=True)
    campaign = rows.filter(pk=key, made_at=None, closed_at=None).first()
    if campaign is None:
        return None
    wanted = filings_of(campaign).filter(pk__gt=campaign.made_up_to).order_by("pk")
    rows_found = wanted.values_list("pk", "province", "bureau_id", "own_id")[:size]
    found = [Candidate(*row) for row in rows_found]
    skipped = verified_among(found) if campaign.never_verified else set()
    Visit.objects.bulk_create(
        [
            Visit(campaign=campaign, subject_id=each.key, province=each.province, due_on=campaign.due_on)
            for each in found
            if each.key not in skipped
        ],
        ignore_conflicts=True,
    )
    if found:
        campaign.made_up_to = found[-1].key
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
