"""Unfiled websites that the bureau found on our addresses."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from filing.services.blacklist import domain_form
from verification.arriving import UnfiledData
from verification.models import UnfiledWebsite
from verification.services.arrivals import Kept, keep


def record_unfiled(
    data: UnfiledData, *, isp_id: int, proof: dict[str, Any], at: datetime
) -> tuple[UnfiledWebsite, Kept]:
    """Keep an unfiled website. The bureau's id stays with it: found again after it was dealt with, it is open again."""
    domain = domain_form(data.domain)
    columns = asdict(data) | {"domain": domain, "languages": list(data.languages)}
    about = f"id:{data.bureau_id}" if data.bureau_id else f"domain:{domain}@{data.address or ''}"
    return keep(
        UnfiledWebsite,
        isp_id=isp_id,
        about=about,
        columns=columns,
        proof=proof,
        at=at,
        one_for_ever=data.bureau_id is not None,
        seen_at=data.detected_at,
    )
