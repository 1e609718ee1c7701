from __future__ import annotations

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = "真实性核验"
    default_auto_field = "django.db.models.BigAutoField"
