"""The settings package as a Django app: it makes every process use our Celery app, whoever enqueues first."""

from __future__ import annotations

from django.apps import AppConfig

from settings.celery import app as celery_app


class SettingsConfig(AppConfig):
    name = "settings"
    verbose_name = "系统设置"

    def ready(self) -> None:
        # Without this a shared task called from a view or a command would look for a broker on the default
        # address.
        celery_app.set_default()
