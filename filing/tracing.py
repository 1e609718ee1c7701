"""The number of a request goes with the tasks it wakes: a worker's log lines and calls name what caused them.

A task that nobody asked for (beat) gets a number of its own, which the tasks that it wakes carry on.
"""

from __future__ import annotations

import re
import uuid
from contextvars import Token
from typing import Any

from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun

from filing.origin import request_id

HEADER = "icp_request_id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_running: dict[str, Token[str]] = {}


def connect() -> None:
    """Listen to Celery; once more changes nothing."""
    before_task_publish.connect(_send_along, dispatch_uid="filing.tracing.send_along")
    task_prerun.connect(_take_up, dispatch_uid="filing.tracing.take_up")
    task_postrun.connect(_lay_down, dispatch_uid="filing.tracing.lay_down")


def _send_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    number = request_id.get()
    if headers is not None and number:
        headers[HEADER] = number


def _take_up(task_id: str, task: Task[Any, Any], **_: Any) -> None:
    said = getattr(task.request, HEADER, None) or (task.request.headers or {}).get(HEADER) or ""
    number = said if _WELL_FORMED.fullmatch(str(said)) else uuid.uuid4().hex
    _running[task_id] = request_id.set(number)


def _lay_down(task_id: str, **_: Any) -> None:
    token = _running.pop(task_id, None)
    if token is not None:
        request_id.reset(token)
