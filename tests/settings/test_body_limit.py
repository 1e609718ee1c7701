"""What is too large is refused before it is read."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from settings.body_limit import MEGABYTE, BodyLimitMiddleware


def answer(announced: str, settings: Any, *, known: bool) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("taken")

    settings.ICP_MOST_UPLOAD_MB = 85
    request = RequestFactory().post(
        "/", data=b"", content_type="application/octet-stream", CONTENT_LENGTH=announced
    )
    if known:
        request.COOKIES[settings.SESSION_COOKIE_NAME] = "some session"
    return BodyLimitMiddleware(view)(request)


@pytest.mark.parametrize(
    ("announced", "known", "status"),
    [
        ("", False, 200),
        (str(MEGABYTE), False, 200),
        (str(MEGABYTE + 1), False, 413),
        (str(85 * MEGABYTE), True, 200),
        (str(85 * MEGABYTE + 1), True, 413),
        ("-1", True, 413),
        ("1e3", True, 413),
    ],
)
def test_it_takes_so_much(announced: str, known: bool, status: int, settings: Any) -> None:
    response = answer(announced, settings, known=known)
    assert response.status_code == status
    if status == 413:
        assert "MB" in response.content.decode()
