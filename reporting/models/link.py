"""A link: one unit number at one bureau, and the comparison of its numbers with the bureau's."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from filing.secrets import SealedBinaryField, SealedTextField
from reporting.choices import Circuit, Direction, NumberDecision, NumberForm, NumberVerdict, PasswordForm

HIGHEST_SEQUENCE = 2**32 - 1
"""dataSequence has four bytes."""


class Link(models.Model):
    """报备链路: one unit number at one bureau (XML: ispId, Qqdwid), its parameters, sequence and circuit.

    `next_sequence` is the number that the next data file gets; it moves only in the transaction that settles a file.
    `upload_not_before` and `download_not_before` are the link's patience (back-off, reporting hours). `emptied_at` is
    when the latest poll that emptied the download queue asked and found it empty, written once what came was applied: the
    freshness of every request that waits at this bureau.
    `upload_paused_at` and `download_paused_at`: a person paused that direction (services/pausing.py writes them).
    `compared_in` names the life of the database in which the numbers were last found equal to the bureau's
    (services/numbering.py): a new or restored one compares before it sends.
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
    password_form = models.CharField(
        "校验备案密码的形式", max_length=8, choices=PasswordForm.choices, default=PasswordForm.HASHED
    )
    password_number = models.CharField(
        "校验备案密码的号码", max_length=8, choices=NumberForm.choices, default=NumberForm.SUBJECT
    )
    most_password_tries = models.PositiveSmallIntegerField("每个备案可校验密码次数", default=5)
    interface_version = models.CharField("接口版本", max_length=16, default="V.3.0")
    is_default = models.BooleanField("默认链路", default=False)
    next_sequence = models.BigIntegerField("下一数据编号", default=1)
    compared_in = models.CharField("编号核对于", max_length=128, blank=True)
    compared_at = models.DateTimeField("编号核对时间", null=True, blank=True)
    compared_url = models.CharField("编号核对地址", max_length=255, blank=True)
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
    upload_paused_at = models.DateTimeField("暂停上报于", null=True, blank=True)
    upload_paused_by = models.CharField("暂停上报的人", max_length=150, blank=True)
    upload_paused_reason = models.CharField("暂停上报的原因", max_length=200, blank=True)
    download_paused_at = models.DateTimeField("暂停下载于", null=True, blank=True)
    download_paused_by = models.CharField("暂停下载的人", max_length=150, blank=True)
    download_paused_reason = models.CharField("暂停下载的原因", max_length=200, blank=True)
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

    def paused_at(self, direction: str) -> datetime | None:
        """Since when a person keeps this direction from calling; None where nobody does."""
        return self.upload_paused_at if direction == Direction.SENDING else self.download_paused_at

    def clean(self) -> None:
        if self.encrypts and not (self.aes_key and self.aes_iv):
            raise ValidationError("加密须有密钥和偏移量")


class LinkPause(models.Model):
    """暂停: one direction of a link was paused or resumed, by whom and why. Never changed."""

    link = models.ForeignKey(Link, models.CASCADE, related_name="pauses", verbose_name="链路")
    direction = models.CharField("方向", max_length=16, choices=Direction.choices)
    is_pause = models.BooleanField("暂停，否则恢复")
    reason = models.CharField("原因", max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="操作人"
    )
    by_name = models.CharField("操作人姓名", max_length=150)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "暂停与恢复"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{'暂停' if self.is_pause else '恢复'}{self.get_direction_display()}"


class NumberCheck(models.Model):
    """编号核对: both sides of the sequence, ours and the bureau's, seen at one moment; where they differ, who decided what.

    `bureau_zip` is the bureau's last file as isp_querypreviousupload gave it (decrypted), sealed, so that a person can
    see both. A check that needs a person and has no `decided_at` holds up the sending of its link.
    """

    link = models.ForeignKey(Link, models.CASCADE, related_name="number_checks", verbose_name="链路")
    asked_at = models.DateTimeField("核对时间")
    our_next = models.BigIntegerField("我方下一编号")
    our_file = models.ForeignKey(
        "reporting.DataFile",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="number_checks",
        verbose_name="我方未落定文件",
    )
    bureau_sequence = models.BigIntegerField("管局最近编号")
    bureau_name = models.CharField("管局文件名", max_length=255, blank=True)
    bureau_sha256 = models.CharField("管局文件 SHA-256", max_length=64, blank=True)
    bureau_zip = SealedBinaryField("管局文件内容", null=True)
    verdict = models.CharField("结论", max_length=16, choices=NumberVerdict.choices)
    words = models.TextField("说明", blank=True)
    decision = models.CharField("决定", max_length=16, choices=NumberDecision.choices, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="决定人",
    )
    decided_name = models.CharField("决定人名称", max_length=150, blank=True)
    note = models.TextField("备注", blank=True)

    class Meta:
        verbose_name = "编号核对"
        verbose_name_plural = "编号核对"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["link"],
                condition=Q(decided_at=None) & ~Q(verdict="equal"),
                name="number_check_one_open_a_link",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=NumberVerdict.values), name="number_check_verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link}：我方下一 {self.our_next}，管局最近 {self.bureau_sequence}"
