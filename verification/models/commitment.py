from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from filing.models import Subject


class Commitment(models.Model):
    """合同承诺: what an owner undertook by contract, to keep the filing true. Spec: R16 of the training materials.

    Rows are added, never changed: the latest holds. Dates are local.
    """

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="commitments", verbose_name="主体")
    contract = models.CharField("合同编号", max_length=80)
    signed_on = models.DateField("签订日期")
    valid_until = models.DateField("有效期至", null=True, blank=True)
    words = models.TextField("承诺内容", blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "合同承诺"
        ordering = ["-signed_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("signed_on")),
                name="commitment_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return self.contract
