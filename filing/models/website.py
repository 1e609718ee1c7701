from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from filing.choices import FiledState
from filing.models.people import FiledRecord, ResponsiblePerson
from filing.models.subject import Subject
from filing.models.words import FoldedName, Grams


class Website(FiledRecord, ResponsiblePerson):
    """网站 (XML: Wz_xx): what is filed under a subject.

    `pre_approvals` is a list of {"type", "number", "scans"} where scans are content hashes of attachments.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="websites", verbose_name="主体")
    number = models.CharField("网站备案号", max_length=128, blank=True, db_index=True)
    name = models.CharField("网站名称", max_length=512)
    home_url = models.CharField("首页网址", max_length=512, blank=True)
    service_contents = ArrayField(models.PositiveIntegerField(), verbose_name="服务内容", default=list)
    languages = ArrayField(models.PositiveIntegerField(), verbose_name="语言类别", default=list)
    pre_approvals = models.JSONField("前置审批", default=list, blank=True)
    remarks = models.CharField("备注", max_length=1024, blank=True)
    first_filed_at = models.DateTimeField("首次报备时间", null=True, blank=True)
    last_modified_at = models.DateTimeField("最近修改时间", null=True, blank=True)
    state = models.CharField("状态", max_length=16, choices=FiledState.choices, default=FiledState.FILED)
    cancelled_at = models.DateTimeField("注销时间", null=True, blank=True)

    class Meta:
        verbose_name = "网站"
        verbose_name_plural = "网站"
        indexes = [
            models.Index(fields=["name"], name="website_name"),
            GinIndex(Grams(FoldedName()), name="website_grams"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["isp_id", "bureau_id"], name="website_bureau_id_once_a_link"),
            models.CheckConstraint(condition=Q(state__in=FiledState.values), name="website_state_known"),
            models.CheckConstraint(condition=~Q(name=""), name="website_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}".strip()


class Domain(FiledRecord):
    """域名 (XML: Ym_xx): one registrable domain of a website, stored in Unicode, lower case."""

    website = models.ForeignKey(Website, models.CASCADE, related_name="domains", verbose_name="网站")
    name = models.CharField("域名", max_length=128, db_index=True)

    class Meta:
        verbose_name = "域名"
        verbose_name_plural = "域名"
        indexes = [GinIndex(Grams(FoldedName()), name="domain_grams")]
        constraints = [
            models.UniqueConstraint(fields=["website", "name"], name="domain_once_a_website"),
            models.UniqueConstraint(fields=["isp_id", "bureau_id"], name="domain_bureau_id_once_a_link"),
            models.CheckConstraint(condition=~Q(name=""), name="domain_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
