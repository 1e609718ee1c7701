"""Beat, workers and the tasks between them prove that they live: a row each, written anew every few seconds.

Beat and the worker write from their own main process, so that a worker whose beat is gone still proves itself. A row that
cannot be written is worth a log line and no more: nothing may die of its own heartbeat.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.signals import beat_init, before_task_publish, heartbeat_sent, task_failure
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from upkeep.models import Heartbeat, TaskFailure

logger = logging.getLogger(__name__)

BEAT, WORKER, TASKS = PARTS = ("beat", "worker", "tasks")
EVERY_S = 15.0
FRESH_FOR = timedelta(seconds=90)
"""A part that was silent for longer counts as dead."""
FORGOTTEN_AFTER = timedelta(days=1)


def beat_heart(part: str, name: str) -> None:
    """Write down that a part lives, now."""
    row = Heartbeat(part=part, name=name[:160], at=timezone.now())
    Heartbeat.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["part", "name"], update_fields=["at"]
    )


def forget_the_dead() -> None:
    """Rows of processes that ended long ago."""
    Heartbeat.objects.filter(at__lt=timezone.now() - FORGOTTEN_AFTER).delete()


def this_host() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass
class _Throttled:
    """Lets its part through every `EVERY_S` seconds."""

    part: str
    said_at: float = field(default=-EVERY_S)

    def tell(self) -> None:
        if time.monotonic() - self.said_at < EVERY_S:
            return
        self.said_at = time.monotonic()
        try:
            if settings.ICP_HEARTBEAT_FILE:
                Path(settings.ICP_HEARTBEAT_FILE).touch()
            beat_heart(self.part, this_host())
        except (DatabaseError, OSError) as error:
            logger.warning("the heartbeat of %s was not written: %s", self.part, type(error).__name__)
        finally:
            # The main process of a worker forks: its children must not share a connection.
            connection.close()


_worker, _beat = _Throttled(WORKER), _Throttled(BEAT)


def connect() -> None:
    """Listen to Celery; once more changes nothing."""
    heartbeat_sent.connect(_worker_lives, dispatch_uid="upkeep.heartbeats.worker")
    beat_init.connect(_beat_begins, dispatch_uid="upkeep.heartbeats.beat_init")
    task_failure.connect(_task_failed, dispatch_uid="upkeep.heartbeats.task_failure")


def _worker_lives(**_: Any) -> None:
    _worker.tell()


def _beat_begins(**_: Any) -> None:
    # Only in the process that is beat: web servers and workers publish tasks too.
    before_task_publish.connect(_beat_lives, dispatch_uid="upkeep.heartbeats.beat")


def _beat_lives(**_: Any) -> None:
    _beat.tell()


def _task_failed(sender: Any = None, **_: Any) -> None:
    name = str(getattr(sender, "name", sender))[:160]
    row = TaskFailure(task=name, failures=1, at=timezone.now())
    try:
        if not TaskFailure.objects.filter(task=name).update(failures=F("failures") + 1, at=row.at):
            TaskFailure.objects.bulk_create([row], ignore_conflicts=True)
    except DatabaseError as error:
        logger.warning("the failure of %s was not counted: %s", name, type(error).__name__)
