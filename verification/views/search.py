"""What the bureau asks for in the search across everything."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from filing.listing import Count
from filing.roles import needs_role
from filing.search.asked import ask
from filing.search.results import MOST_SHOWN, Group, Line
from verification.deadlines import deadline_of
from verification.models import Arrival
from verification.selectors import KINDS, Kind, listed
from verification.told import line_of

LEAST_TEXT = 2


@require_GET
@needs_role
def search_work(request: HttpRequest) -> HttpResponse:
    """GET: work that the bureau asks for, by what its lists are searched by (`q`), as a part of the page."""
    asked = ask(request.GET.get("q", ""))
    found = [_group(kind, asked.text) for kind in KINDS.values()] if len(asked.text) >= LEAST_TEXT else []
    groups = [each for each in found if each.lines]
    return render(request, "filing/parts/search_found.html", {"groups": groups, "asked": asked})


def _group(kind: Kind, text: str) -> Group:
    rows = list(listed(kind, text=text)[: MOST_SHOWN + 1])
    all_url = f"{reverse('work_list', args=[kind.slug])}?{urlencode({'state': 'all', 'q': text})}"
    lines = [_line(kind, row) for row in rows[:MOST_SHOWN]]
    return Group(kind.words, kind.unit, Count(len(lines), len(rows) > MOST_SHOWN), lines, all_url)


def _line(kind: Kind, row: Arrival) -> Line:
    told, left = line_of(row), deadline_of(row)
    state, words = (left.state or "draft", left.words) if row.is_open else ("good", row.get_state_display())
    return Line(
        reverse("work_detail", args=[kind.slug, row.pk]), told.title, state, words, [told.asked, told.words]
    )
