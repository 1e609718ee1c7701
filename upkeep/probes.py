"""Three addresses for machines: /health/ (this process answers), /ready/ (all of it can work), /metrics (figures).

They are answered before anything else: without a session, whatever the host is called, over plain HTTP too. So they say
nothing of people or filings, and what goes beyond yes or no is for those who are let in: by the token
`ICP_METRICS_TOKEN`, or straight from this machine.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from upkeep.figures import written
from upkeep.readiness import look

HEALTH, READY, METRICS = "/health/", "/ready/", "/metrics"
# A proxy on this machine names the visitor in one of these: then the address of the connection says nothing.
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


class ProbeMiddleware:
    """Stands before all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {HEALTH: health, READY: ready, METRICS: metrics}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = answer(request)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def health(request: HttpRequest) -> HttpResponse:
    """200 while this process answers. It asks nobody else: a database that is down is no reason to start it anew."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def ready(request: HttpRequest) -> HttpResponse:
    """200 where everything is there, else 503; which part is missing and why only for those who are let in.

    Shape: {"ready": bool, "checks": {name: "ok" or the reason}}.
    """
    found = look()
    is_ready = not any(each.reason for each in found)
    document: dict[str, object] = {"ready": is_ready}
    if may_see(request):
        document["checks"] = {each.name: each.reason or "ok" for each in found}
    return JsonResponse(document, status=200 if is_ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in the text form of Prometheus; 404 for those who are not let in, as for any unknown address."""
    if not may_see(request):
        return HttpResponse(status=404)
    return HttpResponse(written(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def may_see(request: HttpRequest) -> bool:
    """Whether the caller has the token, or asks straight from this machine."""
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    token = settings.ICP_METRICS_TOKEN
    if token and scheme.lower() == "bearer" and compare_digest(said.strip().encode(), token.encode()):
        return True
    if any(request.META.get(name) for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False  # a Unix socket: it is not known who asks
