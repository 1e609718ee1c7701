"""What a change of rules, code tables or schemas breaks: the list, how far the pass has come, and starting one."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from filing.models import Broken
from filing.roles import needs_role
from filing.services import impact
from filing.visibility import seen_by
from reporting import tasks
from reporting.services.impact import schema_version

PAGE_SIZE = 50
KINDS = {"frozen": "待审核、待上报", "written": "草稿", "filed": "已备案"}


@require_GET
@needs_role
def impact_list(request: HttpRequest) -> HttpResponse:
    """GET: what the last pass found (`kind`: a key of KINDS), and the one that is under way."""
    kind = request.GET.get("kind", "frozen")
    kind = kind if kind in KINDS else "frozen"
    last = impact.latest()
    found = (
        Broken.objects.filter(run=last)
        .filter(_shown_to(cast(User, request.user)))
        .select_related("request", "subject")
        if last
        else Broken.objects.none()
    )
    by_kind = {
        "frozen": found.filter(request__state__in=impact.FROZEN),
        "written": found.filter(request__state__in=impact.WRITTEN),
        "filed": found.filter(subject__isnull=False),
    }
    context: dict[str, Any] = {
        "kind": kind,
        "tabs": [(slug, words, by_kind[slug].count()) for slug, words in KINDS.items()],
        "last": last,
        "is_old": last is not None and last.made_with != impact.made_with(schema_version()),
        "page": Paginator(by_kind[kind], PAGE_SIZE).get_page(request.GET.get("page")),
        "running": impact.under_way(),
    }
    return render(request, "reporting/impact.html", context)


def _shown_to(user: User) -> Q:
    """What is filed is everybody's; of requests what this person may see. An empty condition would swallow the other."""
    theirs = seen_by(user, "request__")
    return Q(request=None) | theirs if theirs else theirs


@require_GET
@needs_role
def impact_progress(request: HttpRequest) -> HttpResponse:
    """GET: how far the pass under way has come; at its end the page is loaded anew."""
    running = impact.under_way()
    response = render(request, "reporting/parts/impact_progress.html", {"running": running})
    if running is None:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@needs_role
def impact_start(request: HttpRequest) -> HttpResponse:
    """POST: go through everything now, by a task."""
    tasks.look_for_broken_now.delay()
    return redirect("impact")
