"""Alarm clocks: each task calls one service. The database is the queue, so a lost or doubled task changes nothing."""

from __future__ import annotations

from celery import shared_task

from reporting.services.sweep import sweep_downloads as download_all
from reporting.services.sweep import sweep_uploads as upload_all


@shared_task(ignore_result=True)
def sweep_uploads() -> None:
    """Settle, pack and upload for every link that has something to do."""
    upload_all()


@shared_task(ignore_result=True)
def sweep_downloads() -> None:
    """Empty the download queue of every link and apply what came."""
    download_all()
