from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = "真实性核验"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models are not loaded yet when this file is read.
        import_module("verification.telling_filing")
