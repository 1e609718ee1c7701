"""Notices of the bureau to correct something."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from verification.arriving import NoticeData
from verification.models import Notice
from verification.services.arrivals import Kept, keep


def record_notice(
    data: NoticeData, *, isp_id: int, proof: dict[str, Any], at: datetime
) -> tuple[Notice, Kept]:
    """Keep a notice. The same words about the same filing, told again while it is open, are the same notice."""
    words = hashlib.sha256(f"{data.words}\n{data.remarks}".encode()).hexdigest()[:32]
    kind = "" if data.kind is None else int(data.kind)
    about = f"{kind}|{data.bureau_id or data.number[:200]}|{words}"
    return keep(Notice, isp_id=isp_id, about=about, columns=asdict(data), proof=proof, at=at)
