"""One's own account: password, second factor, sessions."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.forms import ChangePasswordForm
from accounts.models import Account, ProviderIdentity, SecondFactor
from accounts.services import entering, passwords, provider, second_factor, sessions
from accounts.views.provider import link_token
from filing.choices import AuditAction
from filing.services.audit import note

ALL_OTHERS = "others"


@require_GET
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """GET: how one signs in, and where one is signed in."""
    user = cast(User, request.user)
    context = {
        "sessions": sessions.sessions_of(user, request.session),
        "idle_minutes": settings.ICP_SESSION_IDLE_MINUTES,
        "most_hours": settings.SESSION_COOKIE_AGE // 3600,
        "state": Account.objects.filter(user=user).first(),
        "has_password": user.has_usable_password(),
        "factor": SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first(),
        "factor_required": second_factor.is_required(user),
        "codes_left": second_factor.recovery_codes_left(user),
        "provider": settings.ICP_OIDC_NAME if provider.is_on() else "",
        "identity": ProviderIdentity.objects.filter(user=user, issuer=settings.ICP_OIDC_ISSUER).first(),
        "link_token": link_token(request) if provider.is_on() else "",
    }
    return render(request, "accounts/account.html", context)


@require_POST
@login_required
def session_end(request: HttpRequest) -> HttpResponse:
    """POST `session`: end that session of one's own, or all others."""
    user, name = cast(User, request.user), request.POST.get("session", "")
    ends_others = name == ALL_OTHERS
    count = (
        sessions.end_sessions(user, but=request.session) if ends_others else sessions.end_session(user, name)
    )
    if count:
        note(
            AuditAction.ACCOUNT,
            user=user,
            about=user,
            facts={"what": "结束登录", "个数": count},
            http=request,
        )
        messages.success(request, f"已结束 {count} 处登录，那里要重新登录才能用。")
    else:
        messages.info(request, "没有别的登录要结束。")
    return redirect("account")


class ChangePasswordView(views.PasswordChangeView):
    """GET: the form with the rules. POST: a new password; sessions elsewhere end."""

    form_class = ChangePasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("home")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        owes = entering.OWES_PASSWORD in self.request.session.get(sessions.OWES, [])
        return super().get_context_data(**kwargs) | {"rules": passwords.RULES, "owes": owes}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        entering.paid(self.request, entering.OWES_PASSWORD)
        messages.success(self.request, "密码已改，其他地方的登录已结束。下次登录用新密码。")
        return response
