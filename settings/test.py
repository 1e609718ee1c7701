"""Tests: real PostgreSQL and Redis; each run, and each worker of it, has a database and folders of its own.

Importing this starts nothing and writes nothing, so that mypy can read it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from settings.addresses import celery_broker_url, check_redis_url, database_from_url
from settings.base import *  # noqa: F403
from settings.base import ICP_DATA_DIR
from settings.embedded import Embedded
from settings.embedded_redis import DATABASES as REDIS_DATABASES
from settings.env import env_str

MAX_WORKERS = 16

# The run is named by the process that began it; its xdist workers inherit the name. Two runs in one
# checkout do not meet.
TEST_RUN = int(os.environ.setdefault("ICP_TEST_RUN", str(os.getpid())))
TEST_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
TEST_DIR = Path(tempfile.gettempdir()) / f"icp-test-{TEST_RUN}-{TEST_WORKER}"
_worker_number = int(TEST_WORKER.removeprefix("gw")) % (MAX_WORKERS - 1) + 1 if TEST_WORKER != "main" else 0
# Number 0 belongs to the trial that may run beside the tests.
_redis_number = 1 + (TEST_RUN * MAX_WORKERS + _worker_number) % (REDIS_DATABASES - 1)
_embedded = Embedded(ICP_DATA_DIR)

SECRET_KEY = "for-tests-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2
ICP_ENCRYPTION_KEYS = ["dGVzdHMtb25seS1uZXZlci11c2UtZWxzZXdoZXJlLSE="]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# A test that starts a worker of its own tells it where its images are.
ATTACHMENT_ROOT = Path(os.environ.get("ICP_TEST_ATTACHMENTS") or TEST_DIR / "attachments")
DATABASES = {"default": database_from_url(env_str("DATABASE_URL", _embedded.database_url))}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["TEST"] = {"NAME": f"test_icp_{TEST_RUN}"}
# The record of who did what refuses to be emptied; tests whose transactions are real empty every table after them.
DATABASES["default"]["OPTIONS"]["options"] = "-c icp.record_opened=truncate"
REDIS_URL = check_redis_url(env_str("REDIS_URL", _embedded.redis_url_of(_redis_number)))
CELERY_BROKER_URL = celery_broker_url(REDIS_URL)
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(TEST_DIR / "celerybeat-schedule")

# Argon2 is slow by design; tests make many users.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
