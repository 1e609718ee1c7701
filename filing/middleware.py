"""What happens around every request: it gets a number, and whoever writes the record knows where it comes from."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from filing.choices import AuditAction
from filing.origin import current_request, new_request_id, request_id
from filing.services.audit import note

FORBIDDEN = 403


class OriginMiddleware:
    """Gives the request its number (answered as X-Request-ID) and makes it known to `filing.origin` while it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = new_request_id(request)
        of_number, of_request = request_id.set(number), current_request.set(request)
        try:
            response = self.get_response(request)
            if response.status_code == FORBIDDEN:
                _note_refusal(request)
        finally:
            request_id.reset(of_number)
            current_request.reset(of_request)
        response.headers.setdefault("X-Request-ID", number)
        return response


def _note_refusal(request: HttpRequest) -> None:
    """What somebody who is signed in was refused: a page of another role, a form from elsewhere."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        note(
            AuditAction.REFUSED,
            user=user,
            facts={"method": request.method, "path": request.path},
            http=request,
        )
