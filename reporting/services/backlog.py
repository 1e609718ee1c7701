"""Since when the oldest request that may go out waits for a link."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from filing.choices import RequestState
from filing.models import Request
from reporting.models import Link


def oldest_ready(link: Link, now: datetime) -> datetime | None:
    """When the oldest of what is ready, not held back and not put off became ready; None where nothing is. One row read."""
    mine = Q(isp_id=link.isp_id)
    if link.is_default:
        mine |= Q(isp_id=None)
    rows = Request.objects.filter(mine, state=RequestState.READY, held_reason="")
    rows = rows.filter(Q(not_before=None) | Q(not_before__lte=now))
    return rows.order_by("ready_at").values_list("ready_at", flat=True).first()
