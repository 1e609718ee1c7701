"""Production: everything secret or local comes from the environment; starts only with values that are safe."""

from __future__ import annotations

from settings.addresses import celery_broker_url, check_redis_url, database_from_url
from settings.base import *  # noqa: F403
from settings.env import SettingRefused, env_bool, env_int, env_list, env_secret, parse_encryption_keys

MINIMUM_SECRET_LENGTH = 50
MINIMUM_SECRET_LETTERS = 10


def _secret_key() -> str:
    value = env_secret("SECRET_KEY")
    if len(value) < MINIMUM_SECRET_LENGTH:
        raise SettingRefused(
            "SECRET_KEY", f"is too short, it must have at least {MINIMUM_SECRET_LENGTH} characters"
        )
    if len(set(value)) < MINIMUM_SECRET_LETTERS or value.startswith(("django-insecure-", "for-tests-only-")):
        raise SettingRefused("SECRET_KEY", "is not random")
    return value


def _allowed_hosts() -> list[str]:
    hosts = env_list("ALLOWED_HOSTS")
    for host in hosts:
        if "*" in host or host == ".":
            raise SettingRefused("ALLOWED_HOSTS", f"must name the hosts, {host!r} would admit any")
        if "/" in host or ":" in host.strip("[]").replace("::", ""):
            raise SettingRefused(
                "ALLOWED_HOSTS", f"holds host names only, without scheme, port or path: {host!r}"
            )
    return hosts


DEBUG = False
if env_bool("ICP_DEBUG", False):
    raise SettingRefused("ICP_DEBUG", "must not be on in production: its error pages show personal data")
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = _allowed_hosts()
ICP_ENCRYPTION_KEYS = parse_encryption_keys("ICP_ENCRYPTION_KEYS", env_secret("ICP_ENCRYPTION_KEYS"))
DATABASES = {"default": database_from_url(env_secret("DATABASE_URL"))}
REDIS_URL = check_redis_url(env_secret("REDIS_URL"))
CELERY_BROKER_URL = celery_broker_url(REDIS_URL)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# Off only where the proxy in front does it.
SECURE_SSL_REDIRECT = env_bool("ICP_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = env_int("ICP_HSTS_SECONDS", 31_536_000, minimum=0)
if env_bool("ICP_BEHIND_PROXY", False):
    # Only where the proxy sets or removes this header itself; else a visitor could claim to come by https.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
