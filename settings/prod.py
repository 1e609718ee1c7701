"""Production: what is secret or local comes from the environment; starts only with safe values (settings/safety.py)."""

from __future__ import annotations

from settings.addresses import celery_broker_url, check_redis_url, database_from_url
from settings.base import *  # noqa: F403
from settings.base import ICP_BACKUP_PASSPHRASE, ICP_BEHIND_PROXY, ICP_DATA_DIR, ICP_METRICS_TOKEN
from settings.env import (
    SettingRefused,
    env_bool,
    env_int,
    env_list,
    env_secret,
    env_str,
    parse_encryption_keys,
)
from settings.safety import (
    MINIMUM_PASSPHRASE_LENGTH,
    MINIMUM_TOKEN_LENGTH,
    check_database,
    check_encryption_keys,
    check_hosts,
    check_origins,
    check_redis,
    check_secret_key,
    check_token,
    private_folder,
)

DEBUG = False
if env_bool("ICP_DEBUG", False):
    raise SettingRefused("ICP_DEBUG", "生产环境不能打开：调试页面会显示个人信息")
if env_str("ICP_LOG_LEVEL", "INFO").upper() == "DEBUG":
    raise SettingRefused("ICP_LOG_LEVEL", "生产环境不能是 DEBUG：依赖的库会把内容写进日志")
SECRET_KEY = check_secret_key(env_secret("SECRET_KEY"), ICP_DATA_DIR)
# After SECRET_KEY was changed the former one may stand here for a day, so that nobody is signed out.
SECRET_KEY_FALLBACKS = [
    check_secret_key(key, ICP_DATA_DIR, name="SECRET_KEY_FALLBACKS")
    for key in env_secret("SECRET_KEY_FALLBACKS", "").split()
]
ALLOWED_HOSTS = check_hosts(env_list("ALLOWED_HOSTS"))
ICP_ENCRYPTION_KEYS = check_encryption_keys(
    parse_encryption_keys("ICP_ENCRYPTION_KEYS", env_secret("ICP_ENCRYPTION_KEYS")), ICP_DATA_DIR
)
# Names of hosts that are reached through a network of our own only, such as that of containers on one machine.
_private_hosts = env_list("ICP_PRIVATE_HOSTS", [])
DATABASES = {
    "default": check_database(database_from_url(env_secret("DATABASE_URL")), ICP_DATA_DIR, _private_hosts)
}
REDIS_URL = check_redis(check_redis_url(env_secret("REDIS_URL")), ICP_DATA_DIR, _private_hosts)
CELERY_BROKER_URL = celery_broker_url(REDIS_URL)
check_token("ICP_METRICS_TOKEN", ICP_METRICS_TOKEN, MINIMUM_TOKEN_LENGTH)
check_token("ICP_BACKUP_PASSPHRASE", ICP_BACKUP_PASSPHRASE, MINIMUM_PASSPHRASE_LENGTH)
private_folder(ICP_DATA_DIR)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CSRF_TRUSTED_ORIGINS = check_origins(env_list("CSRF_TRUSTED_ORIGINS", []))
# Browsers take a cookie of such a name only over https, for the whole of this host and from no other.
SESSION_COOKIE_NAME = "__Host-sessionid"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# Off only where the proxy in front does it.
SECURE_SSL_REDIRECT = env_bool("ICP_SSL_REDIRECT", True)
if not (SECURE_SSL_REDIRECT or ICP_BEHIND_PROXY):
    raise SettingRefused("ICP_SSL_REDIRECT", "前面没有代理（ICP_BEHIND_PROXY）时不能关：登录会走明文")
SECURE_HSTS_SECONDS = env_int("ICP_HSTS_SECONDS", 31_536_000, minimum=3_600)
# Whether subdomains and the browsers' preload list are bound too is for the owner of the whole domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if ICP_BEHIND_PROXY:
    # Only where the proxy sets or removes this header itself; else a visitor could claim to come by https.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
