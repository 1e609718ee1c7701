"""What home shows of this package: the days ahead."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from filing.roles import needs_role
from verification.home import campaigns_ahead, work_ahead


@require_GET
@needs_role
def deadlines(request: HttpRequest) -> HttpResponse:
    """GET, a fragment of home: the campaigns that run with their progress, and what the bureau asks for by its day."""
    context = {"campaigns": campaigns_ahead(), "work": work_ahead()}
    return render(request, "verification/deadlines.html", context)
