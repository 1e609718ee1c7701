"""What happens around every request: it gets a number, and the record holds what was done or refused in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from filing.choices import AuditAction
from filing.origin import current_request, new_request_id, notes_made, request_id
from filing.roles import READING
from filing.services.audit import note

FORBIDDEN, FAILED = 403, 400

TELLS_NOTHING = frozenset(
    {
        *("draft_keep", "form_materials", "request_readers", "work_readers", "visit_readers"),
        *("alert_read_all", "alert_open"),
    }
)
"""Posts of open pages that change nothing of others', or whose act notes itself where it did change something."""


class OriginMiddleware:
    """Gives the request its number (answered as X-Request-ID) and makes it known to `filing.origin` while it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = new_request_id(request)
        made: list[str] = []
        of_number, of_request = request_id.set(number), current_request.set(request)
        of_notes = notes_made.set(made)
        try:
            response = self.get_response(request)
            _note_what_nobody_noted(request, response, made)
        finally:
            request_id.reset(of_number)
            current_request.reset(of_request)
            notes_made.reset(of_notes)
        response.headers.setdefault("X-Request-ID", number)
        return response


def _note_what_nobody_noted(request: HttpRequest, response: HttpResponse, made: list[str]) -> None:
    """What somebody who is signed in was refused (a page of another role, a form from elsewhere); and what they did by a
    button whose view has no words of its own for it: no act goes unrecorded because somebody forgot the line."""
    is_refused = response.status_code == FORBIDDEN
    is_act = request.method not in READING and response.status_code < FAILED and not made
    user = getattr(request, "user", None) if is_refused or is_act else None
    if user is None or not user.is_authenticated:
        return
    facts: dict[str, Any] = {"method": request.method, "path": request.path}
    match = request.resolver_match
    if is_refused:
        note(AuditAction.REFUSED, user=user, facts=facts, http=request)
    elif match is not None and match.url_name not in TELLS_NOTHING:
        facts["status"] = response.status_code
        note(AuditAction.CHANGE, user=user, about=("page", match.view_name, ""), facts=facts, http=request)
