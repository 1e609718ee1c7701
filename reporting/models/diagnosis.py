"""What the watchdog found out about a request that waits."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from filing.models import Request
from reporting.choices import Cause


class Diagnosis(models.Model):
    """诊断: why a request waits, by what we know it, and what to do. Written anew at each look, one row a request.

    Shape of `evidence`: a list of `{"words": …, "at": ISO time or null, …}`, the most telling first. `asked_at` is the
    latest isp_querybeianstatus about it: the bureau is not asked more often than the watchdog may. `answers` is what it
    then answered (services/filing_query.py), without numbers of certificates. Screens compute a diagnosis anew; of this
    row they take the answers only.
    """

    request = models.OneToOneField(
        Request, models.CASCADE, related_name="diagnosis", verbose_name="请求", primary_key=True
    )
    cause = models.CharField("原因", max_length=32, choices=Cause.choices)
    evidence = models.JSONField("依据", default=list, blank=True)
    next_step = models.TextField("下一步", blank=True)
    needs_person = models.BooleanField("需要人工", default=False)
    found_at = models.DateTimeField("诊断时间")
    asked_at = models.DateTimeField("最近向管局查询", null=True, blank=True)
    answers = models.JSONField("管局答复", default=list, blank=True)
    next_look_at = models.DateTimeField("下次诊断")

    class Meta:
        verbose_name = "诊断"
        verbose_name_plural = "诊断"
        indexes = [
            models.Index(fields=["next_look_at"]),
            models.Index(fields=["request"], condition=Q(needs_person=True), name="diagnosis_for_a_person"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=Cause.values), name="diagnosis_cause_known")
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.get_cause_display()}"
