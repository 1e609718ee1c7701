"""What dev, test and prod share. The secrets and the addresses of servers stand in those."""

from __future__ import annotations

from typing import Any

import bootstrap_wrapper
from celery.schedules import crontab

from settings.env import (
    env_bool,
    env_choice,
    env_float,
    env_folder,
    env_int,
    env_list,
    env_path,
    env_secret,
    env_str,
)
from settings.logs import FORMS, LEVELS, LINE, logging_config
from settings.mail import mail_settings, site_url
from settings.paths import data_dir
from settings.sign_in import *  # noqa: F403

ICP_DATA_DIR = data_dir()
ICP_XSD_DIR = env_folder("ICP_XSD_DIR")
ICP_WAIT_FACTOR = env_float("ICP_WAIT_FACTOR", 1.0, above=0.0)
# A request that waits longer than this is looked after by the watchdog (scaled by ICP_WAIT_FACTOR).
ICP_WATCH_AFTER_HOURS = env_float("ICP_WATCH_AFTER_HOURS", 24.0, above=0.0)
# Off: somebody else reviews what one submits. A team of one or two may switch it on.
ICP_REVIEW_OWN = env_bool("ICP_REVIEW_OWN", False)
# On: a proxy in front tells the visitor's address and protocol; it must set or remove those headers itself.
ICP_BEHIND_PROXY = env_bool("ICP_BEHIND_PROXY", False)
# How long the record of who did and saw what is kept. The law asks for six months of logs at least.
ICP_KEEP_AUDIT_DAYS = env_int("ICP_KEEP_AUDIT_DAYS", 3 * 366, minimum=183)
# What was taken back and never sent, and first drafts that nobody touched, go after so many days (drafts: 0 never).
ICP_KEEP_WITHDRAWN_DAYS = env_int("ICP_KEEP_WITHDRAWN_DAYS", 366, minimum=30)
ICP_KEEP_DRAFTS_DAYS = env_int("ICP_KEEP_DRAFTS_DAYS", 2 * 366, minimum=0)
# The bureau may ask for a sent file again for at least three months: 92 days cover any three of them.
ICP_KEEP_FILES_DAYS = env_int("ICP_KEEP_FILES_DAYS", 93, minimum=92)
# Working days after which work that the bureau asks for is due, where its words name no day.
ICP_WORK_DUE_DAYS = {
    kind: env_int(f"ICP_DUE_DAYS_{kind.upper()}", days, minimum=1, maximum=250)
    for kind, days in {"tasks": 15, "unfiled": 5, "checks": 10, "notices": 10, "listed": 3}.items()
}
# HSJG and WBACLJG have no decision: after so many working days without a word they count as taken.
ICP_ANSWER_SILENCE_DAYS = env_int("ICP_ANSWER_SILENCE_DAYS", 20, minimum=1, maximum=250)
# A filing is looked at again so many days after it was last (0: no re-visits); they are spread over this many working
# days ahead, and at most so many on one day for one person.
ICP_REVISIT_EVERY_DAYS = env_int("ICP_REVISIT_EVERY_DAYS", 365, minimum=0)
ICP_REVISIT_AHEAD_DAYS = env_int("ICP_REVISIT_AHEAD_DAYS", 20, minimum=1, maximum=120)
ICP_REVISIT_PER_DAY = env_int("ICP_REVISIT_PER_DAY", 10, minimum=1)
# The ministry's check by SMS after acceptance: so many hours to answer.
ICP_SMS_HOURS = env_int("ICP_SMS_HOURS", 24, minimum=1, maximum=240)
# On: the domains of what waits for review are looked up in the DNS and compared with the declared addresses.
ICP_CHECK_DNS = env_bool("ICP_CHECK_DNS", False)
# Addresses of the name servers that are asked; none: those of the machine.
ICP_DNS_SERVERS = env_list("ICP_DNS_SERVERS", [])
# How long papers of a verification are kept at least, counted from the day when they were seen.
ICP_KEEP_MATERIALS_YEARS = env_int("ICP_KEEP_MATERIALS_YEARS", 5, minimum=1, maximum=100)
# What the verification form says of the provider, and the two undertakings on it; empty: our own words.
ICP_PROVIDER_NAME = env_str("ICP_PROVIDER_NAME", "")
ICP_UNDERTAKING_PROVIDER = env_str("ICP_UNDERTAKING_PROVIDER", "")
ICP_UNDERTAKING_OWNER = env_str("ICP_UNDERTAKING_OWNER", "")
# What people are told goes out by e-mail and by web hook where these are set: docs/notices.md.
ICP_EMAIL_URL = env_secret("ICP_EMAIL_URL", "")
ICP_SITE_URL = site_url(env_str("ICP_SITE_URL", ""), needed=bool(ICP_EMAIL_URL))
globals().update(mail_settings(ICP_EMAIL_URL))
DEFAULT_FROM_EMAIL = env_str("ICP_EMAIL_FROM", "备案报备 <icp@localhost>")
# Hosts of web hooks that may be inside: private addresses, and http.
ICP_WEBHOOK_ALLOWED_HOSTS = env_list("ICP_WEBHOOK_ALLOWED_HOSTS", [])
# Who knows it may read /metrics and the reasons of /ready/; empty: only who asks straight from this machine.
ICP_METRICS_TOKEN = env_secret("ICP_METRICS_TOKEN", "")
# Less than this free where images are stored, and /ready/ says no.
ICP_LEAST_FREE_MB = env_int("ICP_LEAST_FREE_MB", 500, minimum=1)
# Beat and workers touch this file while they live, for the health check of a container; empty: no file.
ICP_HEARTBEAT_FILE = env_str("ICP_HEARTBEAT_FILE", "")
# Seals what `manage.py backup` writes; empty: it is not sealed.
ICP_BACKUP_PASSPHRASE = env_secret("ICP_BACKUP_PASSPHRASE", "")
# Original scans and their copies: outside the web root, mode 0700, served only by views that check the
# reader.
ATTACHMENT_ROOT = ICP_DATA_DIR / "attachments"

