"""Alarm clocks of upkeep."""

from __future__ import annotations

from celery import shared_task

from upkeep.heartbeats import TASKS, beat_heart, forget_the_dead, this_host


@shared_task(ignore_result=True)
def heartbeat() -> None:
    """Beat woke it, the broker carried it, a worker does it: the whole way works."""
    beat_heart(TASKS, this_host().partition(":")[0])
    forget_the_dead()
