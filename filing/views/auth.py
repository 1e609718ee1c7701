"""Signing in and out, and changing one's password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpResponse
from django.urls import reverse_lazy

WRONG = "用户名或密码不对，请再输入一次。大写键若开着请关掉。"


class SignInForm(AuthenticationForm):
    """Django's form with our words; it never tells which of the two was wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages = {"invalid_login": WRONG, "inactive": WRONG}
        for name, words in (("username", "填写用户名"), ("password", "填写密码")):
            field = self.fields[name]
            field.widget.attrs["class"] = "form-control"
            field.error_messages["required"] = words
        self.fields["username"].label = "用户名"


class SignInView(views.LoginView):
    authentication_form = SignInForm
    template_name = "filing/login.html"
    redirect_authenticated_user = True


class ChangePasswordForm(PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (
            ("old_password", "现在的密码"),
            ("new_password1", "新密码"),
            ("new_password2", "再输入一次新密码"),
        ):
            self.fields[name].label = label
            self.fields[name].widget.attrs["class"] = "form-control w-name"
            # The cursor belongs to the summary when there are errors, else to the reader.
            self.fields[name].widget.attrs.pop("autofocus", None)


class ChangePasswordView(views.PasswordChangeView):
    form_class = ChangePasswordForm
    template_name = "filing/password_change.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, "密码已改，下次登录用新密码。")
        return response
