"""Trial and development: the embedded servers of the data folder, secrets made once and kept in it."""

from __future__ import annotations

import secrets

from settings.addresses import celery_broker_url, check_redis_url, database_from_url
from settings.base import *  # noqa: F403
from settings.base import ICP_DATA_DIR
from settings.embedded import Embedded
from settings.env import env_bool, env_list, env_secret, env_str, parse_encryption_keys
from settings.paths import fresh_encryption_key, kept_secret

_embedded = Embedded(ICP_DATA_DIR)

DEBUG = env_bool("ICP_DEBUG", False)
SECRET_KEY = env_secret("SECRET_KEY", "") or kept_secret(
    ICP_DATA_DIR / "secret.key", secrets.token_urlsafe(48)
)
ICP_ENCRYPTION_KEYS = parse_encryption_keys(
    "ICP_ENCRYPTION_KEYS",
    env_secret("ICP_ENCRYPTION_KEYS", "")
    or kept_secret(ICP_DATA_DIR / "encryption.key", fresh_encryption_key()),
)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
DATABASES = {"default": database_from_url(env_str("DATABASE_URL", _embedded.database_url))}
REDIS_URL = check_redis_url(env_str("REDIS_URL", _embedded.redis_url))
CELERY_BROKER_URL = celery_broker_url(REDIS_URL)

# Static files straight from the packages and apps: nothing to collect after an edit.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
