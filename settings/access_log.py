"""One log line for each answer: method, path without its query, status, how long it took."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("access")


class AccessLogMiddleware:
    """Stands inside of what gives the request its number. What staff searched for does not go into a log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        took_ms = round((time.perf_counter() - began) * 1000, 1)
        # A line break in a path would begin a line that nobody wrote.
        path = "".join(letter if letter.isprintable() else "?" for letter in request.path)
        logger.info(
            "%s %s %s %s ms",
            request.method,
            path,
            response.status_code,
            took_ms,
            extra={
                "method": request.method,
                "path": path,
                "status": response.status_code,
                "duration_ms": took_ms,
            },
        )
        return response
