"""Whether the service as a whole can do its work now, and what is wrong where it cannot."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from upkeep.heartbeats import BEAT, FRESH_FOR, PARTS, TASKS, WORKER
from upkeep.models import Heartbeat

REDIS_PATIENCE_S = 3.0
NEEDS_DATABASE = "database is not there"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `reason` is empty where it is well; it names no person and no filing."""

    name: str
    reason: str = ""


def look() -> list[Finding]:
    """Everything, in the order in which it hinders."""
    database = _look("database", _database)
    if database.reason:
        rest = [Finding(name, NEEDS_DATABASE) for name in ("migrations", *PARTS)]
    else:
        rest = [_look("migrations", _migrations), *_hearts()]
    return [database, _look("redis", _redis), *rest, _look("disk", _disk)]


def _look(name: str, question: Callable[[], str]) -> Finding:
    try:
        return Finding(name, question())
    except (DatabaseError, redis.RedisError, OSError) as error:
        # The text of such an error may hold addresses and names of accounts: it is in the log of the part itself.
        return Finding(name, f"{type(error).__name__}")


def _database() -> str:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return "read-only" if cursor.fetchone()[0] else ""


@dataclass
class _Migrated:
    """What was applied once stays applied while this process lives, for its code stays the same: it is asked until then."""

    is_known: bool = False


_migrated = _Migrated()


def _migrations() -> str:
    if _migrated.is_known:
        return ""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    _migrated.is_known = not plan
    return f"{len(plan)} not applied" if plan else ""


def _redis() -> str:
    _redis_client().ping()
    return ""


@cache
def _redis_client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_PATIENCE_S, socket_connect_timeout=REDIS_PATIENCE_S
    )


def _hearts() -> list[Finding]:
    now = timezone.now()
    latest: dict[str, float] = {}
    for part, at in Heartbeat.objects.values_list("part", "at"):
        age = (now - at).total_seconds()
        latest[part] = min(age, latest.get(part, age))
    return [Finding(part, _silence(latest.get(part))) for part in (BEAT, WORKER, TASKS)]


def _silence(age_s: float | None) -> str:
    if age_s is None:
        return "never heard of"
    return f"silent for {age_s:.0f} s" if age_s > FRESH_FOR.total_seconds() else ""


def _disk() -> str:
    free_mb = shutil.disk_usage(settings.ICP_DATA_DIR).free // (1024 * 1024)
    return (
        ""
        if free_mb >= settings.ICP_LEAST_FREE_MB
        else f"{free_mb} MB free, below {settings.ICP_LEAST_FREE_MB}"
    )
