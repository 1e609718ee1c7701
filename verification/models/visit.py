from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from filing.models import Request, Subject
from verification.choices import VisitOutcome, WorkState
from verification.models.campaign import Campaign


class Visit(models.Model):
    """核对: one filing is looked at again with its owner, for a campaign or (without one) as a re-visit by schedule.

    Spec: R15 and R16 of the training materials. `state` is moved by verification/services/visits.py alone: open → done
    with an outcome, done → open by a person. `findings` say what was found otherwise than filed, `request` is the change
    that it led to. `province` repeats the subject's for the counts; `due_on` is a local date.
    """

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, blank=True, related_name="visits", verbose_name="专项核验"
    )
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="visits", verbose_name="主体")
    province = models.PositiveIntegerField("省")
    due_on = models.DateField("期限")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="由谁核对",
    )
    state = models.CharField("状态", max_length=16, choices=WorkState.choices, default=WorkState.OPEN)
    outcome = models.CharField("结果", max_length=16, choices=VisitOutcome.choices, blank=True)
    findings = ArrayField(models.CharField(max_length=16), verbose_name="出入", default=list, blank=True)
    note = models.TextField("说明", blank=True)
    done_at = models.DateTimeField("核对时间", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核对人",
    )
    request = models.ForeignKey(
        Request, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="变更"
    )
    created_at = models.DateTimeField("列入时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "核对"
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["campaign", "state", "province"], name="visit_of_campaign"),
            models.Index(fields=["state", "due_on"], name="visit_due"),
            models.Index(fields=["assigned_to", "state", "due_on"], name="visit_of_person"),
            models.Index(fields=["subject", "-done_at"], name="visit_of_subject"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "subject"], name="visit_once_a_campaign"),
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(campaign=None, state=WorkState.OPEN),
                name="visit_one_open_revisit",
            ),
            models.CheckConstraint(condition=Q(state__in=WorkState.values), name="visit_state_known"),
            models.CheckConstraint(
                condition=Q(state=WorkState.OPEN, done_at=None, outcome="")
                | Q(state=WorkState.DONE, done_at__isnull=False, outcome__in=VisitOutcome.values),
                name="visit_done_has_its_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id}"

    @property
    def is_open(self) -> bool:
        return self.state == WorkState.OPEN
