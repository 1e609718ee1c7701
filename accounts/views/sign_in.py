"""Signing in and out: password, then perhaps a code."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import CodeForm, SignInForm
from accounts.services import entering, provider, second_factor
from accounts.services.second_factor import WrongCode
from accounts.services.throttle import TryLater
from filing.choices import AuditAction
from filing.services.audit import note

EMERGENCY = "emergency"


class SignInView(views.LoginView):
    """GET: the form. POST: name and password; on to the code where a second factor is on."""

    authentication_form = SignInForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        next_url = self.get_success_url()
        if entering.enter(self.request, form.get_user(), next_url):
            return redirect(next_url)
        return redirect("login_code")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        asked = EMERGENCY in self.request.GET or self.request.method == "POST"
        return context | {
            "provider": settings.ICP_OIDC_NAME if provider.is_on() else "",
            "local": settings.ICP_LOCAL_SIGN_IN or asked,
        }


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """GET: asks for the code of the app, with `?recovery` for a recovery code. POST: lets in."""
    pending = entering.pending_of(request)
    if pending is None:
        messages.info(request, "请先输入用户名和密码。")
        return redirect("login")
    is_recovery = "recovery" in request.GET
    form = CodeForm(request.POST or None, is_recovery=is_recovery)
    if request.method == "POST" and form.is_valid():
        try:
            way = second_factor.check(pending.user, form.cleaned_data["code"])
        except (WrongCode, TryLater) as refused:
            form.add_error("code", _words(refused, is_recovery))
            facts = {"why": "第二验证不对" if isinstance(refused, WrongCode) else "第二验证暂停"}
            note(AuditAction.SIGN_IN_FAILED, user=pending.user, about=pending.user, facts=facts, http=request)
        else:
            entering.sign_in(request, pending.user, by_provider=pending.by_provider)
            if way == "recovery":
                _tell_of_recovery(request)
            return redirect(pending.next)
    return render(request, "accounts/login_code.html", {"form": form, "is_recovery": is_recovery})


def _words(refused: WrongCode | TryLater, is_recovery: bool) -> str:
    if isinstance(refused, WrongCode) and is_recovery:
        return "恢复码不对或已用过，请换一个没用过的。"
    return refused.words


def _tell_of_recovery(request: HttpRequest) -> None:
    user = cast(User, request.user)
    left = second_factor.recovery_codes_left(user)
    facts = {"what": "用恢复码登录", "还剩": left}
    note(AuditAction.ACCOUNT, user=user, about=user, facts=facts, http=request)
    messages.warning(
        request, f"刚才用掉了一个恢复码，还剩 {left} 个。手机若丢了，请到“登录与安全”换新的验证器。"
    )


class SignOutView(views.LogoutView):
    """POST: ends the session and has the browser forget what it kept of these pages.

    Not "cookies": that would take those of everything under the same domain with it; ours is deleted by itself.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        if request.method == "POST":
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


def home_of() -> str:
    """Where who is signed in goes."""
    return resolve_url(settings.LOGIN_REDIRECT_URL)
