"""Around every request of somebody signed in: whether the session still lasts, and what they owe before they may work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.services.entering import OWES_FACTOR, OWES_PASSWORD
from accounts.services.sessions import OWES, touch, why_over

POLLS = "X-Polls"
"""Sent by app.js with what a page asks for by itself: that is nobody's activity, and keeps no session alive."""

PAGE_OF = {OWES_PASSWORD: "password_change", OWES_FACTOR: "second_factor"}
ALWAYS_OPEN = frozenset({"logout", "login", "login_code"})


class SignedInMiddleware:
    """Ends sessions that are too old or lay idle; sends who owes something to the page for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Who has no session pays no query for this.
        if request.session.session_key and request.user.is_authenticated:
            if why := why_over(request.session):
                logout(request)
                messages.info(request, why)
            elif POLLS not in request.headers:
                touch(request.session)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Before the view: what is owed comes first."""
        if not request.session.session_key or not request.user.is_authenticated:
            return None
        owes = request.session.get(OWES)
        name = request.resolver_match.url_name if request.resolver_match else None
        if not owes or name in ALWAYS_OPEN or name == PAGE_OF[owes[0]]:
            return None
        if request.headers.get("HX-Request"):
            # The live parts around such a page stay empty; they must not turn the page away.
            return HttpResponse(status=204)
        return redirect(PAGE_OF[owes[0]])
