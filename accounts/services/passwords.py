"""Passwords: which are taken, which were used before, and which must be changed at the next sign-in."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Account, FormerPassword
from accounts.services.sessions import end_sessions

REMEMBERED = 5
RULES = (
    "至少 12 个字符，长的比杂的好：几个不相干的词连起来就很好",
    "不能与用户名、姓名或邮箱相近",
    "不能是常见密码，也不能全是数字",
    f"不能是最近用过的 {REMEMBERED} 个密码",
)
"""What AUTH_PASSWORD_VALIDATORS asks for, in words for the pages."""


class FormerPasswordValidator:
    """Refuses the present password and the last ones; Django also tells it of every password that was set.

    That is the one place through which each new password goes, whoever sets it and how: here it is remembered, and the
    sessions that the old one let in are ended.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises: ValidationError for one of the last passwords of this person."""
        if user is None or user.pk is None:
            return
        known = list(
            FormerPassword.objects.filter(user_id=user.pk)[:REMEMBERED].values_list("encoded", flat=True)
        )
        # An account from before passwords were remembered has its present one here only.
        if user.password and user.password not in known:
            known.append(user.password)
        if any(check_password(password, encoded) for encoded in known):
            raise ValidationError(
                f"最近 {REMEMBERED} 个密码里用过，请换一个新的。", code="password_used_before"
            )

    def get_help_text(self) -> str:
        """In the words of the rules page."""
        return f"{RULES[3]}。"

    def password_changed(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Called by Django after a person with a new password was saved."""
        if not isinstance(user, User) or user.pk is None:
            return
        FormerPassword.objects.create(user=user, encoded=user.password)
        kept = FormerPassword.objects.filter(user=user)[:REMEMBERED].values_list("pk", flat=True)
        FormerPassword.objects.filter(user=user).exclude(pk__in=list(kept)).delete()
        Account.objects.update_or_create(
            user=user, defaults={"password_set_at": timezone.now(), "must_change_password": False}
        )
        end_sessions(user)


def ask_for_change(user: User) -> None:
    """Somebody else knows this password: its owner chooses another one at the next sign-in."""
    Account.objects.update_or_create(user=user, defaults={"must_change_password": True})


def must_change(user: User) -> bool:
    """Whether somebody else set the password of this person."""
    return Account.objects.filter(user=user, must_change_password=True).exists()
