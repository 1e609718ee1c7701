"""Results of the bureau's checks of filed data."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from verification.arriving import CheckData
from verification.choices import GOOD_CHECKS
from verification.models import CheckResult
from verification.services.arrivals import Kept, close, keep


def record_check(
    data: CheckData, *, isp_id: int, proof: dict[str, Any], at: datetime
) -> tuple[CheckResult, Kept]:
    """Keep a finding. Found again while it is open, it is brought up to date; good news is done when it comes."""
    row, kept = keep(CheckResult, isp_id=isp_id, about=_about(data), columns=asdict(data), proof=proof, at=at)
    if data.kind in GOOD_CHECKS and kept != Kept.KNOWN and row.is_open:
        close(row, note="核查结果正常，不用处理")
    return row, kept


def _about(data: CheckData) -> str:
    """The finding and whom it names; of an access also which domain at which address, for one website may have many."""
    names = [
        data.kind,
        data.subject_bureau_id or data.certificate_number,
        data.website_bureau_id or data.website_number,
        data.access_bureau_id,
        data.domain,
        data.address,
    ]
    return "|".join(str(name or "") for name in names)
