"""Fragments about verification for the pages of filing, which include them by address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from filing.choices import Operation
from filing.code_tables import CodeTable
from filing.models import Request
from filing.roles import needs_role
from filing.services.codes import name_of
from filing.services.revisions import current_contents, current_revision
from verification.materials import Need, missing, needs_of

MOST_KEYS = 100


@dataclass(frozen=True)
class NeedWords:
    """A need as the page tells it. `where` names the attachments that meet it."""

    title: str
    whose: str
    is_met: bool
    where: str


@require_GET
@needs_role
def request_materials(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: which papers a request needs, which are there. `brief=1` leaves out those that are."""
    filing = get_object_or_404(Request, ref=ref)
    if filing.operation != Operation.NEW_FILING:
        return HttpResponse("")
    content = current_revision(filing).content
    needs = needs_of(content)
    brief = request.GET.get("brief") == "1"
    context = {
        "needs": [_in_words(need, content) for need in needs if not (brief and need.is_met)],
        "total": len(needs),
        "missing": len(missing(needs)),
        "brief": brief,
    }
    return render(request, "verification/materials.html", context)


@require_GET
@needs_role
def requests_materials(request: HttpRequest) -> HttpResponse:
    """GET: for the rows of a list, whether their papers are all there; `keys`: the requests' ids, by commas."""
    keys = [int(key) for key in request.GET.get("keys", "").split(",")[:MOST_KEYS] if key.isdecimal()]
    asked = Request.objects.filter(
        pk__in=[key for key in keys if key < 2**63], operation=Operation.NEW_FILING
    ).defer("icp_password")
    contents = current_contents(list(asked))
    rows = [(key, len(missing(needs_of(content)))) for key, content in contents.items()]
    return render(request, "verification/requests_materials.html", {"rows": rows})


def _in_words(need: Need, content: dict[str, Any]) -> NeedWords:
    places = need.attached or need.standing_in
    where = "、".join(f"材料 {place + 1}" for place in places)
    if need.standing_in and not need.attached:
        where += "，同一人的证件"
    title = name_of(CodeTable.ATTACHMENT_PURPOSE, need.purpose) or f"用途代码 {need.purpose}"
    return NeedWords(title, _whose(need, content), need.is_met, where)


def _whose(need: Need, content: dict[str, Any]) -> str:
    if need.place is None:
        return "主体"
    name = content["websites"][need.place].get("name", "")
    return f"网站 {need.place + 1}" + (f" · {name}" if name else "")