DEBUG = False
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "settings.apps.SettingsConfig",
    "filing",
    "accounts",
    "verification",
    "reporting",
    "upkeep",
    "django.contrib.admin",  # after filing, which dresses its pages
]
MIDDLEWARE = [
    "upkeep.probes.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "filing.middleware.OriginMiddleware",
    "settings.access_log.AccessLogMiddleware",
    "settings.body_limit.BodyLimitMiddleware",
    "settings.headers.SecurityHeadersMiddleware",
    "settings.plain_path.PlainPathMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "settings.urls"
WSGI_APPLICATION = "settings.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "filing.context.frame",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.services.passwords.FormerPasswordValidator"},
]

STATIC_URL = "static/"
STATIC_ROOT = env_path("ICP_STATIC_DIR", ICP_DATA_DIR / "static")
# bootstrap/css/bootstrap.min.css and bootstrap/js/bootstrap.bundle.min.js; htmx comes by its template tag.
STATICFILES_DIRS = [("bootstrap", bootstrap_wrapper.get_bootstrap_dir())]

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # one working day
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; object-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# What a request may bring in all: a form with its scans; a file of handed-over data (200 MB).
ICP_MOST_UPLOAD_MB = env_int("ICP_MOST_UPLOAD_MB", 210, minimum=25, maximum=1000)
# Its fields alone, without the files.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

LOGGING = logging_config(
    env_choice("ICP_LOG_FORMAT", LINE, FORMS), env_choice("ICP_LOG_LEVEL", "INFO", LEVELS)
)

CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever: a worker that gave up after a long outage of Redis would leave filings waiting unseen.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A message taken and not confirmed comes again after this long; tasks only wake services, so twice does no
# harm.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 3}
CELERY_BEAT_SCHEDULE_FILENAME = str(ICP_DATA_DIR / "celerybeat-schedule")
MINIMUM_SWEEP_S = 0.5


def _sweep(task: str, every_s: float) -> dict[str, Any]:
    interval_s = max(MINIMUM_SWEEP_S, every_s * ICP_WAIT_FACTOR)
    # A wake-up that waited longer than this is followed by others: while the worker is away they must not
    # pile up.
    return {"task": task, "schedule": interval_s, "options": {"expires": max(30.0, 3 * interval_s)}}


def _steady(task: str, every_s: float) -> dict[str, Any]:
    """What does not go by the link's clock: a rehearsal does not hurry it."""
    return {"task": task, "schedule": every_s, "options": {"expires": 3 * every_s}}


CELERY_BEAT_SCHEDULE = {
    "heartbeat": _steady("upkeep.tasks.heartbeat", 15.0),
    "sweep-uploads": _sweep("reporting.tasks.sweep_uploads", 10.0),
    "sweep-downloads": _sweep("reporting.tasks.sweep_downloads", 15.0),
    "watch": _sweep("reporting.tasks.watch", 300.0),
    "imports": _sweep("reporting.tasks.carry_on_imports", 20.0),
    "work": _sweep("verification.tasks.look_after_work", 60.0),
    "revisits": _sweep("verification.tasks.plan_revisits", 3600.0),
    "reminders": _sweep("verification.tasks.remind", 300.0),
    "tell-people": _steady("filing.tasks.tell_people", 30.0),
    "tell-operators": _steady("reporting.tasks.tell_operators", 30.0),
    "send-mail": _steady("filing.tasks.send_mail", 20.0),
    "call-web-hooks": _steady("filing.tasks.call_web_hooks", 20.0),
    "domain-looks": _sweep("filing.tasks.look_at_domains", 120.0),
    "impact": _sweep("reporting.tasks.look_for_broken", 3600.0),
    "tallies": _sweep("filing.tasks.compact_tallies", 60.0),
    "terms": _sweep("filing.tasks.measure_terms", 900.0),
    "batches": _steady("filing.tasks.run_batches", 30.0),
    # At night in Shanghai (CELERY_TIMEZONE); a night that was missed is made up for by the next one.
    "erase-batches": {"task": "filing.tasks.erase_batches", "schedule": crontab(hour=2, minute=20)},
    "prune": {"task": "reporting.tasks.prune_what_is_old", "schedule": crontab(hour=2, minute=40)},
    "verify-tallies": {"task": "filing.tasks.verify_tallies", "schedule": crontab(hour=3, minute=20)},
    "forget-sign-ins": {"task": "accounts.tasks.forget_what_is_over", "schedule": crontab(hour=3, minute=10)},
    "let-go": {"task": "filing.tasks.let_go_by_rule", "schedule": crontab(hour=4, minute=10)},
    "forget-alerts": {"task": "filing.tasks.forget_old_alerts", "schedule": crontab(hour=2, minute=50)},
    "seal-the-record": {"task": "filing.tasks.seal_the_record", "schedule": crontab(hour=3, minute=40)},
}
