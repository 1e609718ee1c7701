from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "upkeep"
    verbose_name = "运行维护"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models are not loaded yet when this file is read.
        import_module("upkeep.heartbeats").connect()
