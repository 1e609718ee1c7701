"""Addresses of signing in and of one's own account."""

from __future__ import annotations

from django.urls import path

from accounts.views import account, provider, second_factor, sign_in

urlpatterns = [
    path("login/", sign_in.SignInView.as_view(), name="login"),
    path("login/code/", sign_in.sign_in_code, name="login_code"),
    path("login/provider/", provider.provider_start, name="login_provider"),
    path("login/provider/back/", provider.provider_back, name="login_provider_back"),
    path("logout/", sign_in.SignOutView.as_view(), name="logout"),
    path("password/", account.ChangePasswordView.as_view(), name="password_change"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.session_end, name="session_end"),
    path("account/second-factor/", second_factor.second_factor, name="second_factor"),
    path("account/second-factor/codes/", second_factor.recovery_codes, name="recovery_codes"),
    path("account/second-factor/remove/", second_factor.second_factor_remove, name="second_factor_remove"),
]
