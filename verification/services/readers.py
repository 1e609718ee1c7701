"""Who has a piece of work open: told to others, so that no two do the same without knowing. As `filing.services.reading`."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.utils import timezone

from filing.services.reading import LEASE, Reader
from verification.models import WorkReader


def note_reader(about: str, user: User) -> None:
    """Write down that somebody has the work open, or has it open still; what grew old goes."""
    now = timezone.now()
    WorkReader.objects.filter(about=about, seen_at__lt=now - LEASE).delete()
    WorkReader.objects.update_or_create(
        about=about, user=user, defaults={"seen_at": now}, create_defaults={"opened_at": now, "seen_at": now}
    )


def forget_readers(about: str) -> None:
    """What is done is not worked on any more."""
    WorkReader.objects.filter(about=about).delete()


def readers_of(abouts: Iterable[str], *, but: User) -> dict[str, list[Reader]]:
    """Who else has these open, the first to open it first. One query."""
    rows = WorkReader.objects.filter(about__in=list(abouts), seen_at__gte=timezone.now() - LEASE)
    found: dict[str, list[Reader]] = {}
    for row in rows.exclude(user=but).select_related("user").order_by("opened_at", "pk"):
        name = row.user.get_full_name() or row.user.get_username()
        found.setdefault(row.about, []).append(Reader(name, row.opened_at))
    return found
