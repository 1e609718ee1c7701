"""An empty database between the examples of one test whose transactions are real."""

from __future__ import annotations

from django.apps import apps
from django.db import connection, transaction

from filing.services import codes
from reporting import client

KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})


def wipe() -> None:
    """Empty every table that holds rows, without the triggers that keep frozen rows from being changed.

    Some rows are deleted in a tenth of the time that TRUNCATE takes, which makes new files for each table and index; as
    only a superuser may do without triggers and foreign keys, others wait for TRUNCATE.
    """
    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - KEPT
    quoted = [connection.ops.quote_name(name) for name in sorted(names)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {name}" for name in quoted))
        else:
            cursor.execute(f"TRUNCATE {', '.join(quoted)} CASCADE")


def forget_everything() -> None:
    """What a process keeps in its memory, as in one that has just begun."""
    client.forget_clients()
    codes.forget()
    connection.close()
