"""The bureaus' blacklists: subjects, websites, illegal accesses; what is listed now, and what was."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from filing.code_tables import CodeTable
from filing.identifiers import format_ipv4, tidy_certificate_number
from filing.models import BlacklistedSubject, BlacklistedWebsite, IllegalAccess
from filing.roles import needs_role
from filing.services.blacklist import domain_form
from filing.services.codes import name_of

PAGE_SIZE = 50
MOST_TEXT = 100

LISTS: dict[str, tuple[str, type[BlacklistedSubject | BlacklistedWebsite | IllegalAccess]]] = {
    "subjects": ("主体", BlacklistedSubject),
    "websites": ("网站", BlacklistedWebsite),
    "accesses": ("非法接入", IllegalAccess),
}


@require_GET
@needs_role
def blacklist(request: HttpRequest) -> HttpResponse:
    """GET: one of the lists (`tab`). `q` searches; a certificate number only as a whole. `gone=1`: also what was removed."""
    tab = request.GET.get("tab", "subjects")
    tab = tab if tab in LISTS else "subjects"
    text = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_TEXT]
    with_gone = request.GET.get("gone") == "1"
    found = _found(tab, text, with_gone=with_gone)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "tab": tab,
        "tabs": [
            (slug, words, model._default_manager.filter(removed_at=None).count())
            for slug, (words, model) in LISTS.items()
        ],
        "text": text,
        "with_gone": with_gone,
        "page": page,
        "rows": [(row, _beside(row)) for row in page],
        "any": LISTS[tab][1]._default_manager.exists(),
    }
    return render(request, "filing/blacklist.html", context)


def _found(tab: str, text: str, *, with_gone: bool) -> QuerySet[Any]:
    rows = LISTS[tab][1]._default_manager.order_by("removed_at", "-added_at", "-pk")
    if not with_gone:
        rows = rows.filter(removed_at=None)
    if not text:
        return rows
    if tab == "subjects":
        number = tidy_certificate_number(text)
        return rows.filter(
            Q(name__icontains=text) | Q(remarks__icontains=text) | Q(certificate_number=number)
        )
    named = Q(domain__icontains=domain_form(text)) | Q(remarks__icontains=text)
    return rows.filter(named | Q(name__icontains=text) if tab == "websites" else named)


def _beside(row: BlacklistedSubject | BlacklistedWebsite | IllegalAccess) -> dict[str, str]:
    """What a row says of codes and addresses, in words."""
    if isinstance(row, BlacklistedSubject):
        return {
            "certificate": name_of(CodeTable.CERTIFICATE_TYPE, row.certificate_type)
            or f"证件类型 {row.certificate_type}",
        }
    if isinstance(row, IllegalAccess):
        provider = name_of(CodeTable.REPORTING_UNIT, row.provider_id)
        return {
            "address": format_ipv4(row.address) if row.address is not None else "",
            "provider": provider or str(row.provider_id or ""),
        }
    return {}
