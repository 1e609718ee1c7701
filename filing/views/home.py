"""The desk: what needs me now."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from filing import selectors
from filing.roles import needs_role


@needs_role
def home(request: HttpRequest) -> HttpResponse:
    """GET: what waits for the signed-in person, and how many requests stand where."""
    user = cast(User, request.user)
    strip, approved_today = selectors.strip()
    context = {
        "strip": strip,
        "approved_today": approved_today,
        "todo": selectors.todo(user),
        "any_request": selectors.listed().exists(),
    }
    return render(request, "filing/home.html", context)
