"""Requests by the hundred for tests of home: rows of the database alone, without content. Invented (虚构)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from filing.choices import ActorKind, Operation, RequestState
from filing.models import Request, RequestEvent

S = RequestState
_numbers = count(1)


def rows(how_many: int, state: str, *, since: datetime | None = None, **columns: Any) -> list[Request]:
    """So many requests that stand in a state since a moment."""
    since = since or timezone.now()
    made = []
    for _ in range(how_many):
        number = next(_numbers)
        made.append(
            Request(
                ref=f"desk-{number:05d}",
                operation=Operation.NEW_FILING,
                state=state,
                **{
                    "subject_name": f"虚构{number}号有限公司",
                    "state_changed_at": since,
                    "ready_at": since,
                    "accepted_at": since,
                }
                | columns,
            )
        )
    Request.objects.bulk_create(made)
    Request.objects.filter(pk__in=[each.pk for each in made]).update(updated_at=since)
    return made


def passed(request: Request, *moves: tuple[str, timedelta]) -> None:
    """Write the history of a request: a state, and how long ago it came to it."""
    now, old = timezone.now(), ""
    for state, ago in moves:
        RequestEvent.objects.create(
            request=request,
            revision_number=1,
            old_state=old,
            new_state=state,
            actor_kind=ActorKind.COMMAND,
            actor_name="测试",
            at=now - ago,
        )
        old = state
