"""One search across everything."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from filing.roles import needs_role
from filing.search.asked import ask
from filing.search.results import groups, only_hit

ELSEWHERE = ("search_files", "search_work")
"""Fragments of the other packages, taken in by their address: data files, and what the bureau asks for."""


@require_GET
@needs_role
def search(request: HttpRequest) -> HttpResponse:
    """GET: what `q` leads to, kind by kind. What is called exactly so, and is the only one, is opened."""
    asked, user = ask(request.GET.get("q", "")), cast(User, request.user)
    if asked and (address := only_hit(user, asked)):
        return redirect(address)
    context = {
        "asked": asked,
        "groups": groups(user, asked),
        "elsewhere": [reverse(name) for name in ELSEWHERE],
    }
    return render(request, "filing/search.html", context)
