"""How much a request may bring: refused by what it announces, before a byte of it is read or stored."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

MEGABYTE = 1024 * 1024
MOST_FROM_STRANGERS = MEGABYTE
"""Who has no session brings a name and a password. A forged cookie gets as far as a colleague's, and no further."""


class BodyLimitMiddleware:
    """What announces no length brings nothing: Django reads no more than was announced."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        is_known = settings.SESSION_COOKIE_NAME in request.COOKIES
        most = settings.ICP_MOST_UPLOAD_MB * MEGABYTE if is_known else MOST_FROM_STRANGERS
        if announced.isdigit() and int(announced) <= most:
            return self.get_response(request)
        words = f"上传的内容超过 {most // MEGABYTE} MB，请分几次上传，或先把图片缩小"
        return HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
