"""What belongs to the rules: what a bureau wants otherwise, what a change of the rules breaks, where domains lead."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from filing.choices import DomainPoints, RuleSetting
from filing.models.request import Request
from filing.models.subject import Subject


class BureauRule(models.Model):
    """管局规则: what a bureau, or all of them, make of one rule: off, a warning, a refusal; in words of its own.

    `rule` is the name of a rule or a result code (then all rules for that code). `isp_id` is a link's unit number,
    `province` a bureau; both empty: everywhere. The closer one holds: link, province, everywhere.
    """

    rule = models.CharField("规则", max_length=64)
    isp_id = models.BigIntegerField("报备单位标识", null=True, blank=True)
    province = models.PositiveIntegerField("省", null=True, blank=True)
    setting = models.CharField("处理", max_length=8, choices=RuleSetting.choices)
    words = models.CharField("管局的说法", max_length=255, blank=True)
    changed_at = models.DateTimeField("更改时间", auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="更改人",
    )

    class Meta:
        verbose_name = verbose_name_plural = "管局规则"
        ordering = ["rule", "province", "isp_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "isp_id", "province"], name="bureau_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(setting__in=RuleSetting.values), name="bureau_rule_setting_known"
            ),
            models.CheckConstraint(condition=Q(isp_id=None) | Q(province=None), name="bureau_rule_one_place"),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.setting}"


class ImpactRun(models.Model):
    """规则影响检查: one pass over drafts and filings with the rules, tables and schemas as they stood (`made_with`).

    `done` of `total` is its progress; `finished_at` empty: under way, or its worker was killed.
    """

    made_with = models.CharField("规则版本", max_length=64)
    started_at = models.DateTimeField("开始", auto_now_add=True)
    alive_at = models.DateTimeField("最近进展", auto_now=True)
    finished_at = models.DateTimeField("完成", null=True, blank=True)
    total = models.PositiveIntegerField("总数", default=0)
    done = models.PositiveIntegerField("已查", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "规则影响检查"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.started_at}: {self.done}/{self.total}"


class Broken(models.Model):
    """受影响: a request, or a filing, that the rules would not let through now.

    `problems`: [{path, label, message, code}].
    """

    run = models.ForeignKey(ImpactRun, models.CASCADE, related_name="broken", verbose_name="检查")
    request = models.ForeignKey(
        Request, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="请求"
    )
    subject = models.ForeignKey(
        Subject, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="主体"
    )
    problems = models.JSONField("问题", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "受影响的备案"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(request=None, subject__isnull=False) | Q(subject=None, request__isnull=False),
                name="broken_is_of_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.request or self.subject)


class DomainLook(models.Model):
    """解析核对: where a domain of a request resolved to when it was last asked, beside the addresses declared for it.

    `addresses` are unsigned 32-bit numbers.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="domain_looks", verbose_name="请求")
    domain = models.CharField("域名", max_length=255)
    points = models.CharField("结果", max_length=12, choices=DomainPoints.choices)
    addresses = ArrayField(models.BigIntegerField(), verbose_name="解析到", default=list, blank=True)
    looked_at = models.DateTimeField("解析时间")

    class Meta:
        verbose_name = verbose_name_plural = "解析核对"
        ordering = ["domain"]
        constraints = [
            models.UniqueConstraint(fields=["request", "domain"], name="domain_look_once"),
            models.CheckConstraint(
                condition=Q(points__in=DomainPoints.values), name="domain_look_points_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain}: {self.points}"
