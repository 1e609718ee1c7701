"""Single sign-on: to the provider and back."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.services import entering, provider
from accounts.services.provider import NotLetIn
from accounts.views.sign_in import home_of
from filing.choices import AuditAction
from filing.services.audit import note

NEXT, LINK = "provider_next", "provider_link"
LINK_SALT, LINK_S = "accounts.provider.link", 900


def link_token(request: HttpRequest) -> str:
    """What the account page puts into its link: nobody else can make a person's browser begin to link."""
    return signing.dumps([request.user.pk, request.session.session_key], salt=LINK_SALT)


@require_GET
@never_cache
def provider_start(request: HttpRequest) -> HttpResponse:
    """GET: to the provider. `next`: where to afterwards. `link`: a token of the account page, to link and not to sign in."""
    if not provider.is_on():
        raise Http404
    request.session.pop(LINK, None)
    if token := request.GET.get("link"):
        if not _is_own(request, token):
            messages.error(request, "页面开得太久了，请再点一次“绑定”。")
            return redirect("account")
        request.session[LINK] = request.user.pk
    elif request.user.is_authenticated:
        return redirect(home_of())
    request.session[NEXT] = _safe(request, request.GET.get("next", ""))
    try:
        return provider.ask(request, request.build_absolute_uri(reverse("login_provider_back")))
    except NotLetIn as refused:
        return _refused(request, refused)


@require_GET
@never_cache
def provider_back(request: HttpRequest) -> HttpResponse:
    """GET: what the provider sends the browser back with. Signs in, or links."""
    if not provider.is_on():
        raise Http404
    next_url = _safe(request, request.session.pop(NEXT, ""))
    links = request.session.pop(LINK, None)
    try:
        claims = provider.answer(request)
        if links is not None:
            if links != request.user.pk:
                raise NotLetIn("登录已变，请再绑定一次。", "another person is signed in")
            provider.link(cast(User, request.user), claims, request)
            messages.success(request, "已绑定，以后可以用统一身份登录。")
            return redirect("account")
        user = provider.person_of(claims)
    except NotLetIn as refused:
        return _refused(request, refused)
    if entering.enter(request, user, next_url, by_provider=True):
        return redirect(next_url)
    return redirect("login_code")


def _refused(request: HttpRequest, refused: NotLetIn) -> HttpResponse:
    facts = {"方式": "统一身份", "why": refused.why}
    note(AuditAction.SIGN_IN_FAILED, user=request.user, facts=facts, http=request)
    messages.error(request, refused.words)
    return redirect("account" if request.user.is_authenticated else "login")


def _is_own(request: HttpRequest, token: str) -> bool:
    try:
        told = signing.loads(token, salt=LINK_SALT, max_age=LINK_S)
    except signing.BadSignature:
        return False
    return bool(request.user.is_authenticated and told == [request.user.pk, request.session.session_key])


def _safe(request: HttpRequest, url: str) -> str:
    fits = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if fits else home_of()
