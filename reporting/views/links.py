"""The links and the ledger of each: who carries what, how it fares, number by number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from filing.roles import ENTER, OPERATE, needs_role
from reporting import inbox, link_page, selectors
from reporting.models import Link
from reporting.services.ledger import HIGHEST_DIGITS, Kind, read_page
from reporting.services.ledger_rows import Period
from reporting.views.hand_calls import PURPOSES

MOST_TEXT = 100
MOST_BROKEN = MOST_PAUSES = 5


@require_GET
@needs_role
def link_list(request: HttpRequest) -> HttpResponse:
    """GET: all links with their condition, the default first."""
    context = {"rows": link_page.overview(), "period": Period.three_months()}
    context["may_act"] = request.user.has_perm(OPERATE)
    return render(request, "reporting/link_list.html", context)


@require_GET
@needs_role
def link_detail(request: HttpRequest, isp_id: int) -> HttpResponse:
    """GET: one link: both directions, numbers, backlog, and its ledger.

    `kind` narrows the ledger, `q` finds a number, a file name or a ref, `before` turns the page (numbers below it). Asked
    by HTMX for the ledger it answers with the ledger alone.
    """
    link = get_object_or_404(Link, isp_id=isp_id)
    context: dict[str, Any] = {"link": link, "may_act": request.user.has_perm(OPERATE)} | _ledger(
        request, link
    )
    if request.headers.get("HX-Target") == "ledger":
        return render(request, "reporting/parts/ledger.html", context)
    context |= _standing(request, link)
    context |= {
        "conditions": selectors.conditions(),
        "period": Period.three_months(),
        "has_secrets": {name: bool(getattr(link, name)) for name in ("password", "aes_key", "aes_iv")},
        "methods": list(PURPOSES.items()),
    }
    return render(request, "reporting/link_detail.html", context)


@require_GET
@needs_role
def link_live(request: HttpRequest, isp_id: int) -> HttpResponse:
    """GET: what of the page changes by itself, for a page that stands open."""
    link = get_object_or_404(Link.objects.defer("password", "aes_key", "aes_iv"), isp_id=isp_id)
    context = {"link": link, "may_act": request.user.has_perm(OPERATE)} | _standing(request, link)
    return render(request, "reporting/link_live.html", context)


def _standing(request: HttpRequest, link: Link) -> dict[str, Any]:
    """How the link stands now: both directions, numbers, backlog, what needs a person."""
    return {
        "condition": selectors.condition_of(link),
        "ways": link_page.ways(link),
        "pauses": link.pauses.all()[:MOST_PAUSES],
        "hours": link_page.hours_of(link),
        "numbers": link_page.numbers_of(link),
        "backlog": link_page.backlog_of(link),
        "broken": inbox.broken().filter(link=link)[:MOST_BROKEN],
        "open_items": next((each.count for each in inbox.open_by_link() if each.isp_id == link.isp_id), 0),
        "may_apply": request.user.has_perm(ENTER) or request.user.has_perm(OPERATE),
        "promise": selectors.FRESH_PROMISE,
    }


def _ledger(request: HttpRequest, link: Link) -> dict[str, Any]:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_TEXT]
    wanted = request.GET.get("kind", "")
    kind = Kind(wanted) if wanted in Kind.values else Kind.ALL
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) <= HIGHEST_DIGITS else None
    page = read_page(link, kind, text=text, before=number)
    return {"page": page, "kind": kind, "kinds": Kind.choices, "text": text, "before": number}
