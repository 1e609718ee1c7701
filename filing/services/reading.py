"""Who has a request open for review: told to others, so that no two review the same without knowing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from filing.models import Request, ReviewReader

LEASE = timedelta(seconds=75)
"""A page tells every 20 seconds that it is still open; a browser lets a hidden one do so once a minute."""


@dataclass(frozen=True)
class Reader:
    """Another reviewer who has the page open, and since when."""

    name: str
    opened_at: datetime


def note_reader(request: Request, user: User) -> None:
    """Write down that a reviewer has the request open, or has it open still; what grew old goes."""
    now = timezone.now()
    ReviewReader.objects.filter(request=request, seen_at__lt=now - LEASE).delete()
    ReviewReader.objects.update_or_create(
        request=request,
        user=user,
        defaults={"seen_at": now},
        create_defaults={"opened_at": now, "seen_at": now},
    )


def forget_readers(request: Request) -> None:
    """A decided request is read no more."""
    ReviewReader.objects.filter(request=request).delete()


def readers_of(requests: Iterable[int], *, but: User) -> dict[int, list[Reader]]:
    """Who else has these requests open, by the request's key; the first to open it first. One query."""
    rows = (
        ReviewReader.objects.filter(request__in=list(requests), seen_at__gte=timezone.now() - LEASE)
        .exclude(user=but)
        .select_related("user")
        .order_by("opened_at", "pk")
    )
    found: dict[int, list[Reader]] = {}
    for row in rows:
        name = row.user.get_full_name() or row.user.get_username()
        found.setdefault(row.request_id, []).append(Reader(name, row.opened_at))
    return found


def read_elsewhere(user: User) -> set[str]:
    """The refs of all requests that somebody else has open."""
    rows = ReviewReader.objects.filter(seen_at__gte=timezone.now() - LEASE).exclude(user=user)
    return set(rows.values_list("request__ref", flat=True))
