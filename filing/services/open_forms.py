"""Forms that stand open in a browser: which draft each became, and whether the last save of a draft was its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from filing.models import OpenForm, Request

if TYPE_CHECKING:
    from django.contrib.auth.models import User

KEPT = timedelta(days=30)
"""Nobody leaves a form open for longer and expects it to know its draft."""


@dataclass(frozen=True)
class Sending:
    """One sending of a form: whose, the token of its page, and the how-many-th it is (0: the page does not count)."""

    user: User
    token: str
    turn: int = 0


def find(sending: Sending) -> OpenForm | None:
    """What is known of the form; other sendings of it wait until this transaction ends. None at its first save."""
    if not sending.token:
        return None
    with connection.cursor() as cursor:
        # There may be no row to lock yet: two first sendings must not make two drafts.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [sending.token, sending.user.pk]
        )
    return OpenForm.objects.filter(user=sending.user, token=sending.token).select_related("request").first()


def request_of(sending: Sending) -> Request | None:
    """The draft that a form became, or None."""
    known = OpenForm.objects.filter(user=sending.user, token=sending.token).select_related("request")
    found = known.first() if sending.token else None
    return found.request if found else None


def is_late(sending: Sending, known: OpenForm | None) -> bool:
    """Whether a later sending of the same form was saved already: this one was long on its way."""
    return known is not None and 0 < sending.turn <= known.turn


def write_down(sending: Sending, request: Request, edits: int) -> None:
    """Remember that the form was saved into this request, which stands at `edits` saves since."""
    if not sending.token:
        return
    now = timezone.now()
    facts = {"request": request, "edits": edits, "turn": sending.turn, "saved_at": now}
    _row, is_new = OpenForm.objects.update_or_create(user=sending.user, token=sending.token, defaults=facts)
    if is_new:
        OpenForm.objects.filter(user=sending.user, saved_at__lt=now - KEPT).delete()
