"""Looking at one request with its parts."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from filing.choices import AuditAction
from filing.models import Request
from filing.roles import needs_role
from filing.services.audit import note
from filing.services.revisions import current_revision
from filing.views import detail
from filing.views.detail import TABS
from filing.views.finding import find_request


@needs_role
def request_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: one request. `tab` names the part shown; a fragment of that part alone where HTMX asks for it.

    `reveal=1` shows identity numbers and phones in full, which is recorded. `old` and `new` name two revisions
    to compare, under the versions.
    """
    filing = find_request(request, ref, Request.objects.select_related("created_by", "submitted_by"))
    tab = request.GET.get("tab", "content")
    tab = tab if tab in TABS else "content"
    reveal = request.GET.get("reveal") == "1"
    if reveal:
        note(
            AuditAction.VIEW_IDENTITY,
            user=cast(User, request.user),
            about=filing,
            facts={"tab": tab},
            http=request,
        )
    current = current_revision(filing)
    pair = (request.GET.get("old", ""), request.GET.get("new", ""))
    context: dict[str, Any] = detail.panel(filing, current, tab, reveal=reveal, pair=pair)
    if request.headers.get("HX-Target") == "record":
        return render(request, "filing/parts/record.html", context)
    context |= detail.page(filing, current, cast(User, request.user))
    return render(request, "filing/request_detail.html", context)
