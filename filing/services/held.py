"""Requests that wait for a person's word before they are packed: they may be at the bureau already.

After a backup was restored, what was sent since stands here as unsent. It must not go twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from filing.actors import BUREAU, LINK, Actor
from filing.choices import RequestState
from filing.models import Request
from filing.states import MoveRefused, move, note, note_all


@transaction.atomic
def hold_back(requests: Sequence[Request], *, isp_id: int, actor: Actor, reason: str) -> None:
    """Keep requests from being packed until `let_go`: those that are ready, and those that become it.

    `isp_id`: the link whose bureau may have them. It is written into them, so that an answer of that bureau finds them.
    """
    keys = [request.pk for request in requests]
    Request.objects.filter(pk__in=keys).update(isp_id=isp_id, held_reason=reason, stalled_reason=reason)
    note_all(
        requests, actor=actor, reasons=[f"暂缓上报：{reason}"] * len(requests), proof=[{}] * len(requests)
    )


UNSENT_STATES = frozenset(
    {
        RequestState.DRAFT,
        RequestState.IN_REVIEW,
        RequestState.REVIEW_RETURNED,
        RequestState.READY,
        RequestState.RETURNED,
        RequestState.REJECTED,
    }
)
"""In these a request stands as not at the bureau; a backup may hold it so although it was handed in since."""


@transaction.atomic
def let_go(request: Request, *, actor: Actor) -> None:
    """A person knows that the bureau lacks it: it may be packed. Raises: MoveRefused where it is not held any more."""
    found = Request.objects.select_for_update().get(pk=request.pk)
    if found.state != RequestState.READY or not found.held_reason:
        raise MoveRefused(request, found.state, RequestState.READY, "这张报备单已不在暂缓中")
    Request.objects.filter(pk=request.pk).update(held_reason="", stalled_reason="")
    note(found, actor=actor, reason="放行：已确认管局没有收到，继续上报")
    request.refresh_from_db()


@transaction.atomic
def was_sent(request: Request, *, at: datetime, reason: str, proof: dict[str, Any]) -> None:
    """The bureau turns out to have a request that stands here as unsent: it goes through what it had gone through."""
    request.refresh_from_db()
    for state in (RequestState.PACKED, RequestState.UPLOADING):
        move(request, state, actor=LINK, reason=reason, proof=proof)
    move(request, RequestState.UNCERTAIN, actor=LINK, reason=reason, proof=proof)
    columns: dict[str, Any] = {"accepted_at": at, "held_reason": "", "stalled_reason": ""}
    move(request, RequestState.AWAITING_BUREAU, actor=BUREAU, reason=reason, proof=proof, **columns)
