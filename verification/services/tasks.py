"""Verification tasks of the bureau."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from verification.arriving import TaskData
from verification.models import VerificationTask
from verification.services.arrivals import Kept, keep


def record_task(
    data: TaskData, *, isp_id: int, proof: dict[str, Any], at: datetime
) -> tuple[VerificationTask, Kept]:
    """Keep a task. While one for the subject is open, a second brings it up to date; later ones are new work."""
    columns = {
        "subject_bureau_id": data.subject_bureau_id,
        "subject_name": data.subject_name,
        "content": data.content,
        "remarks": data.content.get("remarks", ""),
    }
    about = f"subject:{data.subject_bureau_id}"
    return keep(VerificationTask, isp_id=isp_id, about=about, columns=columns, proof=proof, at=at)
