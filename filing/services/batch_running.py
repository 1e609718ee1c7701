"""Doing the work of a batch, row by row, until it ends, is asked to pause, or its turn is over.

What became of a few rows and how far the batch has come are one transaction: a worker that is killed does those rows
again, for nothing of them was written. One worker at a batch: a lock of PostgreSQL, lost with its connection.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from filing.choices import BatchAct, BatchAim, BatchKind, BatchStage
from filing.importing.sheet_making import SheetMaking
from filing.models import Batch, BatchRow
from filing.services import batch_acts
from filing.services.batches import UNDER_WAY, write_rows
from filing.services.errors import NotAllowed
from filing.services.moving_making import MoveMaking

log = logging.getLogger(__name__)

TURN_S = 60.0
"""So long a task works at a batch before others get the worker. Each turn reads a sheet anew, which takes seconds."""
_LOCK = 0x49435004

Work = Callable[[Sequence[BatchRow]], None]


@dataclass(frozen=True)
class _Plan:
    """How an act is done: `work` settles rows (without saving them), `at_once` of them in one transaction."""

    work: Work
    at_once: int


def _plan_of(batch: Batch) -> _Plan:
    """Prepare an act. Making rows out of what is wanted belongs to it. Raises: NotAllowed where that cannot be done."""
    if batch.act == BatchAct.MAKE and batch.kind == BatchKind.SHEET:
        return _Plan(SheetMaking(batch).work, 10)
    if batch.act == BatchAct.MAKE and batch.kind == BatchKind.MOVE:
        return _Plan(MoveMaking(batch).work, 500)
    if batch.act == BatchAct.SUBMIT:
        return _Plan(batch_acts.Submitting(batch).work, 10)
    if batch.act == BatchAct.DECIDE:
        return _Plan(batch_acts.Deciding(batch).work, 10)
    return _Plan(batch_acts.Withdrawing(batch).work, 50)


@contextmanager
def _alone_at(batch_id: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, batch_id])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, batch_id])


def carry_on(batch_id: int, *, for_s: float | None = None) -> bool:
    """Work at a batch. Returns whether something is left to do at once; False also where another worker has it."""
    with _alone_at(batch_id) as held:
        batch = Batch.objects.defer("source").filter(pk=batch_id).first()
        if not held or batch is None or batch.stage not in UNDER_WAY:
            return False
        _set(batch, BatchStage.RUNNING)
        try:
            return _go(batch, None if for_s is None else time.monotonic() + for_s)
        except NotAllowed as refused:
            _set(batch, BatchStage.FAILED, str(refused))
            return False
        except Exception:
            log.exception("batch %s stopped", batch_id)
            _set(
                batch, BatchStage.FAILED, "办到这里出了错，已经办好的都在。按“继续”再试；一再如此请告诉管理员"
            )
            raise


def _set(batch: Batch, stage: BatchStage, words: str = "") -> None:
    batch.stage, batch.words, batch.seen_at = stage, words, timezone.now()
    batch.finished_at = batch.seen_at if stage == BatchStage.FINISHED else None
    batch.save(update_fields=["stage", "words", "seen_at", "finished_at"])


def _go(batch: Batch, until: float | None) -> bool:
    plan = _plan_of(batch)
    while rows := _next(batch, plan.at_once):
        with transaction.atomic():
            plan.work(rows)
            write_rows(rows)
            batch.position, batch.seen_at = rows[-1].number, timezone.now()
            batch.save(update_fields=["position", "seen_at"])
        if Batch.objects.filter(pk=batch.pk, wants_pause=True).update(wants_pause=False):
            _set(batch, BatchStage.PAUSED)
            return False
        if until is not None and time.monotonic() > until:
            return True
    return _end(batch)


def _next(batch: Batch, count: int) -> list[BatchRow]:
    rows = BatchRow.objects.filter(batch=batch, number__gt=batch.position).order_by("number")
    return list(rows.select_related("request")[:count])


def _end(batch: Batch) -> bool:
    """The act is over; new requests of a move that are to go on to the review do so in a next one."""
    if batch.kind == BatchKind.MOVE and batch.act == BatchAct.MAKE and batch.aim == BatchAim.REVIEW:
        batch.act, batch.position, batch.stage = BatchAct.SUBMIT, 0, BatchStage.WAITING
        batch.save(update_fields=["act", "position", "stage"])
        return True
    _set(batch, BatchStage.FINISHED)
    return False
