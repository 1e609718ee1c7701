"""What came: downloads kept as they came, their records, and files that failed their check."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from filing.models import Request
from filing.secrets import SealedBinaryField
from reporting.choices import ItemOutcome
from reporting.models.link import Link


class Download(models.Model):
    """下载文件: one file from the bureau's queue, kept as it came.

    Stored after its hash was checked, acknowledged after it was stored, applied after it was acknowledged; each of
    the three has its time. `zip_bytes` is what the hash covers, sealed. `bureau_name` names it in the acknowledgement.
    `oddities` says in Chinese what did not conform.
    """

    link = models.ForeignKey(Link, models.PROTECT, related_name="downloads", verbose_name="链路")
    bureau_name = models.CharField("管局文件名", max_length=255)
    sha256 = models.CharField("SHA-256", max_length=64)
    zip_bytes = SealedBinaryField("压缩内容", null=True)
    size_bytes = models.BigIntegerField("字节数")
    received_at = models.DateTimeField("收到")
    acknowledged_at = models.DateTimeField("确认", null=True, blank=True)
    applied_at = models.DateTimeField("应用", null=True, blank=True)
    oddities = models.JSONField("不规范之处", default=list, blank=True)

    class Meta:
        verbose_name = "下载文件"
        verbose_name_plural = "下载文件"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["link", "bureau_name", "sha256"], name="download_stored_once"),
        ]
        indexes = [
            models.Index(fields=["link"], condition=Q(applied_at=None), name="download_to_apply"),
            models.Index(fields=["received_at"], name="download_received_at"),
        ]

    def __str__(self) -> str:
        return self.bureau_name


class DownloadItem(models.Model):
    """One record of a download: what it is, what became of it, whom it concerned.

    `position` counts the records of the document from 1; `path` is its XPath. The record itself is read again from
    the download's bytes, so that papers of people are kept in one place only. `handled_at` is set where a person dealt
    with what nobody could match, apply or understand: the outcome stays, for it is what happened.
    """

    download = models.ForeignKey(Download, models.CASCADE, related_name="items", verbose_name="下载文件")
    position = models.PositiveIntegerField("第几条")
    path = models.CharField("路径", max_length=255)
    kind = models.CharField("种类", max_length=64)
    outcome = models.CharField(
        "结局", max_length=16, choices=ItemOutcome.choices, default=ItemOutcome.WAITING
    )
    reason = models.TextField("说明", blank=True)
    summary = models.TextField("摘要", blank=True)
    request = models.ForeignKey(
        Request, models.SET_NULL, null=True, blank=True, related_name="download_items", verbose_name="请求"
    )
    applied_at = models.DateTimeField("处理时间", null=True, blank=True)
    handled_at = models.DateTimeField("人工处理时间", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    handled_note = models.TextField("处理说明", blank=True)

    class Meta:
        verbose_name = "下载记录"
        verbose_name_plural = "下载记录"
        ordering = ["download", "position"]
        constraints = [models.UniqueConstraint(fields=["download", "position"], name="item_once_a_position")]
        indexes = [
            models.Index(fields=["outcome"]),
            # What needs a person (reporting/inbox.py), which home and bell ask for all the time.
            models.Index(
                fields=["download"],
                condition=Q(outcome__in=["failed", "unknown", "unmatched"], handled_at=None),
                name="item_for_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.download} 第 {self.position} 条 {self.kind}"


class BrokenDownload(models.Model):
    """未通过校验的下载: a file that failed its hash, or could not be decrypted or unzipped.

    It is not acknowledged, so it comes again. `content` is what came (still encrypted where it came so), sealed, for the
    bureau's people to compare; one row for each name and content, `times` counts how often it came. `resolved_at` is set
    when a sound file of that name came, or by a person.
    """

    link = models.ForeignKey(Link, models.PROTECT, related_name="broken_downloads", verbose_name="链路")
    bureau_name = models.CharField("管局文件名", max_length=255)
    claimed_hash = models.CharField("所称哈希值", max_length=64, blank=True)
    sha256 = models.CharField("内容的 SHA-256", max_length=64)
    content = SealedBinaryField("内容", null=True)
    size_bytes = models.BigIntegerField("字节数")
    reason = models.TextField("原因")
    times = models.PositiveIntegerField("来过几次", default=1)
    first_at = models.DateTimeField("首次")
    last_at = models.DateTimeField("最近")
    resolved_at = models.DateTimeField("解决时间", null=True, blank=True)
    resolved_note = models.TextField("如何解决", blank=True)

    class Meta:
        verbose_name = "未通过校验的下载"
        verbose_name_plural = "未通过校验的下载"
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(fields=["link", "bureau_name", "sha256"], name="broken_stored_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bureau_name}：{self.reason}"
