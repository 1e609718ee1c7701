"""Where requests stand, with the proof of how fresh that is: what `filing_status` prints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from filing.models import Request
from filing.services.filed import filing_numbers
from reporting.models import Link


def status_rows(requests: Sequence[Request]) -> list[dict[str, Any]]:
    """One row of the contract for each request.

    Units: times are ISO 8601 with offset. `waiting_since` is the acceptance by the interface; `last_checked_at` the
    moment at which the latest poll that emptied the link's download queue, and applied what came, found it empty.
    """
    links = {link.isp_id: link for link in Link.objects.all()}
    default = next((link for link in links.values() if link.is_default), None)
    numbers = filing_numbers(requests)
    rows = []
    for request in requests:
        link = links.get(request.isp_id) if request.isp_id else default
        subject_number, website_numbers = numbers[request.pk]
        rows.append(
            {
                "ref": request.ref,
                "id": request.pk,
                "operation": request.operation,
                "state": request.state,
                "result_codes": request.result_codes,
                "bureau_words": request.bureau_words,
                "subject_number": subject_number or None,
                "website_numbers": website_numbers,
                "waiting_since": _iso(request.accepted_at),
                "last_checked_at": _iso(link.emptied_at if link else None),
                "stalled_reason": request.stalled_reason or None,
            }
        )
    return rows


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
