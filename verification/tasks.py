"""Alarm clocks: each task calls services. The database holds what is due, so a lost or doubled wake-up changes nothing."""

from __future__ import annotations

from celery import shared_task

from verification.services.campaigns import make_all
from verification.services.reminders import make_reminders
from verification.services.revisits import plan
from verification.services.settling import settle
from verification.services.visits import close_gone


@shared_task(ignore_result=True)
def look_after_work() -> None:
    """Close what was answered, open again what came back, list what campaigns ask for."""
    settle()
    close_gone()
    make_all()


@shared_task(ignore_result=True)
def plan_revisits() -> None:
    """Plan what has not been looked at for long."""
    plan()


@shared_task(ignore_result=True)
def remind() -> None:
    """Write down whom to remind of what."""
    make_reminders()
