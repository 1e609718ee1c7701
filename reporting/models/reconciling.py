"""Reconciliation: where what we hold and what the bureau says are not the same."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from filing.models import Subject
from reporting.choices import DifferenceDecision, Side
from reporting.models.downloads import Download
from reporting.models.imports import ImportRun


class Reconciliation(models.Model):
    """对账: the bureau's word (an import, or a synchronisation over the link) compared with what stood here before.

    `is_complete`: it is all that the bureau holds of the unit, so that what only stands here was looked for too.
    """

    isp_id = models.BigIntegerField("报备单位标识")
    run = models.OneToOneField(
        ImportRun,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="reconciliation",
        verbose_name="接管",
    )
    download = models.OneToOneField(
        Download,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="reconciliation",
        verbose_name="下载文件",
    )
    is_complete = models.BooleanField("是该单位的全部数据", default=False)
    compared = models.PositiveBigIntegerField("比对的主体", default=0)
    made_at = models.DateTimeField("时间", auto_now_add=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "对账"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"对账 {self.pk}"


class Met(models.Model):
    """What a reconciliation met, some thousands of ids in a row: to find out afterwards what it did not meet."""

    reconciliation = models.ForeignKey(
        Reconciliation, models.CASCADE, related_name="met", verbose_name="对账"
    )
    kind = models.CharField("种类", max_length=16)
    ids = ArrayField(models.BigIntegerField(), verbose_name="管局标识", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "对账所见"

    def __str__(self) -> str:
        return f"{self.kind} {len(self.ids)}"


class Difference(models.Model):
    """差异: one record that only one side has, or that both have differently; values of people are masked.

    Nothing is deleted because of it: a person decides.
    """

    reconciliation = models.ForeignKey(
        Reconciliation, models.CASCADE, related_name="differences", verbose_name="对账"
    )
    side = models.CharField("哪一边", max_length=8, choices=Side.choices)
    kind = models.CharField("记录", max_length=16)
    bureau_id = models.BigIntegerField("管局记录标识", null=True, blank=True)
    subject = models.ForeignKey(
        Subject, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="主体"
    )
    row = models.BigIntegerField("本系统记录", null=True, blank=True)
    name = models.CharField("名称", max_length=512, blank=True)
    fields = models.JSONField("不同的内容", default=list, blank=True)
    decision = models.CharField(
        "决定", max_length=8, choices=DifferenceDecision.choices, default=DifferenceDecision.OPEN
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="决定人",
    )
    note = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "差异"
        indexes = [models.Index(fields=["reconciliation", "side", "id"], name="difference_by_side")]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.name}"
