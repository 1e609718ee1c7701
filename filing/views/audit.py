"""The record of who did and saw what, for auditors and administrators."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import cast

from django.contrib.auth.models import User
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from filing import audit_list as record
from filing.choices import AuditAction
from filing.models import AuditSeal
from filing.roles import AUDIT, needs
from filing.services.audit import note


@require_GET
@needs(AUDIT)
def audit_list(request: HttpRequest) -> HttpResponse:
    """GET: the record, the latest first. `action`, `who`, `kind`, `ref` (a request), `q`, `since`, `until` narrow it."""
    query = request.GET.dict()
    wanted = record.read_wanted(query)
    page = record.read_list(wanted, query)
    refs = record.addresses_of(page.rows)
    context = {
        "wanted": wanted,
        "page": page,
        "rows": [
            {
                "row": row,
                "kind": record.KINDS.get(row.kind, row.kind),
                "lines": record.facts_in_words(row.facts),
                "is_request": row.kind == "request" and row.key in refs,
            }
            for row in page.rows
        ],
        "filters": record.filters(wanted),
        "chips": record.chips(wanted),
        "usual_days": record.USUAL_DAYS,
        "seal": AuditSeal.objects.order_by("-day").first(),
    }
    return render(request, "filing/audit.html", context)


@require_GET
@needs(AUDIT)
def audit_export(request: HttpRequest) -> HttpResponseBase:
    """GET: the same rows as a spreadsheet, which is itself recorded."""
    wanted = record.read_wanted(request.GET.dict())
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    rows, more = record.export(wanted, target)
    facts = {"rows": rows, "more": more, "filters": wanted.parameters}
    about = ("audit", "", "审计记录")
    note(AuditAction.EXPORT, user=cast(User, request.user), about=about, facts=facts, http=request)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"审计记录-{timezone.localdate():%Y%m%d}.xlsx")
