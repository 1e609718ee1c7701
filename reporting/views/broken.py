"""Downloads that failed their check: what is wrong with one, what to do, and that it was done."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from filing.choices import AuditAction
from filing.roles import OPERATE, needs, needs_role
from filing.services.audit import note
from filing.services.errors import NotAllowed
from reporting.models import BrokenDownload
from reporting.services.broken import look, mark_resolved

MOST_NOTE = 500


@require_GET
@needs_role
def broken_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: one file that failed its check, tried with the key that the link has now, and what to do."""
    row = get_object_or_404(BrokenDownload.objects.select_related("link").defer("content"), pk=pk)
    context = {
        "row": row,
        "look": look(row) if row.resolved_at is None else None,
        "may_act": request.user.has_perm(OPERATE),
    }
    return render(request, "reporting/broken_detail.html", context)


@require_POST
@needs(OPERATE)
def broken_resolved(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: a person says how it was resolved (`note`)."""
    row = get_object_or_404(BrokenDownload.objects.defer("content"), pk=pk)
    user = cast(User, request.user)
    try:
        with transaction.atomic():
            mark_resolved(row, user=user, note=request.POST.get("note", "").replace("\x00", "")[:MOST_NOTE])
            note(AuditAction.LINK, user=user, about=row, facts={"what": "损坏的来件标为已解决"}, http=request)
    except NotAllowed as error:
        messages.error(request, f"{error}。")
    else:
        messages.success(request, "已标为已解决。同一文件再坏着来，会重新列出。")
    return redirect("broken_detail", pk)
