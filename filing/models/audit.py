"""The record of who did and saw what, and the seals over its days. Rows are added, never changed: triggers refuse it."""

from __future__ import annotations

from django.db import models

from filing.choices import AuditAction


class AuditEntry(models.Model):
    """审计记录: one act, with who did it, as what, from where. Written by `filing.services.audit.note` alone.

    Nothing points out of a row, so that it stays as it was when an account, a request or a role is gone: people and objects
    are named by number and by words. `session` is a hash of the session's key. `facts` is a small document without secrets;
    identity numbers and phones are masked in it. Only `erase_before` of the same service takes rows away.
    """

    at = models.DateTimeField("时间")
    action = models.CharField("动作", max_length=24)
    user_id = models.BigIntegerField("人员编号", null=True, blank=True)
    user_name = models.CharField("人员", max_length=310, blank=True)
    roles = models.CharField("当时的角色", max_length=100, blank=True)
    address = models.GenericIPAddressField("来自地址", null=True, blank=True)
    session = models.CharField("会话", max_length=16, blank=True)
    request_id = models.CharField("访问编号", max_length=64, blank=True)
    kind = models.CharField("对象类型", max_length=48, blank=True)
    key = models.CharField("对象", max_length=160, blank=True)
    name = models.CharField("对象名称", max_length=255, blank=True)
    facts = models.JSONField("说明", default=dict, blank=True)

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["at", "id"], name="audit_at"),
            models.Index(fields=["user_id", "at", "id"], name="audit_user"),
            models.Index(fields=["kind", "key", "at", "id"], name="audit_object"),
            models.Index(fields=["action", "at", "id"], name="audit_action"),
        ]
        permissions = [("audit_everything", "审计：查看一切和审计记录，不改动任何内容")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.user_name} {self.action_words}"

    @property
    def action_words(self) -> str:
        """The action in words; one that this version does not know is shown as it stands."""
        return str(AuditAction(self.action).label) if self.action in AuditAction.values else self.action


class AuditSeal(models.Model):
    """审计封存: the hash over the rows of one local day, chained to the day before.

    `digest` covers the rows, `chain` the digest, the count and the chain of the day before. Where the rows of a day were
    erased by rule, `erased_at` says so and the chain goes on over it.
    """

    day = models.DateField("日期", unique=True)
    rows = models.PositiveIntegerField("条数")
    digest = models.CharField("当日哈希", max_length=64)
    chain = models.CharField("链上哈希", max_length=64)
    sealed_at = models.DateTimeField("封存时间")
    erased_at = models.DateTimeField("到期清理时间", null=True, blank=True)

    class Meta:
        verbose_name = "审计封存"
        verbose_name_plural = "审计封存"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.rows}"
