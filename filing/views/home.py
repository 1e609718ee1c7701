"""The desk: what needs me now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from filing.roles import needs_role


@needs_role
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "filing/home.html")
