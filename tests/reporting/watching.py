"""What tests of the watchdog share: how long ago things were, and how often the bureau was asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from filing.models import Request
from reporting.choices import Method
from reporting.models import Call, Diagnosis, Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from tests.reporting.material import ready

STATUS = Method.FILING_STATUS


def asked(link: Link) -> int:
    return Call.objects.filter(link=link, method=STATUS).count()


def long_since(*requests: Request, hours: float = 25) -> None:
    """They were accepted so long ago, and were looked at so much earlier."""
    ago = timedelta(hours=hours)
    Request.objects.filter(pk__in=[each.pk for each in requests]).update(accepted_at=timezone.now() - ago)


def a_day_later() -> None:
    for name in ("asked_at", "next_look_at"):
        for row in Diagnosis.objects.all():
            moment = getattr(row, name)
            Diagnosis.objects.filter(pk=row.pk).update(**{name: moment and moment - timedelta(hours=25)})
    for request in Request.objects.exclude(accepted_at=None):
        Request.objects.filter(pk=request.pk).update(accepted_at=request.accepted_at - timedelta(hours=25))


def sent(link: Link, *items: Any) -> list[Request]:
    """Accepted, the queue emptied, and waiting for more than a day."""
    requests = ready(*items)
    send_link(link, asked=True)
    poll_link(link, asked=True)
    for request in requests:
        request.refresh_from_db()
    long_since(*[each for each in requests if each.accepted_at])
    return requests
