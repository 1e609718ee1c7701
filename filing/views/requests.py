"""Looking at requests: the list and one of them, and the moves that take no form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from filing.models import Request
from filing.roles import needs_role


@needs_role
def request_list(request: HttpRequest) -> HttpResponse:
    return render(request, "filing/request_list.html", {"requests": Request.objects.all()[:50]})


@needs_role
def request_detail(request: HttpRequest, ref: str) -> HttpResponse:
    return render(request, "filing/request_detail.html", {"filing": get_object_or_404(Request, ref=ref)})
