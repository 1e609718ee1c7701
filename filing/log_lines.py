"""What every log line carries: to which request and which user it belongs; as a line for people or as JSON for machines."""

from __future__ import annotations

import logging

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
    """One JSON object a line, masked as a whole: what is added by `extra` passes no filter."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_text(super().format(record))
