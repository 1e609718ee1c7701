from __future__ import annotations

from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "upkeep"
    verbose_name = "运行维护"
    default_auto_field = "django.db.models.BigAutoField"
