"""Alarm clocks of filing: each task calls one service."""

from __future__ import annotations

from celery import shared_task

from filing.services.domain_looks import look_at_waiting


@shared_task(ignore_result=True)
def look_at_domains() -> None:
    """Look up the domains of what waits, where that is switched on."""
    look_at_waiting()
