from __future__ import annotations

from django.db import models
from django.db.models import Q

from filing.choices import WaitStep


class StepTerm(models.Model):
    """通常时长: within what 9 of 10 requests lately left a step of their way. Written by filing/services/terms.py alone.

    `isp_id` is the link's unit number at the bureau's steps (0: none was named), and 0 at our own. `usual_s` is in
    seconds, `sample` how many requests it was taken from.
    """

    step = models.CharField("环节", max_length=16, choices=WaitStep.choices)
    isp_id = models.BigIntegerField("报备单位标识", default=0)
    usual_s = models.FloatField("通常时长（秒）")
    sample = models.PositiveIntegerField("依据的件数")
    measured_at = models.DateTimeField("统计时间")

    class Meta:
        verbose_name = verbose_name_plural = "通常时长"
        constraints = [
            models.UniqueConstraint(fields=["step", "isp_id"], name="step_term_once"),
            models.CheckConstraint(condition=Q(step__in=WaitStep.values), name="step_term_step_known"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.isp_id}: {self.usual_s:.0f} s"
