"""Within what 9 of 10 requests lately left each step: measured now and then, for home to compare what waits with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from filing.choices import RequestState, WaitStep
from filing.models import StepTerm

S = RequestState

LATELY = timedelta(days=30)
SHARE = 0.9
FEWEST = 5
"""Of fewer requests no usual time is told: one odd one would be it."""

STEPS: dict[WaitStep, tuple[frozenset[str], frozenset[str]]] = {
    WaitStep.REVIEW: (frozenset({S.IN_REVIEW}), frozenset({S.READY, S.REVIEW_RETURNED})),
    WaitStep.SENDING: (
        frozenset({S.READY, S.PACKED, S.UPLOADING, S.UNCERTAIN}),
        frozenset({S.AWAITING_BUREAU, S.FORWARDED}),
    ),
    WaitStep.BUREAU: (frozenset({S.AWAITING_BUREAU}), frozenset({S.APPROVED, S.REJECTED, S.RETURNED})),
    WaitStep.FORWARDED: (frozenset({S.FORWARDED}), frozenset({S.APPROVED, S.REJECTED, S.RETURNED})),
}
"""The states of a step, and those by which a request leaves it with its work done. What was withdrawn there, or goes
round once more, tells nothing of how long the step takes."""

_AT_BUREAU = (WaitStep.BUREAU, WaitStep.FORWARDED)

_MEASURE = """
    SELECT coalesce(spent.isp_id, 0), count(*), percentile_cont(%(share)s) WITHIN GROUP (ORDER BY spent.seconds)
    FROM (
        SELECT CASE WHEN %(by_link)s THEN request.isp_id ELSE 0 END AS isp_id,
               extract(epoch FROM left_it.at - came.at) AS seconds
        FROM filing_requestevent AS left_it
        JOIN filing_request AS request ON request.id = left_it.request_id
        CROSS JOIN LATERAL (
            SELECT event.at FROM filing_requestevent AS event
            WHERE event.request_id = left_it.request_id AND event.new_state = ANY(%(inside)s)
              AND NOT event.old_state = ANY(%(inside)s) AND (event.at, event.id) < (left_it.at, left_it.id)
            ORDER BY event.at DESC, event.id DESC LIMIT 1
        ) AS came
        WHERE left_it.at >= %(since)s AND left_it.old_state = ANY(%(inside)s) AND left_it.new_state = ANY(%(out)s)
    ) AS spent GROUP BY 1 HAVING count(*) >= %(fewest)s
"""


def measure(now: datetime | None = None) -> int:
    """Measure every step anew. Returns how many terms there are; what has too few requests by now is forgotten."""
    now = now or timezone.now()
    terms = [
        StepTerm(step=step, isp_id=isp_id, sample=sample, usual_s=usual_s, measured_at=now)
        for step in WaitStep
        for isp_id, sample, usual_s in _measured(step, now - LATELY)
    ]
    with transaction.atomic():
        StepTerm.objects.bulk_create(
            terms,
            update_conflicts=True,
            unique_fields=["step", "isp_id"],
            update_fields=["usual_s", "sample", "measured_at"],
        )
        StepTerm.objects.filter(measured_at__lt=now).delete()
    return len(terms)


def _measured(step: WaitStep, since: datetime) -> list[tuple[int, int, float]]:
    inside, out = STEPS[step]
    asked: dict[str, Any] = {
        "share": SHARE,
        "by_link": step in _AT_BUREAU,
        "inside": sorted(inside),
        "out": sorted(out),
        "since": since,
        "fewest": FEWEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE, asked)
        return [(isp_id, sample, float(usual_s)) for isp_id, sample, usual_s in cursor.fetchall()]
