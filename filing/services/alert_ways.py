"""By which way a person is told of a kind, and when its e-mail goes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from filing.choices import AlertKind, AlertWay
from filing.models import AlertChoice
from filing.working_days import is_working_day

DIGEST_HOUR = 9

USUAL: Mapping[AlertKind, AlertWay] = {
    AlertKind.LINK: AlertWay.AT_ONCE,
    AlertKind.NUMBERS: AlertWay.AT_ONCE,
    AlertKind.QUEUE: AlertWay.AT_ONCE,
    AlertKind.BROKEN: AlertWay.AT_ONCE,
    AlertKind.CAME_BACK: AlertWay.DAILY,
    AlertKind.STUCK: AlertWay.DAILY,
    AlertKind.WORK: AlertWay.DAILY,
    AlertKind.CAMPAIGN: AlertWay.DAILY,
    AlertKind.REVISIT: AlertWay.DAILY,
}
"""What is not named here stays in the page."""

ONLY_IN_THE_PAGE = frozenset({AlertKind.SENDING})
"""That an e-mail cannot be sent is not told by e-mail."""


def ways_of(user: User) -> dict[AlertKind, AlertWay]:
    """The way of every kind that a person may choose for."""
    chosen = dict(AlertChoice.objects.filter(user=user).values_list("kind", "way"))
    return {kind: _way(kind, chosen.get(kind)) for kind in AlertKind if kind not in ONLY_IN_THE_PAGE}


def _way(kind: AlertKind, chosen: str | None) -> AlertWay:
    if kind in ONLY_IN_THE_PAGE:
        return AlertWay.PAGE
    return AlertWay(chosen) if chosen else USUAL.get(kind, AlertWay.PAGE)


@transaction.atomic
def choose(user: User, ways: Mapping[AlertKind, AlertWay]) -> None:
    """A person chooses; it counts for what is told from now on."""
    rows = [
        AlertChoice(user=user, kind=kind, way=way)
        for kind, way in ways.items()
        if kind not in ONLY_IN_THE_PAGE
    ]
    AlertChoice.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["way"]
    )


def mail_times(
    wanted: Iterable[tuple[int, AlertKind]], now: datetime
) -> dict[tuple[int, AlertKind], datetime | None]:
    """When each goes out by e-mail; None where it stays in the page. One query."""
    keys = set(wanted)
    chosen = {
        (user_id, kind): way
        for user_id, kind, way in AlertChoice.objects.filter(
            user__in={user_id for user_id, _kind in keys}
        ).values_list("user_id", "kind", "way")
    }
    times = {AlertWay.AT_ONCE: now, AlertWay.DAILY: next_digest(now), AlertWay.PAGE: None}
    return {key: times[_way(key[1], chosen.get(key))] for key in keys}


def next_digest(now: datetime) -> datetime:
    """The next 9:00 of a working day, in Asia/Shanghai."""
    here = timezone.localtime(now)
    day: date = here.date() if here.hour < DIGEST_HOUR else here.date() + timedelta(days=1)
    while not is_working_day(day)[0]:
        day += timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time(DIGEST_HOUR)))
