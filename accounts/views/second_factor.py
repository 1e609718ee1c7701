"""Setting up the second factor, its recovery codes, and taking it off."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import CodeForm
from accounts.services import entering
from accounts.services import second_factor as factors
from accounts.services.second_factor import WrongCode
from accounts.services.sessions import OWES
from accounts.services.throttle import TryLater
from filing.choices import AuditAction
from filing.services.audit import note


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """GET: the secret as picture and text. POST `code`: switches it on and shows the recovery codes, once."""
    user = cast(User, request.user)
    if factors.is_on(user):
        return redirect("account")
    factor = factors.enrolment(user)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = factors.confirm(user, form.cleaned_data["code"])
        except (WrongCode, TryLater) as refused:
            form.add_error("code", refused.words)
        else:
            entering.paid(request, entering.OWES_FACTOR)
            return _show_codes(request, codes, "启用第二验证")
    context = {
        "form": form,
        # Made by us from a secret and a name that segno has encoded into squares.
        "picture": mark_safe(factors.qr_picture(factor, user.get_username())),
        "secret": factors.typed_secret(factor),
        "owes": entering.OWES_FACTOR in request.session.get(OWES, []),
    }
    return render(request, "accounts/second_factor.html", context)


@sensitive_post_parameters("code")
@never_cache
@require_POST
@login_required
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """POST `code`: ten new recovery codes instead of the old ones."""
    if not _proved(request):
        return redirect("account")
    return _show_codes(request, factors.new_recovery_codes(cast(User, request.user)), "换新恢复码")


@sensitive_post_parameters("code")
@require_POST
@login_required
def second_factor_remove(request: HttpRequest) -> HttpResponse:
    """POST `code`: takes the second factor off; where a role asks for it, a new one is set up at once."""
    user = cast(User, request.user)
    if not _proved(request):
        return redirect("account")
    factors.remove(user)
    note(AuditAction.ACCOUNT, user=user, about=user, facts={"what": "停用第二验证"}, http=request)
    if factors.is_required(user):
        request.session[OWES] = [entering.OWES_FACTOR]
        return redirect("second_factor")
    messages.success(request, "第二验证已停用，登录只要密码。")
    return redirect("account")


def _proved(request: HttpRequest) -> bool:
    """Whether the code that came with a button is right; else the words why not are told on the next page."""
    user = cast(User, request.user)
    if not factors.is_on(user):
        messages.error(request, "第二验证没有启用。")
        return False
    try:
        factors.check(user, request.POST.get("code", ""))
    except (WrongCode, TryLater) as refused:
        messages.error(request, refused.words)
        return False
    return True


def _show_codes(request: HttpRequest, codes: list[str], did: str) -> HttpResponse:
    user = cast(User, request.user)
    note(AuditAction.ACCOUNT, user=user, about=user, facts={"what": did}, http=request)
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "did": did})
