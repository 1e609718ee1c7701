"""The long lists: requests and what is filed, by page, and as a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any, cast

from django.contrib.auth.models import User
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from filing import filed_list as filed
from filing import request_list as requests
from filing.choices import AuditAction, RequestState
from filing.exports import export_requests, export_subjects
from filing.masking import mask
from filing.models import Request, Subject, Website
from filing.roles import needs_role
from filing.selectors import FAMILIES
from filing.services.audit import note
from filing.visibility import seen_by


@dataclass(frozen=True)
class Row:
    """One subject in the list. `certificate` is masked."""

    subject: Subject
    certificate: str
    domains: list[str]
    websites: list[Website]


@needs_role
def request_list(request: HttpRequest) -> HttpResponse:
    """GET: requests by tab, search, filters and order. A search for exactly one ref opens it."""
    query, user = request.GET.dict(), cast(User, request.user)
    wanted = requests.read_wanted(query)
    if wanted.text and "tab" not in query:
        exact = Request.objects.filter(seen_by(user), ref=wanted.text).only("ref").first()
        if exact is not None:
            return redirect("request_detail", ref=exact.ref)
    found, names = requests.read_list(user, wanted, query), requests.people()
    context: dict[str, Any] = {
        "wanted": wanted,
        "page": found.page,
        "hits": found.hits,
        "count": found.counts[wanted.family] if not wanted.state else None,
        "tabs": [
            (name, words, found.counts[name], requests.at_tab(wanted, name))
            for name, (words, _states) in FAMILIES.items()
        ],
        "filters": requests.filters(wanted, names),
        "chips": requests.chips(wanted, names),
        "state_words": RequestState(wanted.state).label if wanted.state else "",
        "without_state": requests.without(wanted, "state"),
        "any_request": bool(found.page.rows) or Request.objects.exists(),
        # Which rows carry a clock is known here; how fresh they are, only to the link.
        "waiting": [each.pk for each in found.page.rows if each.state in FAMILIES["bureau"][1]],
    }
    return render(request, "filing/request_list.html", context)


@require_GET
@needs_role
def request_export(request: HttpRequest) -> HttpResponseBase:
    """GET: the list with its filters as a spreadsheet, which is recorded."""
    wanted, user = requests.read_wanted(request.GET.dict()), cast(User, request.user)
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    rows, more = export_requests(user, wanted, target)
    facts = {"rows": rows, "more": more, "filters": wanted.parameters}
    note(AuditAction.EXPORT, user=user, about=("list", "requests", "报备单"), facts=facts, http=request)
    return _sent(target, "报备单")


@require_GET
@needs_role
def filed_list(request: HttpRequest) -> HttpResponse:
    """GET: subjects by tab, search (`q`: name, number, domain, address, a whole certificate number) and filters."""
    query = request.GET.dict()
    wanted = filed.read_wanted(query)
    found = filed.read_list(wanted, query)
    context = {
        "wanted": wanted,
        "page": found.page,
        "hits": found.hits,
        "count": found.counts[wanted.tab],
        "tabs": [
            (name, words, found.counts[name], filed.at_tab(wanted, name))
            for name, (words, _states) in filed.TABS.items()
        ],
        "filters": filed.filters(wanted),
        "chips": filed.chips(wanted),
        "rows": [_row(each) for each in found.page.rows],
        "any": bool(found.page.rows) or Subject.objects.exists(),
    }
    return render(request, "filing/filed_list.html", context)


@require_GET
@needs_role
def filed_export(request: HttpRequest) -> HttpResponseBase:
    """GET: the list of subjects with its filters as a spreadsheet, which is recorded."""
    wanted = filed.read_wanted(request.GET.dict())
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    rows, more = export_subjects(wanted, target)
    facts = {"rows": rows, "more": more, "filters": wanted.parameters}
    note(AuditAction.EXPORT, user=request.user, about=("list", "filed", "已备案"), facts=facts, http=request)
    return _sent(target, "已备案")


def _row(subject: Subject) -> Row:
    websites = list(subject.websites.all())
    domains = [each.name for website in websites for each in website.domains.all()]
    return Row(subject, mask(subject.certificate_number), domains, websites)


def _sent(target: IO[bytes], name: str) -> FileResponse:
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"{name}-{timezone.localdate():%Y%m%d}.xlsx")
