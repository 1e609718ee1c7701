"""Looking at requests: the list, and one of them with its parts."""

from __future__ import annotations

import logging
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from filing import selectors
from filing.choices import RequestState
from filing.models import Request
from filing.roles import needs_role
from filing.services.revisions import current_revision
from filing.views import detail
from filing.views.detail import TABS
from filing.views.finding import find_request

PAGE_SIZE = 50
MOST_TEXT = 100

logger = logging.getLogger(__name__)


@needs_role
def request_list(request: HttpRequest) -> HttpResponse:
    """GET: requests by tab, search and order. A search for exactly one ref opens it."""
    wanted = _listing(request.GET)
    if wanted.text and "tab" not in request.GET:
        exact = Request.objects.filter(ref=wanted.text).only("ref").first()
        if exact is not None:
            return redirect("request_detail", ref=exact.ref)
    user = cast(User, request.user)
    found, counts = selectors.find_requests(user, wanted)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "wanted": wanted,
        "page": page,
        "tabs": [
            (name, words, counts[name], _address(request.GET, tab=name))
            for name, (words, _states) in selectors.FAMILIES.items()
        ],
        "sorts": [(name, words) for name, (words, _order) in selectors.SORTS.items()],
        "state_words": RequestState(wanted.state).label if wanted.state else "",
        "without_state": _address(request.GET, tab=wanted.family),
        "any_request": counts["all"] > 0 or Request.objects.exists(),
        # Which rows carry a clock is known here; how fresh they are, only to the link.
        "waiting": [each.pk for each in page if each.state in selectors.FAMILIES["bureau"][1]],
    }
    return render(request, "filing/request_list.html", context)


def _listing(query: QueryDict) -> selectors.Listing:
    text = query.get("q", "").replace("\x00", "").strip()[:MOST_TEXT]
    # Who searches means everywhere, who opens the list means what is under way.
    family = query.get("tab", "all" if text else "open")
    state = query.get("state", "")
    sort = query.get("sort", "recent")
    return selectors.Listing(
        family=family if family in selectors.FAMILIES else "open",
        state=state if state in RequestState.values else "",
        text=text,
        mine=query.get("mine") == "1",
        sort=sort if sort in selectors.SORTS else "recent",
    )


def _address(query: QueryDict, *, tab: str) -> str:
    """The address of another tab with the same search and order."""
    changed = query.copy()
    for name in ("page", "state"):
        changed.pop(name, None)
    changed["tab"] = tab
    return f"?{changed.urlencode()}"


@needs_role
def request_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: one request. `tab` names the part shown; a fragment of that part alone where HTMX asks for it.

    `reveal=1` shows identity numbers and phones in full, which is written to the log. `old` and `new` name two revisions
    to compare, under the versions.
    """
    filing = find_request(request, ref, Request.objects.select_related("created_by", "submitted_by"))
    tab = request.GET.get("tab", "content")
    tab = tab if tab in TABS else "content"
    reveal = request.GET.get("reveal") == "1"
    if reveal:
        logger.info("user %s saw %s of %s unmasked", request.user.pk, tab, filing.ref)
    current = current_revision(filing)
    pair = (request.GET.get("old", ""), request.GET.get("new", ""))
    context: dict[str, Any] = detail.panel(filing, current, tab, reveal=reveal, pair=pair)
    if request.headers.get("HX-Target") == "record":
        return render(request, "filing/parts/record.html", context)
    context |= detail.page(filing, current, cast(User, request.user))
    return render(request, "filing/request_detail.html", context)
