"""Filings held here, by the dozen, for tests of campaigns and re-visits. Invented (虚构)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from filing.models import Domain, Subject, Website
from tests.factories import ISP_ID

BEIJING, SHANGHAI = 110000, 310000


def filed(n: int, *, province: int = BEIJING, at: datetime | None = None, **more: Any) -> Subject:
    """One subject in force with one website and its domain."""
    subject = Subject.objects.create(
        isp_id=ISP_ID,
        bureau_id=5000 + n,
        number=f"京ICP备2026{n:06d}号",
        name=more.pop("name", f"虚构{n}号有限公司"),
        nature=more.pop("nature", 4),
        province=province,
        certificate_type=1,
        certificate_number=f"91110108MA{n:08d}",
        first_filed_at=at,
        **more,
    )
    website = Website.objects.create(
        isp_id=ISP_ID, bureau_id=6000 + n, subject=subject, number=f"{subject.number}-1", name=f"虚构站{n}"
    )
    Domain.objects.create(isp_id=ISP_ID, bureau_id=7000 + n, website=website, name=f"xugou{n}.cn")
    return subject
