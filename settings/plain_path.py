"""Addresses that no page has, refused before anybody looks for what they name."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

NUL = "\x00"


class PlainPathMiddleware:
    """A path with U+0000: PostgreSQL holds no such text and refuses to look for it, which would be a fault of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL not in request.path_info:
            return self.get_response(request)
        return HttpResponse("没有这个地址", status=404, content_type="text/plain; charset=utf-8")
