"""Production: what is secret or local comes from the environment; starts only with safe values."""

from __future__ import annotations

from settings.addresses import celery_broker_url, check_redis_url, database_from_url
from settings.base import *  # noqa: F403
from settings.base import ICP_BEHIND_PROXY
from settings.env import SettingRefused, env_bool, env_int, env_list, env_secret, parse_encryption_keys

MINIMUM_SECRET_LENGTH = 50
MINIMUM_SECRET_LETTERS = 10


def _secret_key() -> str:
    value = env_secret("SECRET_KEY")
    if len(value) < MINIMUM_SECRET_LENGTH:
        raise SettingRefused("SECRET_KEY", f"太短，至少 {MINIMUM_SECRET_LENGTH} 个字符")
    if len(set(value)) < MINIMUM_SECRET_LETTERS or value.startswith(("django-insecure-", "for-tests-only-")):
        raise SettingRefused("SECRET_KEY", "不是随机生成的")
    return value


def _allowed_hosts() -> list[str]:
    hosts = env_list("ALLOWED_HOSTS")
    for host in hosts:
        if "*" in host or host == ".":
            raise SettingRefused("ALLOWED_HOSTS", f"必须写明主机名，{host!r} 会放行任何主机")
        if "/" in host or ":" in host.strip("[]").replace("::", ""):
            raise SettingRefused("ALLOWED_HOSTS", f"只写主机名，不带协议、端口和路径：{host!r}")
    return hosts


DEBUG = False
if env_bool("ICP_DEBUG", False):
    raise SettingRefused("ICP_DEBUG", "生产环境不能打开：调试页面会显示个人信息")
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
# Whether subdomains and the browsers' preload list are bound too is for the owner of the whole domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if ICP_BEHIND_PROXY:
    # Only where the proxy sets or removes this header itself; else a visitor could claim to come by https.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
