"""Keeping what the bureau asks to be looked at, and closing it. The only writer of `Arrival.state`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.utils import timezone

from filing.models import Request
from filing.services.errors import NotAllowed
from verification.choices import WorkState
from verification.due import due_of
from verification.models import Arrival

if TYPE_CHECKING:
    from django.contrib.auth.models import User

A = TypeVar("A", bound=Arrival)
Proof = dict[str, Any]
LONGEST_ABOUT = 400


class Kept(StrEnum):
    """What keeping an arrival did."""

    NEW = "新收到"
    UPDATED = "再次收到"
    REOPENED = "处理后又收到，重新待处理"
    KNOWN = "此前已收到"


@transaction.atomic
def keep(
    model: type[A],
    *,
    isp_id: int,
    about: str,
    columns: dict[str, Any],
    proof: Proof,
    at: datetime,
    one_for_ever: bool = False,
    seen_at: datetime | None = None,
    part: str = "",
) -> tuple[A, Kept]:
    """Store what a record of a download says, once.

    Open work about the same thing is brought up to date; otherwise it is new work. `one_for_ever`: the thing has a
    number of the bureau's own, so what was done already is the same work, and is open again where the bureau saw it
    (`seen_at`) after it was done. `at`: when the download came. `part` tells apart what one record makes several of.
    """
    about = about[:LONGEST_ABOUT]
    due_on, due_by_bureau = due_of(model, at, f"{columns.get('words', '')}\n{columns.get('remarks', '')}")
    due = {"due_on": due_on, "due_by_bureau": due_by_bureau}
    arrival = f"{proof['download']}:{proof['position']}{part}"
    rows = model._default_manager.select_for_update().filter(isp_id=isp_id)
    known = rows.filter(arrivals__contains=[arrival]).first()
    if known is not None:
        return known, Kept.KNOWN
    same = rows.filter(about=about)
    row = (same if one_for_ever else same.filter(state=WorkState.OPEN)).first()
    if row is None:
        facts = columns | due | {"proof": proof, "arrivals": [arrival], "received_at": at, "latest_at": at}
        return model._default_manager.create(isp_id=isp_id, about=about, **facts), Kept.NEW
    row.arrivals = [*row.arrivals, arrival]
    outcome = Kept.UPDATED
    if at >= row.latest_at:
        # An older download that is applied again does not put back what a later one said.
        for name, value in (columns | {"proof": proof, "latest_at": at}).items():
            setattr(row, name, value)
        if row.done_at is not None and (seen_at or at) > row.done_at:
            _open(row)
            row.answer = None
            outcome = Kept.REOPENED
        if due_by_bureau or outcome == Kept.REOPENED:
            row.due_on, row.due_by_bureau = due_on, due_by_bureau
    row.save()
    return row, outcome


@transaction.atomic
def answer_with(row: Arrival, request: Request) -> None:
    """Write down which request answers a piece of work; a later one takes the place of an earlier one."""
    locked = _locked(row)
    locked.answer = request
    locked.save(update_fields=["answer"])
    row.answer = request


@transaction.atomic
def close(row: Arrival, *, user: User | None = None, note: str = "") -> None:
    """Mark work as done, by a person or (without one) by what settles it. Raises: NotAllowed where it is done already."""
    locked = _locked(row)
    if locked.state == WorkState.DONE:
        raise NotAllowed(f"这一条已在 {timezone.localtime(locked.done_at):%m-%d %H:%M} 标为已处理")
    locked.state, locked.done_at = WorkState.DONE, timezone.now()
    locked.done_by, locked.done_note = user, note.strip()
    locked.save(update_fields=["state", "done_at", "done_by", "done_note"])
    row.refresh_from_db()


@transaction.atomic
def reopen(row: Arrival) -> None:
    """Take the mark back. Raises: NotAllowed where it is open, or other work about the same thing is."""
    locked = _locked(row)
    if locked.state == WorkState.OPEN:
        raise NotAllowed("这一条本来就待处理")
    others = type(row)._default_manager.filter(isp_id=locked.isp_id, about=locked.about, state=WorkState.OPEN)
    if others.exists():
        raise NotAllowed("管局之后又下发了同样的内容，那一条正待处理，不必恢复这一条")
    _open(locked)
    locked.save(update_fields=["state", "done_at", "done_by", "done_note", "reopened_at"])
    row.refresh_from_db()


def _locked(row: A) -> A:
    return type(row)._default_manager.select_for_update().get(pk=row.pk)


def _open(row: Arrival) -> None:
    row.state, row.done_at, row.done_by, row.done_note = WorkState.OPEN, None, None, ""
    row.reopened_at = timezone.now()
