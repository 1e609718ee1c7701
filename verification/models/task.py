from __future__ import annotations

from django.db import models

from verification.models.arrival import Arrival


class VerificationTask(Arrival):
    """核实任务 (XML: HSRW/Baxx): a filing whose truth is to be checked; answered with a verification result (HSJG).

    `content` is the whole filing as the bureau holds it, in the shape of the filing JSON, with the bureau's ids.
    """

    subject_bureau_id = models.BigIntegerField("管局主体标识")
    subject_name = models.TextField("主体名称", blank=True)
    content = models.JSONField("备案内容", default=dict)

    class Meta(Arrival.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "核实任务"

    def __str__(self) -> str:
        return self.subject_name or str(self.subject_bureau_id)
