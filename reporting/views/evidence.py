"""The evidence bundle of one request: what is in it, how much it shows, and the file itself."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from filing.actors import person
from filing.choices import AuditAction
from filing.models import Request
from filing.roles import AUDIT, OPERATE, REVIEW, needs
from filing.services.audit import note
from filing.views.finding import find_request
from reporting import selectors
from reporting.models import DownloadItem
from reporting.services.evidence_bundle import EvidenceBundle

MOST_REASON = 200


@needs(OPERATE, REVIEW, AUDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def request_evidence(request: HttpRequest, ref: str) -> HttpResponseBase:
    """GET: what the bundle holds. POST: the bundle, a stream that no cache keeps; `reveal=1` shows everything and needs a
    `reason`. It is recorded."""
    filing = find_request(request, ref, Request.objects.defer("icp_password"))
    reveal = request.POST.get("reveal") == "1"
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:MOST_REASON]
    if request.method != "POST" or (reveal and not reason):
        context = {
            "filing": filing,
            "reveal": reveal,
            "reason": reason,
            "wrong": "完整的证据包须写明用途" if request.method == "POST" else "",
            "sent": selectors.entries_of(filing).count(),
            "received": DownloadItem.objects.filter(request=filing).count(),
        }
        status = 422 if request.method == "POST" else 200
        return render(request, "reporting/evidence.html", context, status=status)
    user = cast(User, request.user)
    bundle = EvidenceBundle(filing, made_by=person(user).name, reveal=reveal, reason=reason)
    facts = {"what": "证据包", "unmasked": reveal, "reason": reason}
    note(AuditAction.EXPORT, user=user, about=filing, facts=facts, http=request)
    return StreamingHttpResponse(
        iter(bundle),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{bundle.folder}.zip"',
            "Cache-Control": "private, no-store",
        },
    )
