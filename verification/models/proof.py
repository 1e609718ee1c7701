"""What proves that a request is true: verifications, the forms that were printed, the papers that are kept."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from filing.models import Attachment, Request
from verification.choices import Outcome, Way


class Verification(models.Model):
    """核验记录: somebody looked whether a request is true. Never changed; what is done again is a row of its own.

    `covers` holds a mark for each need that it answers (verification/services/proving.py): whose, in which way, and the
    digest of what was stated then, so that it counts as long as that stays the same. `ticks` are what was seen, in
    words. `photo` is that of the visit.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="verifications", verbose_name="请求")
    revision_number = models.PositiveIntegerField("版本号")
    way = models.CharField("方式", max_length=16, choices=Way.choices)
    outcome = models.CharField("结果", max_length=16, choices=Outcome.choices)
    covers = ArrayField(models.CharField(max_length=300), verbose_name="核验了什么")
    ticks = ArrayField(models.CharField(max_length=100), verbose_name="核对过", default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="核验人"
    )
    by_name = models.CharField("核验人姓名", max_length=150)
    at = models.DateTimeField("核验时间")
    place = models.CharField("核验地点", max_length=200, blank=True)
    photo = models.ForeignKey(
        Attachment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="现场照片",
    )
    words = models.TextField("说明", blank=True)
    created_at = models.DateTimeField("记录时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "核验记录"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(way__in=[Way.IN_PERSON, Way.OTHER]), name="verification_way_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="verification_outcome_known"
            ),
            models.CheckConstraint(condition=~Q(covers=[]), name="verification_covers_something"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.PASSED) | ~Q(words=""), name="verification_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.way} {self.outcome}"


class PrintedForm(models.Model):
    """核验单: a verification form as it was printed. `code` stands on it and belongs to exactly what it states.

    `key` names its website in the request. `content` is what it states, in the shape of a change (docs/filing-json.md),
    so that a form from an earlier version can be compared with what is asked now.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="printed_forms", verbose_name="请求")
    revision_number = models.PositiveIntegerField("版本号")
    key = models.CharField("网站", max_length=200)
    code = models.CharField("编码", max_length=8)
    content = models.JSONField("所载内容")
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="打印人"
    )
    printed_at = models.DateTimeField("打印时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "核验单"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["request", "key", "code"], name="printed_form_once"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.code}"


class KeptMaterial(models.Model):
    """留存材料: a paper that stays with the provider, with who saw the original, when and where.

    `purpose` is the official code of Fjyt, None for what the interface has no code for; `code` what was typed from
    a signed form. `kept_until` is the first day on which it need not be kept any more (verification/services/keeping.py).
    """

    request = models.ForeignKey(Request, models.PROTECT, related_name="kept_materials", verbose_name="请求")
    key = models.CharField("所属", max_length=200)
    purpose = models.PositiveIntegerField("用途", null=True, blank=True)
    title = models.CharField("名称", max_length=100)
    image = models.ForeignKey(Attachment, models.PROTECT, related_name="+", verbose_name="图片")
    code = models.CharField("核验单编码", max_length=8, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="核对人"
    )
    seen_by_name = models.CharField("核对人姓名", max_length=150)
    seen_at = models.DateTimeField("核对时间")
    seen_where = models.CharField("核对地点", max_length=200)
    kept_until = models.DateField("至少保存到")
    created_at = models.DateTimeField("存入时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "留存材料"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.title}"
