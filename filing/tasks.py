"""Alarm clocks of filing: each task calls one service."""

from __future__ import annotations

from celery import shared_task

from filing import tallies
from filing.services.domain_looks import look_at_waiting


@shared_task(ignore_result=True)
def look_at_domains() -> None:
    """Look up the domains of what waits, where that is switched on."""
    look_at_waiting()


@shared_task(ignore_result=True)
def compact_tallies() -> None:
    """Add up what the counts were made of."""
    tallies.compact()


@shared_task(ignore_result=True)
def verify_tallies() -> None:
    """Compare the counts with the rows they count, at night."""
    tallies.verify()
