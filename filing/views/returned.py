"""The queue of what came back: each with the words, their meaning, the fields at fault, and the way to mend it."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from filing import returned
from filing.choices import Operation
from filing.roles import needs_role

PAGE_SIZE = 20


@require_GET
@needs_role
def returned_list(request: HttpRequest) -> HttpResponse:
    """GET: what the bureau refused and what reviewers sent back; corrections under way stand apart.

    `tab`, `code`, `operation`, `who` (a person's key) narrow it, `sort` orders it.
    """
    wanted, user = _wanted(request.GET), cast(User, request.user)
    page = Paginator(returned.came_back(wanted, user), PAGE_SIZE).get_page(request.GET.get("page"))
    counts = returned.counts(wanted, user)
    context = {
        "wanted": wanted,
        "page": page,
        "cases": returned.cases_of(list(page)),
        "counts": counts,
        "tabs": [
            (name, words, counts[name], _address(request.GET, tab=name))
            for name, (words, _states) in returned.TABS.items()
        ],
        "sorts": [(name, words) for name, (words, _order) in returned.SORTS.items()],
        "choices": returned.choices(wanted, user),
        "under_way": returned.corrections(user),
    }
    return render(request, "filing/returned.html", context)


def _wanted(query: QueryDict) -> returned.Wanted:
    tab, operation = query.get("tab", "all"), query.get("operation", "")
    sort = query.get("sort", "oldest")
    return returned.Wanted(
        tab=tab if tab in returned.TABS else "all",
        code=_number(query.get("code", "")),
        operation=operation if operation in Operation.values else "",
        who=_number(query.get("who", "")),
        sort=sort if sort in returned.SORTS else "oldest",
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _address(query: QueryDict, *, tab: str) -> str:
    """The address of another tab with the same filters and order."""
    changed = query.copy()
    changed.pop("page", None)
    changed["tab"] = tab
    return f"?{changed.urlencode()}"
