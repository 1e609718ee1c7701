"""Fragments that pages of filing take in by their address: what only the link knows."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from filing.choices import AT_BUREAU_STATES, RequestState
from filing.models import Request
from filing.roles import ENTER, needs, needs_role
from filing.views.finding import find_request
from reporting import selectors
from reporting.link_panel import panels

MOST_KEYS = 100

Proof = tuple[datetime | None, str]
"""When we last knew for sure, and by what."""


@needs_role
def link_status(request: HttpRequest) -> HttpResponse:
    """GET: one line for the top bar: the worst of the links, or that all are well."""
    found = selectors.conditions()
    worst = min(found, key=lambda each: each.rank) if found else None
    return render(request, "reporting/link_status.html", {"worst": worst, "count": len(found)})


@needs_role
def link_panel(request: HttpRequest) -> HttpResponse:
    """GET: every link with its condition, the latest of each direction and its day, for home."""
    context = {"panels": panels(), "promise": selectors.FRESH_PROMISE}
    return render(request, "reporting/link_panel.html", context)


@needs(ENTER)
def link_choice(request: HttpRequest) -> HttpResponse:
    """GET: the field in which a new filing chooses its link; nothing where there is no choice. `chosen`: as typed."""
    context = {"links": selectors.links(), "chosen": request.GET.get("chosen", "")}
    return render(request, "reporting/link_choice.html", context)


@needs_role
def request_freshness(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: how fresh the state of one request is, and where it stands in which file.

    `seen` is the state that the page shows: where another process moved the request since, the fragment says so.
    """
    filing = find_request(request, ref, Request.objects.defer("icp_password"))
    link = selectors.link_of(filing)
    seen = request.GET.get("seen", filing.state)
    context = {
        "filing": filing,
        "condition": selectors.condition_of(link) if link else None,
        "proof": _proof(filing, link.emptied_at if link else None),
        "promise": selectors.FRESH_PROMISE,
        "at_bureau": filing.state in AT_BUREAU_STATES,
        "to_send": filing.state in {RequestState.READY, RequestState.PACKED, RequestState.UPLOADING},
        "entry": selectors.entries_of(filing).first(),
        "moved": seen != filing.state,
    }
    return render(request, "reporting/request_freshness.html", context)


@needs_role
def requests_freshness(request: HttpRequest) -> HttpResponse:
    """GET: the clocks of a list, each for the place that the list keeps for it. `keys`: their ids, by commas."""
    keys = [int(key) for key in request.GET.get("keys", "").split(",")[:MOST_KEYS] if key.isdecimal()]
    keys = [key for key in keys if key < 2**63]
    waiting = Request.objects.filter(pk__in=keys, state__in=AT_BUREAU_STATES).only("isp_id", "accepted_at")
    links = selectors.links()
    rows = []
    for each in waiting:
        link = selectors.link_of(each, links)
        rows.append((each.pk, _proof(each, link.emptied_at if link else None)))
    context = {"rows": rows, "promise": selectors.FRESH_PROMISE}
    return render(request, "reporting/requests_freshness.html", context)


def _proof(filing: Request, emptied_at: datetime | None) -> Proof:
    """When the bureau last told us about this request: by an empty queue, or by having accepted it."""
    accepted_at = filing.accepted_at
    if emptied_at is not None and (accepted_at is None or emptied_at >= accepted_at):
        return emptied_at, "核对"
    return accepted_at, "受理"
