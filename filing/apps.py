from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from filing import tracing
from filing.groups import make_groups


class FilingConfig(AppConfig):
    name = "filing"
    verbose_name = "备案"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(make_groups, dispatch_uid="filing.groups.make_groups")
        tracing.connect()
        # Not before the models are there, which these listen to.
        import_module("filing.sign_ins").connect()
