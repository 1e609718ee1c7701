"""Addresses of the database and of Redis, from one form into the others that libraries expect."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from settings.env import SettingRefused

POSTGRES_SCHEMES = frozenset({"postgres", "postgresql"})
REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})


def database_from_url(url: str, *, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Turn postgresql://user:password@host:port/database?option=value into Django's settings of a database.

    Shape: `host` among the options may be the folder of a Unix socket; other options go to libpq as they are.
    Raises: SettingRefused if it is no PostgreSQL address or names no database.
    """
    parts = urlsplit(url)
    if parts.scheme not in POSTGRES_SCHEMES:
        raise SettingRefused(name, "必须以 postgresql:// 开头（只支持 PostgreSQL）")
    database = unquote(parts.path.removeprefix("/"))
    if not database:
        raise SettingRefused(name, "没有写数据库名（postgresql://用户:密码@主机:端口/数据库）")
    try:
        port = parts.port
    except ValueError as error:
        raise SettingRefused(name, "端口不是数字") from error
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or options.pop("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def check_redis_url(url: str, *, name: str = "REDIS_URL") -> str:
    """Check an address of Redis in the form that the Python client reads (redis://, rediss://, unix://).

    Raises: SettingRefused for any other address.
    """
    parts = urlsplit(url)
    if parts.scheme not in REDIS_SCHEMES:
        raise SettingRefused(name, "必须以 redis://、rediss:// 或 unix:// 开头")
    if parts.scheme == "unix" and not parts.path:
        raise SettingRefused(name, "没有写套接字路径（unix:///路径/redis.sock）")
    if parts.scheme != "unix" and not parts.hostname:
        raise SettingRefused(name, "没有写主机")
    return url


def celery_broker_url(redis_url: str) -> str:
    """Turn an address of Redis into Celery's form: a Unix socket is written another way there."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    options = dict(parse_qsl(parts.query))
    database = options.pop("db", "0")
    query = urlencode({"virtual_host": database, **options})
    return f"redis+socket://{quote(unquote(parts.path))}?{query}"
