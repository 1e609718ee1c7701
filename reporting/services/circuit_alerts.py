"""Who looks after a link is told in the moment in which its circuit opens or closes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from filing.choices import AlertKind, Urgency
from filing.groups import OPERATE
from filing.services.alerts import Due, end, people_with, tell
from reporting.choices import Circuit
from reporting.models import Link
from reporting.selectors import short_name

GOOD_NEWS_FOR = timedelta(hours=12)


def tell_of_circuit(link: Link) -> None:
    """The circuit of a link opened, or closed after it had been open."""
    people = people_with(OPERATE)
    if link.circuit == Circuit.OPEN:
        tell(stopped([link], people))
    elif end(AlertKind.LINK, [_about(link)]):
        now = timezone.now()
        tell(
            Due(
                user.pk,
                AlertKind.LINK_AGAIN,
                f"link-again:{link.isp_id}:{now:%Y%m%d%H%M}",
                f"{short_name(link)}链路已恢复，照常上报与下载",
                reverse("link_detail", args=[link.isp_id]),
                Urgency.CALM,
                due_at=now + GOOD_NEWS_FOR,
                isp_id=link.isp_id,
            )
            for user in people
        )


def _about(link: Link) -> str:
    return f"link:{link.isp_id}"


def stopped(found: list[Link], people: list[User]) -> Iterator[Due]:
    """What is told of the links whose circuit is open."""
    for link in found:
        if link.circuit == Circuit.OPEN:
            words = f"{short_name(link)}链路已停止：{link.circuit_reason}"
            url = reverse("link_detail", args=[link.isp_id])
            for user in people:
                yield Due(user.pk, AlertKind.LINK, _about(link), words, url, Urgency.NOW, isp_id=link.isp_id)
