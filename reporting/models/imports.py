"""Taking over what exists: a run over files that were handed over, what was odd in them, what could not be taken."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models

from filing.models import Subject
from filing.secrets import SealedBinaryField
from reporting.choices import ImportStage, Oddity, Remedy


class ImportRun(models.Model):
    """接管存量数据: one run over files of one unit.

    `wanted` is what a person asked of a run that is under way: "pause" or "stop". `is_complete`: the files are all that
    the bureau holds of the unit, so what stands here and not in them is a difference. `compares_only`: nothing filed is
    written. `counts` by name, written with the rows of each batch; `busy_s` is the time that it took, pauses left out.
    """

    isp_id = models.BigIntegerField("报备单位标识")
    origin = models.CharField("来源", max_length=255)
    is_complete = models.BooleanField("是该单位的全部数据", default=False)
    compares_only = models.BooleanField("只对账", default=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发起人",
    )
    started_name = models.CharField("发起人名称", max_length=150, blank=True)
    stage = models.CharField("进度", max_length=16, choices=ImportStage.choices, default=ImportStage.WAITING)
    wanted = models.CharField("要求", max_length=8, blank=True)
    words = models.TextField("说明", blank=True)
    counts = models.JSONField("计数", default=dict, blank=True)
    busy_s = models.FloatField("用时（秒）", default=0.0)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    seen_at = models.DateTimeField("最近进展", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "接管"
        verbose_name_plural = "接管"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"接管 {self.pk}"


class ImportSource(models.Model):
    """接管的文件: one XML document of a run: a file, or an entry of a zip (`inner`, steps joined by "!").

    `position` is how many of its records are done: it moves in the transaction that writes what they brought, so a run
    that was killed goes on behind it. `sha256` is that of the file on disk.
    """

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="sources", verbose_name="接管")
    number = models.PositiveIntegerField("序号")
    path = models.CharField("文件", max_length=1024)
    inner = models.CharField("压缩包内", max_length=1024, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    size_bytes = models.BigIntegerField("字节数", default=0)
    read_bytes = models.BigIntegerField("已读字节数", default=0)
    position = models.PositiveBigIntegerField("已处理记录", default=0)
    stage = models.CharField("进度", max_length=16, choices=ImportStage.choices, default=ImportStage.WAITING)
    words = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接管的文件"
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_source_once_a_run")]

    def __str__(self) -> str:
        return f"{self.path} {self.inner}".strip()

    @property
    def shown(self) -> str:
        """The file by its name, and the entry within it: where it lies on the server is nobody's business."""
        return " › ".join([Path(self.path).name, *filter(None, self.inner.split("!"))])


class ImportDeviation(models.Model):
    """不规范之处: one thing that is odd in a handed-over record, and what was done with it.

    Told once for a record however often it is imported: `digest` is over what it says of whom; `last_run` is the
    latest run that met it. `value` is masked where it is a person's. `handled_at`: a person is done with it.
    """

    isp_id = models.BigIntegerField("报备单位标识")
    digest = models.CharField("摘要", max_length=40)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="deviations", verbose_name="接管")
    last_run = models.ForeignKey(ImportRun, models.CASCADE, related_name="+", verbose_name="最近的接管")
    source = models.PositiveIntegerField("文件序号")
    position = models.PositiveBigIntegerField("第几条")
    subject = models.ForeignKey(
        Subject, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="主体"
    )
    name = models.CharField("名称", max_length=255, blank=True)
    kind = models.CharField("种类", max_length=16, choices=Oddity.choices)
    remedy = models.CharField("处置", max_length=16, choices=Remedy.choices)
    place = models.CharField("位置", max_length=255, blank=True)
    value = models.TextField("内容", blank=True)
    words = models.TextField("说明")
    handled_at = models.DateTimeField("处理时间", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )

    class Meta:
        verbose_name = verbose_name_plural = "不规范之处"
        constraints = [
            models.UniqueConstraint(fields=["isp_id", "digest"], name="import_deviation_told_once")
        ]
        indexes = [
            models.Index(fields=["last_run", "id"], name="import_deviation_by_run"),
            models.Index(fields=["kind", "id"], name="import_deviation_by_kind"),
            models.Index(fields=["subject"], name="import_deviation_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.place}：{self.words}"


class ImportKept(models.Model):
    """保留的原文: a record that was not taken, or not all of it, as it came; sealed, for it names people."""

    isp_id = models.BigIntegerField("报备单位标识")
    sha256 = models.CharField("SHA-256", max_length=64)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="kept", verbose_name="接管")
    source = models.PositiveIntegerField("文件序号")
    position = models.PositiveBigIntegerField("第几条")
    kind = models.CharField("种类", max_length=64)
    subject = models.ForeignKey(
        Subject, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="主体"
    )
    is_taken = models.BooleanField("已存入一部分", default=False)
    reason = models.TextField("原因", blank=True)
    size_bytes = models.BigIntegerField("字节数")
    content = SealedBinaryField("原文", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "保留的原文"
        constraints = [models.UniqueConstraint(fields=["isp_id", "sha256"], name="import_kept_once")]

    def __str__(self) -> str:
        return f"{self.kind} 第 {self.position} 条"
