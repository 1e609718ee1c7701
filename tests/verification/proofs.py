"""Verifications of invented requests, for tests that are about what follows from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from filing.models import Request
from filing.services import attachments
from filing.services.revisions import current_revision
from tests import factories
from verification.choices import Way
from verification.models import Verification
from verification.services import proving


def marks(request: Request, *keys: str) -> list[str]:
    """The marks of all needs that want proof and have none, or of those of some keys."""
    found = proving.missing(request, current_revision(request).content)
    return [each.mark for each in found if not keys or each.need.key.split(":")[0] in keys]


def visit(request: Request, user: User, *keys: str, **more: Any) -> Verification:
    """The responsible person came: everything that must be verified is verified."""
    facts: dict[str, Any] = {
        "way": Way.IN_PERSON,
        "marks": marks(request, *keys),
        "passed": True,
        "at": now(),
        "place": "虚构核验点",
        "photo": attachments.store(factories.image(colour="navy")),
    }
    return proving.record(request, user=user, **facts | more)


def now() -> datetime:
    return timezone.now()
