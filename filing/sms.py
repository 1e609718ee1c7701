"""The ministry's check by SMS: since 2020 it stands between the acceptance of a filing and the bureau's review.

The interface says nothing of it, neither that it was sent nor what was answered: what stands here is a term, counted from
the acceptance, never a claim. Who does not answer in time gets the request back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, Operation
from filing.masking import mask
from filing.models import Request

CHECKED = frozenset({Operation.NEW_FILING, Operation.NEW_WEBSITE, Operation.CHANGE})
"""Operations that carry a responsible person's mobile, to which it may be sent."""


@dataclass(frozen=True)
class SmsStep:
    """The term of the check for one request. `mobiles` are masked; `is_over`: the term has passed."""

    until: datetime
    mobiles: tuple[str, ...]
    is_over: bool


def mobiles_in(operation: str, content: dict[str, Any]) -> tuple[str, ...]:
    """The responsible persons' mobiles of a document, as they stand, each once."""
    if operation not in CHECKED:
        return ()
    blocks = [content.get("subject", {}), *content.get("websites", [])]
    told = [str(block.get("responsible", {}).get("mobile", "")) for block in blocks]
    return tuple(dict.fromkeys(part for text in told for part in text.split(";") if part))


def term_of_sms(accepted_at: datetime) -> datetime:
    """Until when the owner has to have answered."""
    return accepted_at + timedelta(hours=settings.ICP_SMS_HOURS)


def sms_step(request: Request, content: dict[str, Any], now: datetime | None = None) -> SmsStep | None:
    """The step of a request that waits at the bureau; None where no mobile is in it, or it is not there."""
    mobiles = mobiles_in(request.operation, content)
    if request.state not in AT_BUREAU_STATES or request.accepted_at is None or not mobiles:
        return None
    until = term_of_sms(request.accepted_at)
    return SmsStep(until, tuple(mask(each) for each in mobiles), (now or timezone.now()) >= until)
