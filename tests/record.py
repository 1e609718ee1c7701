"""What the record of who did and saw what holds, for tests that look into it."""

from __future__ import annotations

from filing.choices import AuditAction
from filing.models import AuditEntry


def noted(action: AuditAction) -> list[AuditEntry]:
    """The rows of one action, the first first."""
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))
