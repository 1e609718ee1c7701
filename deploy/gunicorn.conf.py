"""The web server in production: `gunicorn --config deploy/gunicorn.conf.py settings.wsgi:application`."""

from __future__ import annotations

import os

from settings.logs import LINE, logging_config

bind = os.environ.get("ICP_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("ICP_WEB_WORKERS", "4"))
threads = int(os.environ.get("ICP_WEB_THREADS", "4"))
# Uploads of scans over a slow line, and calls to the bureau that a page waits for (60 s at most).
timeout = 90
graceful_timeout = 30
keepalive = 5
# A worker is replaced now and then, not all at once: what a library leaks does not add up.
max_requests, max_requests_jitter = 5_000, 500
# The heartbeat of a worker must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True
# The longest line that we need; a longer one is an attack.
limit_request_line, limit_request_fields, limit_request_field_size = 4_094, 60, 8_190
# The application writes a line for each answer; the server's own lines look the same.
accesslog = None
logconfig_dict = logging_config(
    os.environ.get("ICP_LOG_FORMAT", LINE), os.environ.get("ICP_LOG_LEVEL", "INFO")
)
