"""The Celery app: `celery -A settings.celery worker` and `… beat`. It only wakes services."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.dev")

app = Celery("icp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["filing", "accounts", "verification", "reporting", "upkeep"])
