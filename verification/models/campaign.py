from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Campaign(models.Model):
    """专项核验: all filings of a kind are looked at again by a date. Spec: R15 of the training materials.

    Which filings: those in force that meet every condition which is set. Their items (`Visit`) are made in the background,
    in the order of their keys: `made_up_to` is the last subject that was looked at, `made_at` says that all were.
    `closed_at` ends it; what was open then stays open in its books.
    """

    name = models.CharField("名称", max_length=80)
    words = models.TextField("核什么", blank=True)
    due_on = models.DateField("截止日期")
    provinces = ArrayField(models.PositiveIntegerField(), verbose_name="省", default=list, blank=True)
    natures = ArrayField(models.PositiveIntegerField(), verbose_name="单位性质", default=list, blank=True)
    filed_before = models.DateField("在此日之前备案", null=True, blank=True)
    never_verified = models.BooleanField("只要从未核验的", default=False)
    made_up_to = models.BigIntegerField("已列到", default=0)
    made_at = models.DateTimeField("列完时间", null=True, blank=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="建立人"
    )
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "专项核验"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        return self.closed_at is None
