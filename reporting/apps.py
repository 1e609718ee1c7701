from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = "报备"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models are not loaded yet when this file is read.
        import_module("reporting.telling_filing")
