"""What the parts of the service write down of themselves, so that any process can tell how all of them fare."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """A process told that it lives. `part`: beat, worker, or tasks (a task that beat woke was done by a worker)."""

    part = models.CharField("部分", max_length=16)
    name = models.CharField("进程", max_length=160)
    at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = verbose_name_plural = "心跳"
        constraints = [models.UniqueConstraint(fields=["part", "name"], name="heartbeat_once_a_process")]

    def __str__(self) -> str:
        return f"{self.part} {self.name}"


class CallFigure(models.Model):
    """How many calls of a kind have ended, and how long they took: kept by a trigger on the calls, so it outlives them.

    `code` is -1 where no code came. `bucket` is the place of the duration among `CALL_BOUNDS_S`: 0 is below the first.
    """

    isp_id = models.BigIntegerField("报备单位标识")
    method = models.CharField("方法", max_length=32)
    outcome = models.CharField("结局", max_length=16)
    code = models.IntegerField("代码")
    bucket = models.PositiveSmallIntegerField("耗时区间")
    calls = models.BigIntegerField("次数")
    seconds = models.FloatField("耗时（秒）")

    class Meta:
        verbose_name = verbose_name_plural = "调用计数"
        constraints = [
            models.UniqueConstraint(
                fields=["isp_id", "method", "outcome", "code", "bucket"], name="call_figure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.isp_id} {self.method} {self.outcome} {self.code}"


CALL_BOUNDS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Bounds of the histogram of durations. The trigger holds the same: a change of them is a migration."""


class TaskFailure(models.Model):
    """How often a background task ended with an error that nobody expected, and when it did last."""

    task = models.CharField("任务", max_length=160, unique=True)
    failures = models.BigIntegerField("次数", default=0)
    at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = verbose_name_plural = "任务失败"

    def __str__(self) -> str:
        return self.task
