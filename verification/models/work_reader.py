from __future__ import annotations

from django.conf import settings
from django.db import models


class WorkReader(models.Model):
    """正在办: somebody has the page of a piece of work open; `about` names it: "tasks:12", "visits:7".

    A light lease as that of the review (`filing.models.ReviewReader`): it forbids nothing, others are told.
    """

    about = models.CharField("对象", max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="谁")
    opened_at = models.DateTimeField("打开时间")
    seen_at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = verbose_name_plural = "正在办"
        constraints = [models.UniqueConstraint(fields=["about", "user"], name="work_reader_once")]

    def __str__(self) -> str:
        return f"{self.about}: {self.user_id}"
