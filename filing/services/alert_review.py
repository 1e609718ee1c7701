"""Reviewers are told of what waits for them: one line, however much it is."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from filing.choices import AlertKind, Urgency
from filing.groups import REVIEW
from filing.models import Request
from filing.selectors import reviewable
from filing.services.alerts import Due, keep, people_with

MOST_COUNTED = 1000


def tell_reviewers() -> int:
    """Bring up to date what reviewers are told. Two queries a reviewer."""
    return keep([AlertKind.REVIEW], _dues())


def _dues() -> Iterator[Due]:
    for user in people_with(REVIEW):
        waiting = Request.objects.filter(reviewable(user)).order_by("-state_changed_at")
        count = waiting[:MOST_COUNTED].count()
        if count:
            latest = waiting.values_list("state_changed_at", flat=True)[0]
            many = f"{count} 件以上" if count == MOST_COUNTED else f"{count} 件"
            words = f"有 {many}报备单等您审核"
            yield Due(
                user.pk,
                AlertKind.REVIEW,
                "review",
                words,
                reverse("review_queue"),
                Urgency.TODAY,
                latest_at=latest,
            )
