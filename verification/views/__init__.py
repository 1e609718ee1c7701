"""Fragments about verification for the pages of filing, which include them by address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from filing.choices import FiledState, Operation
from filing.code_tables import CodeTable
from filing.forms import translation
from filing.models import Request, Subject
from filing.roles import ENTER, needs, needs_role
from filing.services.codes import name_of
from filing.services.filed_document import filed_document
from filing.services.revisions import current_contents, current_revision
from filing.views.finding import find_request
from filing.visibility import seen_by
from verification.materials import ASKED_OF, Need, missing, needs_of

MOST_KEYS = 100


@dataclass(frozen=True)
class NeedWords:
    """A need as the page tells it. `where` names the attachments that meet it."""

    need: Need
    title: str
    whose: str
    is_met: bool
    where: str


@require_GET
@needs_role
def request_materials(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: which papers a request needs, which are there. `brief=1` leaves out those that are."""
    filing = find_request(request, ref)
    content = current_revision(filing).content
    brief = request.GET.get("brief") == "1"
    return _show(request, filing.operation, content, brief=brief)


@require_POST
@needs(ENTER)
def form_materials(request: HttpRequest) -> HttpResponse:
    """POST: the same for a form of `operation` as it stands open, saved or not."""
    operation = request.POST.get("operation", "")
    if operation not in ASKED_OF:
        return HttpResponse("")
    typed = translation.without_blanks(translation.from_post(operation, request.POST))
    content = translation.to_document(operation, typed, {}).content
    return _show(request, operation, content, may_add=True)


def _show(
    request: HttpRequest,
    operation: str,
    content: dict[str, Any],
    *,
    brief: bool = False,
    may_add: bool = False,
) -> HttpResponse:
    wanted = needs_of(content, operation, _filed(content) if operation == Operation.CHANGE else None)
    if not wanted:
        return HttpResponse("")
    context = {
        "needs": [_in_words(need, content) for need in wanted if not (brief and need.is_met)],
        "total": len(wanted),
        "missing": len(missing(wanted)),
        "may_add": may_add,
    }
    return render(request, "verification/materials.html", context)


def _filed(content: dict[str, Any]) -> dict[str, Any] | None:
    """What is filed of the subject of a change; None where it is not held here."""
    named = content.get("subject", {})
    names = Q(pk__in=())
    if named.get("bureau_id"):
        names |= Q(bureau_id=named["bureau_id"])
    if named.get("number"):
        names |= Q(number=named["number"])
    subject = Subject.objects.filter(names, state=FiledState.FILED).order_by("pk").first()
    return filed_document(subject) if subject else None


@require_GET
@needs_role
def requests_materials(request: HttpRequest) -> HttpResponse:
    """GET: for the rows of a list, whether their papers are all there; `keys`: the requests' ids, by commas."""
    keys = [int(key) for key in request.GET.get("keys", "").split(",")[:MOST_KEYS] if key.isdecimal()]
    asked = (
        Request.objects.filter(pk__in=[key for key in keys if key < 2**63], operation=Operation.NEW_FILING)
        .filter(seen_by(cast(User, request.user)))
        .defer("icp_password")
    )
    contents = current_contents(list(asked))
    rows = [(key, len(missing(needs_of(content)))) for key, content in contents.items()]
    return render(request, "verification/requests_materials.html", {"rows": rows})


def _in_words(need: Need, content: dict[str, Any]) -> NeedWords:
    places = need.attached or need.standing_in
    where = "、".join(f"材料 {place + 1}" for place in places)
    if need.standing_in and not need.attached:
        where += "，同一人的证件"
    title = name_of(CodeTable.ATTACHMENT_PURPOSE, need.purpose) or f"用途代码 {need.purpose}"
    return NeedWords(need, title, _whose(need, content), need.is_met, where)


def _whose(need: Need, content: dict[str, Any]) -> str:
    if need.place is None:
        return "主体"
    if not content.get("websites"):
        return "这个网站"
    name = content["websites"][need.place].get("name", "")
    return f"网站 {need.place + 1}" + (f" · {name}" if name else "")
