"""Reading requests: the queries of home, lists and menu. Nothing here changes anything."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet

from filing.choices import CORRECTABLE_STATES, RequestState
from filing.models import Request
from filing.roles import ENTER, REVIEW

ENDED_STATES = frozenset({RequestState.APPROVED, RequestState.WITHDRAWN})
REFUSED_STATES = frozenset({RequestState.RETURNED, RequestState.REJECTED})


@dataclass(frozen=True)
class MenuCounts:
    """How many wait for the person, are under way, wait for review, came back from the bureau."""

    mine: int
    under_way: int
    in_review: int
    refused: int


def needs_person(user: User) -> Q:
    """Condition for the requests that wait for this person.

    Staff: all that came back (whoever is free corrects it) and their own drafts. Reviewers: what others
    submitted.
    """
    condition = Q(pk__in=())
    if user.has_perm(ENTER):
        condition |= Q(state__in=CORRECTABLE_STATES) | Q(state=RequestState.DRAFT, created_by=user)
    if user.has_perm(REVIEW):
        condition |= reviewable(user)
    return condition


def reviewable(user: User) -> Q:
    """Condition for the requests in review that this person may decide."""
    waiting = Q(state=RequestState.IN_REVIEW)
    if settings.ICP_REVIEW_OWN:
        return waiting
    # Not `~Q(created_by=user)` alone: it is unknown for NULL, that is for imported requests.
    others = (Q(created_by=None) | ~Q(created_by=user)) & (Q(submitted_by=None) | ~Q(submitted_by=user))
    return waiting & others


def menu_counts(user: User) -> MenuCounts:
    """Count for the menu in one query, over the requests that have not ended."""
    found = open_requests().aggregate(
        mine=Count("pk", filter=needs_person(user)),
        under_way=Count("pk"),
        in_review=Count("pk", filter=Q(state=RequestState.IN_REVIEW)),
        refused=Count("pk", filter=Q(state__in=REFUSED_STATES)),
    )
    return MenuCounts(**found)


def open_requests() -> QuerySet[Request]:
    """Requests that have neither been approved nor withdrawn."""
    return Request.objects.exclude(state__in=ENDED_STATES)
