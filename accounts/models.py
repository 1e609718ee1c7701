"""What belongs to signing in: sessions, waits after failures, former passwords, the second factor, identities elsewhere."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from filing.secrets import SealedTextField

_USER = settings.AUTH_USER_MODEL


class SignInSession(AbstractBaseSession):
    """登录会话: Django's session, and in columns of their own whose it is, since when and from where.

    The columns are copies of what the session itself holds (`accounts/sessions.py`), so that a person can be shown their
    sessions and each can be ended by deleting its row. `active_at` is the exception: it stands in the column alone, so that
    to note that somebody works does not write the session's content, which another request may be changing.
    """

    user = models.ForeignKey(_USER, models.CASCADE, null=True, related_name="+", verbose_name="人员")
    began_at = models.DateTimeField("登录时间", null=True)
    active_at = models.DateTimeField("最近操作")
    address = models.GenericIPAddressField("来自地址", null=True)
    device = models.CharField("设备", max_length=200, blank=True)

    class Meta:
        verbose_name = "登录会话"
        verbose_name_plural = "登录会话"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Django asks the row for its store; which one is used is a setting."""
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store

    def __str__(self) -> str:
        # The key is what lets a browser in: it is never shown.
        return f"{self.user_id} {self.began_at}"


class Account(models.Model):
    """账户状态: what an account owes before it may work. Written by `services.passwords` alone."""

    user = models.OneToOneField(
        _USER, models.CASCADE, primary_key=True, related_name="account", verbose_name="人员"
    )
    must_change_password = models.BooleanField("须改密码", default=False)
    password_set_at = models.DateTimeField("密码设定时间", null=True)

    class Meta:
        verbose_name = "账户状态"
        verbose_name_plural = "账户状态"

    def __str__(self) -> str:
        return str(self.user_id)


class FormerPassword(models.Model):
    """用过的密码: its hash, as Django stores a password. The last five of a person, the present one among them."""

    user = models.ForeignKey(_USER, models.CASCADE, related_name="+", verbose_name="人员")
    encoded = models.CharField("密码哈希", max_length=255)
    set_at = models.DateTimeField("设定时间", auto_now_add=True)

    class Meta:
        verbose_name = "用过的密码"
        verbose_name_plural = "用过的密码"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at:%Y-%m-%d}"


class TryKind(models.TextChoices):
    """What failures are counted by."""

    ACCOUNT = "account", "账户"
    ADDRESS = "address", "来自地址"
    CODE = "code", "验证码"


class FailedTries(models.Model):
    """登录失败: how often it went wrong by one account name, address or second factor. Written by `services.throttle`.

    `key` is a keyed hash: what people type as a name may be their password. A name is counted whether or not there is
    such an account.
    """

    kind = models.CharField("按什么计", max_length=8, choices=TryKind)
    key = models.CharField("标识", max_length=64)
    failures = models.PositiveIntegerField("次数", default=0)
    counted_from = models.DateTimeField("从何时起计", null=True)
    last_at = models.DateTimeField("最近一次")
    blocked_until = models.DateTimeField("锁定到", null=True)

    class Meta:
        verbose_name = "登录失败"
        verbose_name_plural = "登录失败"
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="failed_tries_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.failures}"


class SecondFactor(models.Model):
    """第二验证: the secret shared with a person's authenticator app, sealed. It counts once `confirmed_at` is set.

    `last_step` is the period of 30 seconds whose code was used last: no code is taken twice, nor an earlier one.
    """

    user = models.OneToOneField(
        _USER, models.CASCADE, primary_key=True, related_name="second_factor", verbose_name="人员"
    )
    secret = SealedTextField("密钥")
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    confirmed_at = models.DateTimeField("启用时间", null=True)
    last_step = models.BigIntegerField("最近用过的时段", default=0)

    class Meta:
        verbose_name = "第二验证"
        verbose_name_plural = "第二验证"

    def __str__(self) -> str:
        return str(self.user_id)


class RecoveryCode(models.Model):
    """恢复码: the hash of one; 80 random bits need no salt. Each lets in once."""

    user = models.ForeignKey(_USER, models.CASCADE, related_name="recovery_codes", verbose_name="人员")
    digest = models.CharField("哈希", max_length=64)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "恢复码"
        verbose_name_plural = "恢复码"
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.user_id)


class ProviderIdentity(models.Model):
    """统一身份: who a person is for the provider of single sign-on: issuer and subject. Names and mail may change."""

    user = models.ForeignKey(_USER, models.CASCADE, related_name="identities", verbose_name="人员")
    issuer = models.CharField("签发者", max_length=255)
    subject = models.CharField("标识（sub）", max_length=255)
    linked_at = models.DateTimeField("绑定时间", auto_now_add=True)

    class Meta:
        verbose_name = "统一身份"
        verbose_name_plural = "统一身份"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="provider_identity_once")]

    def __str__(self) -> str:
        return f"{self.issuer}: {self.subject}"
