"""Forms of signing in: Django's, in our words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils import timezone

from accounts.services.throttle import (
    Key,
    TryLater,
    account_key,
    address_key,
    begin_try,
    blocked_until,
    forgive,
)
from filing.choices import AuditAction
from filing.origin import client_address
from filing.services.audit import note

WRONG = "用户名或密码不对，请再输入一次。大写键若开着请关掉。"
MOST_PASSWORD = 512


class SignInForm(AuthenticationForm):
    """It never tells which of the two was wrong, nor whether there is such an account; too many failures must wait."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages = {"invalid_login": WRONG, "inactive": WRONG}
        for name, words in (("username", "填写用户名"), ("password", "填写密码")):
            field = self.fields[name]
            field.widget.attrs["class"] = "form-control"
            field.error_messages["required"] = words
        self.fields["username"].label = "用户名"
        _bound(self.fields["password"])

    def clean(self) -> dict[str, Any]:
        """Raises: ValidationError, in the same words for everybody."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return self.cleaned_data
        keys = account_key(name), address_key(client_address(self.request) if self.request else None)
        try:
            begin_try(*keys)
        except TryLater as later:
            raise ValidationError(later.words, code="later") from later
        try:
            cleaned = super().clean()
            if not may_sign_in_here(self.get_user()):
                raise self.get_invalid_login_error()
        except ValidationError:
            self._note_locks(name, *keys)
            raise
        forgive(*keys)
        return cleaned

    def _note_locks(self, name: str, account: Key, address: Key) -> None:
        """A failure that begins a wait stands in the record, once."""
        locks = {"账户": blocked_until(account), "来自地址": blocked_until(address)}
        facts = {words: f"锁定到 {timezone.localtime(at):%H:%M:%S}" for words, at in locks.items() if at}
        if not facts:
            return
        # Only an account is named: what was typed may be a password.
        user = User.objects.filter(username=name).first()
        facts = {"what": "失败太多，暂停登录"} | facts
        note(AuditAction.ACCOUNT, user=None, about=user, facts=facts, http=self.request)


def may_sign_in_here(user: User) -> bool:
    """Whether the password alone is a way in: where it is switched off, for named emergency accounts only."""
    return bool(settings.ICP_LOCAL_SIGN_IN or user.get_username() in settings.ICP_LOCAL_SIGN_IN_FOR)


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(label="验证码", max_length=64, error_messages={"required": "填写验证码"})

    def __init__(self, *args: Any, is_recovery: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.widget.attrs |= {
            "class": "form-control code-field",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        if not self.is_bound:
            # With an error the cursor belongs to its words.
            field.widget.attrs["autofocus"] = True
        if is_recovery:
            field.label = "恢复码"
            field.error_messages["required"] = "填写恢复码"
            field.widget.attrs |= {"autocomplete": "off"}
        else:
            field.widget.attrs |= {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "7"}


class ChangePasswordForm(PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (
            ("old_password", "现在的密码"),
            ("new_password1", "新密码"),
            ("new_password2", "再输入一次新密码"),
        ):
            field = self.fields[name]
            field.label = label
            field.widget.attrs["class"] = "form-control w-name"
            _bound(field)
            # The cursor belongs to the summary when there are errors, else to the reader.
            field.widget.attrs.pop("autofocus", None)


def _bound(field: forms.Field) -> None:
    """Nobody has megabytes hashed."""
    field.validators.append(MaxLengthValidator(MOST_PASSWORD, f"最多 {MOST_PASSWORD} 个字符"))
    field.widget.attrs["maxlength"] = MOST_PASSWORD
