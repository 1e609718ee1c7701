"""What tests of the diagnosis share: a finding, its words, and when the bureau accepted."""

from __future__ import annotations

from datetime import datetime

from filing.models import Request
from reporting.choices import Cause
from reporting.models import DataFile
from reporting.services.diagnose import diagnose
from reporting.services.findings import Finding


def found(request: Request, now: datetime | None = None) -> Finding:
    request.refresh_from_db()
    (finding,) = diagnose([request], now)
    assert finding.request.pk == request.pk
    return finding


def words(finding: Finding) -> str:
    return "\n".join(fact.words for fact in finding.evidence)


def ruled_out(finding: Finding) -> set[Cause]:
    return {each.cause for each in finding.ruled_out}


def accepted(request: Request, at: datetime) -> None:
    """The bureau accepted it at another time than now; the queue was emptied just now."""
    Request.objects.filter(pk=request.pk).update(accepted_at=at)
    DataFile.objects.update(sent_at=at)
