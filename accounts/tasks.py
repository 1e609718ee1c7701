"""Alarm clocks of signing in."""

from __future__ import annotations

from celery import shared_task

from accounts.services.sessions import forget_ended
from accounts.services.throttle import forget_old


@shared_task(ignore_result=True)
def forget_what_is_over() -> None:
    """At night: sessions that ended by themselves, failures too old to count."""
    forget_ended()
    forget_old()
