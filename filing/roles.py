"""Who may do what: the question that every view asks first. The groups stand in filing/groups.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from filing.groups import ADMINISTER, ADMINISTRATORS, ANY_ROLE, AUDIT, ENTER, LABELS, OPERATE, REVIEW

__all__ = [
    "ADMINISTER",
    "ANY_ROLE",
    "AUDIT",
    "ENTER",
    "OPERATE",
    "READING",
    "REVIEW",
    "has_role",
    "needs",
    "needs_own",
    "needs_role",
    "role_words",
]

READING = ("GET", "HEAD", "OPTIONS")

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def has_role(user: User | AnonymousUser) -> bool:
    """Whether the person may see lists and details at all."""
    return any(user.has_perm(each) for each in ANY_ROLE)


def role_words(user: User | AnonymousUser) -> str:
    """The person's roles in words, 管理员 alone for who may do everything; empty where there is none."""
    if user.has_perm(ADMINISTER):
        return ADMINISTRATORS
    return "、".join(LABELS[each] for each in ANY_ROLE if user.has_perm(each))


def needs(*permissions: str, own: bool = False) -> Callable[[View[P]], View[P]]:
    """Let a view run only for a signed-in person with one of the permissions.

    Others are refused (403). The auditors' permission counts for reading only: it lets nobody change anything, but for
    what is one's `own` alone (what one was told, and how).
    Anonymous visitors go to the sign-in page and come back; a fragment answers 401 instead, so that a page with something
    typed in it is not swept away when its session ends.
    """

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            reads = own or request.method in READING
            if not any(request.user.has_perm(each) for each in permissions if reads or each != AUDIT):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


needs_role = needs(*ANY_ROLE)
"""For what everybody with a role may see."""
needs_own = needs(*ANY_ROLE, own=True)
"""For what everybody with a role may see and set, each for themselves."""


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse("登录已过期", status=401, content_type="text/plain; charset=utf-8")
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    # A posted address may not be one that can be opened: back to the page that held the form.
    referer = urlsplit(request.headers.get("Referer", ""))
    return redirect_to_login(referer.path if referer.netloc == request.get_host() else reverse("home"))
