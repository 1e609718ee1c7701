"""The link to the bureau and what crosses it: calls, data files, downloads."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from filing.models import Request
from filing.secrets import SealedBinaryField, SealedTextField
from reporting.choices import (
    NUMBER_HELD,
    UNSETTLED,
    CallOutcome,
    Circuit,
    Direction,
    EntryOutcome,
    FileState,
    ItemOutcome,
    Method,
)

HIGHEST_SEQUENCE = 2**32 - 1
"""dataSequence has four bytes."""


class Link(models.Model):
    """报备链路: one unit number at one bureau (XML: ispId, Qqdwid), its parameters, sequence and circuit.

    `next_sequence` is the number that the next data file gets; it moves only in the transaction that settles a file.
    `upload_not_before` and `download_not_before` are the link's patience (back-off, reporting hours). `emptied_at` is the
    end of the latest poll that emptied the download queue: the freshness of every request that waits at this bureau.
    """

    isp_id = models.BigIntegerField("报备单位标识", unique=True)
    name = models.CharField("名称", max_length=64, blank=True)
    province = models.PositiveIntegerField("省")
    base_url = models.CharField("接口地址", max_length=255)
    user_name = models.CharField("用户名", max_length=64)
    password = SealedTextField("口令")
    aes_key = SealedTextField("AES 密钥")
    aes_iv = SealedTextField("AES 偏移量")
    encrypts = models.BooleanField("加密", default=False)
    timeout_s = models.PositiveIntegerField("超时（秒）", default=60)
    registered_address = models.GenericIPAddressField(
        "登记的上报地址", protocol="IPv4", null=True, blank=True
    )
    interface_version = models.CharField("接口版本", max_length=16, default="V.3.0")
    is_default = models.BooleanField("默认链路", default=False)
    next_sequence = models.BigIntegerField("下一数据编号", default=1)
    circuit = models.CharField("电路", max_length=16, choices=Circuit.choices, default=Circuit.CLOSED)
    circuit_reason = models.TextField("停止原因", blank=True)
    circuit_code = models.IntegerField("停止代码", null=True, blank=True)
    circuit_since = models.DateTimeField("停止时间", null=True, blank=True)
    circuit_direction = models.CharField("停止方向", max_length=16, choices=Direction.choices, blank=True)
    upload_failures = models.PositiveIntegerField("上报连续失败次数", default=0)
    upload_waiting_reason = models.TextField("上报等待原因", blank=True)
    upload_not_before = models.DateTimeField("上报不早于", null=True, blank=True)
    download_failures = models.PositiveIntegerField("下载连续失败次数", default=0)
    download_waiting_reason = models.TextField("下载等待原因", blank=True)
    download_not_before = models.DateTimeField("下载不早于", null=True, blank=True)
    answered_at = models.DateTimeField("最近应答", null=True, blank=True)
    emptied_at = models.DateTimeField("最近取空下载队列", null=True, blank=True)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = "报备链路"
        verbose_name_plural = "报备链路"
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="link_one_default"
            ),
            models.CheckConstraint(
                condition=Q(next_sequence__gte=1, next_sequence__lte=HIGHEST_SEQUENCE),
                name="link_sequence_in_range",
            ),
            models.CheckConstraint(condition=Q(isp_id__gte=1), name="link_isp_id_positive"),
            models.CheckConstraint(condition=Q(province__gte=100000), name="link_province_is_a_region"),
        ]
        permissions = [("operate_link", "链路：查看与操作报备链路")]

    def __str__(self) -> str:
        return f"{self.name or self.isp_id}"

    @property
    def waiting_reason(self) -> str:
        """Why the link waits, the sending side first; empty where it does not."""
        return self.upload_waiting_reason or self.download_waiting_reason

    def clean(self) -> None:
        if self.encrypts and not (self.aes_key and self.aes_iv):
            raise ValidationError("加密须有密钥和偏移量")


class DataFile(models.Model):
    """数据文件: one upload, its bytes and its number, built and frozen before it is sent.

    `zip_bytes` is what is sent (before encryption), kept sealed until it is pruned; `zip_md5` is beianInfoHash,
    `sha256` names the zip, `xml_sha256` the XML inside. The move of `state` stands in reporting/services/upload.py.
    """

    link = models.ForeignKey(Link, models.PROTECT, related_name="files", verbose_name="链路")
    sequence = models.BigIntegerField("数据编号")
    name = models.CharField("文件名", max_length=128)
    zip_bytes = SealedBinaryField("压缩内容", null=True)
    zip_md5 = models.CharField("哈希值", max_length=24)
    sha256 = models.CharField("SHA-256", max_length=64)
    xml_sha256 = models.CharField("XML 的 SHA-256", max_length=64)
    xml_bytes = models.BigIntegerField("XML 字节数")
    record_count = models.PositiveIntegerField("记录数")
    state = models.CharField("状态", max_length=16, choices=FileState.choices, default=FileState.PACKED)
    attempts = models.PositiveIntegerField("发送次数", default=0)
    refusals = models.PositiveIntegerField("同一代码连续拒收次数", default=0)
    code = models.IntegerField("应答代码", null=True, blank=True)
    message = models.TextField("应答说明", blank=True)
    proof = models.JSONField("受理凭据", default=dict, blank=True)
    packed_at = models.DateTimeField("打包时间", auto_now_add=True)
    sent_at = models.DateTimeField("最近发送", null=True, blank=True)
    settled_at = models.DateTimeField("落定时间", null=True, blank=True)
    pruned_at = models.DateTimeField("清理时间", null=True, blank=True)

    class Meta:
        verbose_name = "数据文件"
        verbose_name_plural = "数据文件"
        ordering = ["link", "-sequence", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["link", "name"], name="file_name_once_a_link"),
            models.UniqueConstraint(
                fields=["link", "sequence"],
                condition=Q(state__in=sorted(NUMBER_HELD)),
                name="file_number_held_once",
            ),
            models.UniqueConstraint(
                fields=["link"], condition=Q(state__in=sorted(UNSETTLED)), name="file_one_unsettled_a_link"
            ),
            models.CheckConstraint(condition=Q(state__in=FileState.values), name="file_state_known"),
            models.CheckConstraint(
                condition=Q(sequence__gte=1, sequence__lte=HIGHEST_SEQUENCE), name="file_sequence_in_range"
            ),
            models.CheckConstraint(
                condition=Q(record_count__gte=1, record_count__lte=1000), name="file_record_count_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link} 第 {self.sequence} 号"


class FileEntry(models.Model):
    """Which revision of which request stands where in a data file, and what became of it there."""

    file = models.ForeignKey(DataFile, models.CASCADE, related_name="entries", verbose_name="数据文件")
    request = models.ForeignKey(Request, models.PROTECT, related_name="file_entries", verbose_name="请求")
    revision_number = models.PositiveIntegerField("版本号")
    position = models.PositiveIntegerField("第几条")
    outcome = models.CharField(
        "结果", max_length=16, choices=EntryOutcome.choices, default=EntryOutcome.WAITING
    )
    outcome_at = models.DateTimeField("结果时间", null=True, blank=True)

    class Meta:
        verbose_name = "文件记录"
        verbose_name_plural = "文件记录"
        ordering = ["file", "position"]
        constraints = [
            models.UniqueConstraint(fields=["file", "position"], name="entry_once_a_position"),
            models.UniqueConstraint(fields=["file", "request"], name="entry_once_a_request"),
        ]

    def __str__(self) -> str:
        return f"{self.file} 第 {self.position} 条"


class Call(models.Model):
    """调用: one call of a method of the interface. Written before it leaves, completed when it ended."""

    link = models.ForeignKey(Link, models.CASCADE, related_name="calls", verbose_name="链路")
    method = models.CharField("方法", max_length=32, choices=Method.choices)
    file = models.ForeignKey(
        DataFile, models.CASCADE, null=True, blank=True, related_name="calls", verbose_name="数据文件"
    )
    sequence = models.BigIntegerField("数据编号", null=True, blank=True)
    outcome = models.CharField("结局", max_length=16, choices=CallOutcome.choices, default=CallOutcome.OPEN)
    code = models.IntegerField("代码", null=True, blank=True)
    message = models.TextField("说明", blank=True)
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True, blank=True)

    class Meta:
        verbose_name = "调用"
        verbose_name_plural = "调用"
        ordering = ["-id"]
        indexes = [models.Index(fields=["link", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.method} {self.code if self.code is not None else self.outcome}"


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
        indexes = [models.Index(fields=["link"], condition=Q(applied_at=None), name="download_to_apply")]

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
        indexes = [models.Index(fields=["outcome"])]

    def __str__(self) -> str:
        return f"{self.download} 第 {self.position} 条 {self.kind}"


def proof_of(file: DataFile, position: int | None = None) -> dict[str, Any]:
    """The proof that a history row carries for something a data file shows."""
    proof: dict[str, Any] = {"file": file.pk, "sequence": file.sequence, "name": file.name}
    return proof | ({"position": position} if position is not None else {})
