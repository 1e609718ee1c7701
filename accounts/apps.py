from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "登录与安全"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # By name: they need models, which are not there yet while this file is read.
        for module in ("signals", "checks"):
            import_module(f"{self.name}.{module}")
