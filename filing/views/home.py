"""The desk: what needs me now. The page, and what of it is brought up to date while it stands open."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from filing.home import desk, menu_counts, waiting_for
from filing.home_trend import trend
from filing.roles import needs_role

POLL_S = 30
"""An open page asks this often whether anything changed."""


@require_GET
@needs_role
def home(request: HttpRequest) -> HttpResponse:
    """GET: what waits for the signed-in person, how many requests stand where, how long they wait, what lately happened."""
    return render(request, "filing/home.html", _context(request))


@require_GET
@needs_role
def home_live(request: HttpRequest) -> HttpResponse:
    """GET: the same, as it is now, for a page that stands open: its parts, its title, the counts of the menu."""
    answer = render(request, "filing/home_live.html", _context(request))
    # What else the page counts asks anew with it: see the spans of the menu.
    answer.headers["HX-Trigger"] = "live"
    return answer


@require_GET
@needs_role
def home_count(request: HttpRequest) -> HttpResponse:
    """GET: how much waits for the person, for the menu of any page."""
    waiting = waiting_for(cast(User, request.user))
    return render(request, "filing/parts/menu_count.html", {"count": waiting.count, "late": waiting.late})


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "desk": desk(cast(User, request.user)),
        "trend": trend(),
        "counts": menu_counts(),
        "poll_s": POLL_S,
    }
