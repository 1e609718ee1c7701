"""What is sent: data files, what stands where in them, and the calls that carry them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from filing.models import Request
from filing.secrets import SealedBinaryField
from reporting.choices import NUMBER_HELD, UNSETTLED, CallOutcome, EntryOutcome, FileState, Method, Trouble
from reporting.models.link import HIGHEST_SEQUENCE, Link


class DataFile(models.Model):
    """数据文件: one upload, its bytes and its number, built and frozen before it is sent.

    `zip_bytes` is what is sent (before encryption), kept sealed until it is pruned; `zip_md5` is beianInfoHash,
    `sha256` names the zip, `xml_sha256` the XML inside. The moves of `state` stand in reporting/services/file_states.py.
    `packed_by` names the process: host, number, and what ran in it. `zip_size` is written when the bytes are pruned;
    until then the bytes tell it.
    """

    link = models.ForeignKey(Link, models.PROTECT, related_name="files", verbose_name="链路")
    sequence = models.BigIntegerField("数据编号")
    name = models.CharField("文件名", max_length=128)
    zip_bytes = SealedBinaryField("压缩内容", null=True)
    zip_md5 = models.CharField("哈希值", max_length=24)
    sha256 = models.CharField("SHA-256", max_length=64)
    xml_sha256 = models.CharField("XML 的 SHA-256", max_length=64)
    xml_bytes = models.BigIntegerField("XML 字节数")
    zip_size = models.BigIntegerField("压缩后字节数", null=True, blank=True)
    record_count = models.PositiveIntegerField("记录数")
    state = models.CharField("状态", max_length=16, choices=FileState.choices, default=FileState.PACKED)
    attempts = models.PositiveIntegerField("发送次数", default=0)
    refusals = models.PositiveIntegerField("同一代码连续拒收次数", default=0)
    code = models.IntegerField("应答代码", null=True, blank=True)
    message = models.TextField("应答说明", blank=True)
    proof = models.JSONField("受理凭据", default=dict, blank=True)
    packed_at = models.DateTimeField("打包时间", auto_now_add=True)
    packed_by = models.CharField("打包进程", max_length=128, blank=True)
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
        indexes = [
            # What was accepted today: home counts it.
            models.Index(
                fields=["settled_at"], condition=Q(state=FileState.ACCEPTED), name="file_accepted_at"
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
    trouble = models.CharField("问题在哪边", max_length=16, choices=Trouble.choices, blank=True)
    made_by = models.CharField("调用进程", max_length=128, blank=True)
    # Of the page or the wake-up that led to it: the log lines of that request carry the same.
    request_id = models.CharField("请求编号", max_length=64, blank=True, default="", db_default="")
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True, blank=True)

    class Meta:
        verbose_name = "调用"
        verbose_name_plural = "调用"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["link", "-started_at"]),
            # The latest of a link, and the latest that sent: diagnosis asks for both all the time. A link that has
            # nothing to send asks for downloads a thousand times between two uploads.
            models.Index(fields=["link", "-id"], name="call_latest"),
            models.Index(
                fields=["link", "-id"],
                condition=Q(method__in=[Method.UPLOAD, Method.PREVIOUS_UPLOAD]),
                name="call_that_sent",
            ),
            # The bureau's hours are told by its latest refusal outside them (code 20): few calls among very many.
            models.Index(fields=["link", "-id"], condition=Q(code=20), name="call_that_told_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.code if self.code is not None else self.outcome}"


def proof_of(file: DataFile, position: int | None = None) -> dict[str, Any]:
    """The proof that a history row carries for something a data file shows."""
    proof: dict[str, Any] = {"file": file.pk, "sequence": file.sequence, "name": file.name}
    return proof | ({"position": position} if position is not None else {})
