"""Tries of filing passwords: a bureau allows a few for each filing, so they are counted here before it counts them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from filing.models import Request
from reporting.choices import PasswordTried
from reporting.models.link import Link


class PasswordTry(models.Model):
    """备案密码校验: one call of isp_verifybamm. The password is not in it.

    `number` is the subject's, by which tries are counted. `outcome` is "asked" before the call: one that never came back
    counts as a wrong one, for the bureau may have counted it.
    """

    link = models.ForeignKey(Link, models.CASCADE, related_name="password_tries", verbose_name="链路")
    request = models.ForeignKey(
        Request, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="请求"
    )
    number = models.CharField("备案号", max_length=128)
    outcome = models.CharField(
        "结果", max_length=16, choices=PasswordTried.choices, default=PasswordTried.ASKED
    )
    code = models.IntegerField("代码", null=True, blank=True)
    user_name = models.CharField("操作人", max_length=150, blank=True)
    asked_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "备案密码校验"
        ordering = ["-id"]
        indexes = [models.Index(fields=["link", "number"], name="password_try_of_filing")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=PasswordTried.values), name="password_try_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
