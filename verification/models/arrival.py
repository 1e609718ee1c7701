"""What everything that the bureau asks to be looked at has in common."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from filing.models import Request
from verification.choices import WorkState


class Arrival(models.Model):
    """One piece of work that a download brought.

    `about` says what it is about, in a form of ours; of one thing there is at most one open piece of work in a link:
    told again, it is brought up to date. `arrivals` names every download and position that told it ("12:3"), so that
    the same file applied twice changes nothing; `proof` shows the latest. `state` is moved by
    verification/services/arrivals.py alone: open → done by a person (or by what settles it), done → open by a person
    or where the bureau says that it goes on, or where the request that answers it came back (`answer`).
    `reopened_at` says since when it is open again: an answer that ended before does not close it a second time.
    `due_on` is the last day for it: that in the bureau's words (`due_by_bureau`), else by rule; a local date.
    """

    isp_id = models.BigIntegerField("报备单位标识")
    about = models.CharField("对象", max_length=400)
    remarks = models.TextField("备注", blank=True)
    proof = models.JSONField("凭据", default=dict)
    arrivals = ArrayField(models.CharField(max_length=64), verbose_name="来件", default=list)
    received_at = models.DateTimeField("收到时间")
    latest_at = models.DateTimeField("最近一次收到")
    state = models.CharField("状态", max_length=16, choices=WorkState.choices, default=WorkState.OPEN)
    reopened_at = models.DateTimeField("恢复待处理的时间", null=True, blank=True)
    done_at = models.DateTimeField("处理时间", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    done_note = models.TextField("处理说明", blank=True)
    due_on = models.DateField("期限", null=True, blank=True)
    due_by_bureau = models.BooleanField("期限出自管局", default=False)
    answer = models.ForeignKey(
        Request, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="答复它的报备单"
    )

    class Meta:
        abstract = True
        ordering = ["-latest_at", "-id"]
        indexes = [
            GinIndex(fields=["arrivals"], name="%(class)s_arrivals"),
            models.Index(fields=["state", "-latest_at"], name="%(class)s_work"),
            models.Index(fields=["state", "due_on"], name="%(class)s_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["isp_id", "about"],
                condition=Q(state=WorkState.OPEN),
                name="%(class)s_one_open_work",
            ),
            models.CheckConstraint(condition=Q(state__in=WorkState.values), name="%(class)s_state_known"),
            models.CheckConstraint(
                condition=Q(state=WorkState.OPEN, done_at=None)
                | Q(state=WorkState.DONE, done_at__isnull=False),
                name="%(class)s_done_has_its_time",
            ),
            models.CheckConstraint(condition=~Q(about=""), name="%(class)s_is_about_something"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == WorkState.OPEN

    @property
    def open_since(self) -> datetime:
        return self.reopened_at or self.received_at

    @property
    def times(self) -> int:
        """How often the bureau told it."""
        return len(self.arrivals)
