"""Finding the request that an address names, for who may see it, or work on it. An attempt at another's is recorded."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from filing.choices import AuditAction
from filing.models import Request
from filing.services.audit import note
from filing.visibility import may_work_on, seen_among


def find_request(http: HttpRequest, ref: str, rows: QuerySet[Request] | None = None) -> Request:
    """The request, where this person may see it: 404 otherwise, as for one that does not exist.

    Raises: Http404.
    """
    # No text of PostgreSQL holds this sign; asked for it, the database refuses to look.
    if "\x00" in ref:
        raise Http404
    found = get_object_or_404(Request.objects.all() if rows is None else rows, ref=ref)
    user = cast(User, http.user)
    if not seen_among(user, [found]):
        note(AuditAction.REFUSED, user=user, about=found, facts={"why": "别的团队的草稿"}, http=http)
        raise Http404
    return found


def find_to_work_on(http: HttpRequest, ref: str, rows: QuerySet[Request] | None = None) -> Request:
    """The request, where this person may change it. Raises: Http404 as above, PermissionDenied where it is only seen."""
    found = find_request(http, ref, rows)
    if not may_work_on(cast(User, http.user), found):
        raise PermissionDenied("别的团队的报备单")
    return found
