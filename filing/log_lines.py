"""What every log line carries: to which request and which user it belongs; as a line for people or as JSON for machines."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from filing.masking import mask_text
from filing.origin import current_request, request_id

NOBODY = "-"


class OriginFilter(logging.Filter):
    """Adds `request_id` and `user_id` to each record; both are "-" where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = current_request.get()
        # Django keeps the user here once somebody asked for it: a log line must not be what asks the database.
        user = getattr(request, "_cached_user", None)
        record.request_id = request_id.get() or NOBODY
        record.user_id = str(user.pk) if user is not None and user.pk else NOBODY
        return True


class Line(logging.Formatter):
    """One line for people. Line breaks in a message are indented, so that nobody can forge a line of their own."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\r", "\\r").replace("\n", "\n  ")


class JsonLine(JsonFormatter):
    """One JSON object a line. What is added by `extra` passes no filter: it is masked here, value by value."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: _masked(value) for name, value in super().process_log_record(log_data).items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        # A number of ours is left a number; somebody's phone or identity number is none.
        return value if mask_text(str(value)) == str(value) else mask_text(str(value))
    if isinstance(value, dict):
        return {name: _masked(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value if isinstance(value, float | bool | datetime | None) else mask_text(str(value))
