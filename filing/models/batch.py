from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from filing.choices import BatchAct, BatchAim, BatchKind, BatchRowState, BatchStage
from filing.models.request import Request
from filing.models.subject import Subject
from filing.secrets import SealedBinaryField


class Batch(models.Model):
    """批次: many of one kind at once: a spreadsheet, a move of address ranges, a review of several.

    `act` is what is being done with its rows, `stage` how far it has come, `position` the number of the last row that is
    done with: it moves in the transaction that writes what became of those rows, so a worker that is killed loses nothing.
    `plan` says what is wanted (ranges, decision); `aim` how far new requests go by themselves. `wants_pause`: a person
    asked the running act to stand still. `source` is the uploaded workbook, sealed, until `filing.tasks.erase_batches`
    takes it away; `source_sha256` knows it again.
    Written by `filing/services/batches.py` and what it calls.
    """

    kind = models.CharField("种类", max_length=16, choices=BatchKind.choices)
    title = models.CharField("名称", max_length=255)
    act = models.CharField("在办", max_length=16, choices=BatchAct.choices, default=BatchAct.MAKE)
    stage = models.CharField("进度", max_length=16, choices=BatchStage.choices, default=BatchStage.WAITING)
    position = models.PositiveIntegerField("办到第几行", default=0)
    wants_pause = models.BooleanField("要求暂停", default=False)
    aim = models.CharField("办到哪一步", max_length=16, choices=BatchAim.choices, default=BatchAim.DRAFT)
    isp_id = models.BigIntegerField("报备单位标识", null=True, blank=True)
    plan = models.JSONField("要求", default=dict, blank=True)
    words = models.TextField("说明", blank=True)
    source = SealedBinaryField("原表", null=True)
    source_name = models.CharField("文件名", max_length=255, blank=True)
    source_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发起人",
    )
    acted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="由谁要求",
    )
    created_name = models.CharField("发起人名称", max_length=150)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    seen_at = models.DateTimeField("最近进展", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "批次"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(stage__in=["waiting", "running"]), name="batch_under_way")
        ]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=BatchStage.values), name="batch_stage_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.title}"


class BatchRow(models.Model):
    """批次的一行: one request of a batch, or one that it was to become.

    `number` counts from 1; `first_line` and `last_line` are the lines of the workbook that it stands on. `key` names it
    (ref of a sheet's request, key of a subject). `edits` is the save counter that we left, so that a person's later
    work is noticed. `problems` is a list of {"path", "label", "message", "kind"}; `facts` what the page shows of it.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows", verbose_name="批次")
    number = models.PositiveIntegerField("序号")
    key = models.CharField("标识", max_length=160, blank=True)
    name = models.CharField("名称", max_length=255, blank=True)
    first_line = models.PositiveIntegerField("首行", default=0)
    last_line = models.PositiveIntegerField("末行", default=0)
    subject = models.ForeignKey(
        Subject, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="主体"
    )
    request = models.ForeignKey(
        Request, models.SET_NULL, null=True, blank=True, related_name="batch_rows", verbose_name="报备单"
    )
    state = models.CharField(
        "结果", max_length=16, choices=BatchRowState.choices, default=BatchRowState.WAITING
    )
    words = models.TextField("说明", blank=True)
    problems = models.JSONField("问题", default=list, blank=True)
    facts = models.JSONField("内容", default=dict, blank=True)
    edits = models.PositiveIntegerField("保存次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "批次的一行"
        ordering = ["batch", "number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="batch_row_once"),
            models.CheckConstraint(condition=Q(state__in=BatchRowState.values), name="batch_row_state_known"),
        ]
        indexes = [models.Index(fields=["batch", "state"], name="batch_row_by_state")]

    def __str__(self) -> str:
        return f"{self.batch_id}-{self.number} {self.name}"


class BatchImage(models.Model):
    """批次的图片: a picture that came with a workbook, sealed until the batch is made; `name` as the sheet says it."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="images", verbose_name="批次")
    name = models.CharField("文件名", max_length=255)
    content = SealedBinaryField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "批次的图片"
        constraints = [models.UniqueConstraint(fields=["batch", "name"], name="batch_image_once")]

    def __str__(self) -> str:
        return self.name
