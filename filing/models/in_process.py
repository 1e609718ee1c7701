from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class InProcessElsewhere(models.Model):
    """原系统在办: a subject of which something is still in process in the system that was used before (code 1052).

    Known by the bureau's id or by the subject's number, as the list of the old system has it. Until the mark is lifted
    (by a person, or because the bureau told the subject anew) what is asked of the subject is warned of and not packed;
    it is tried again from time to time. Spec: training materials, R4; result code 1052.
    """

    isp_id = models.BigIntegerField("报备单位标识")
    bureau_id = models.BigIntegerField("管局主体标识", null=True, blank=True)
    number = models.CharField("主体备案号", max_length=128, blank=True)
    name = models.CharField("主体名称", max_length=255, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)
    marked_at = models.DateTimeField("标记时间", auto_now_add=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="标记人",
    )
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="解除人",
    )
    lifted_why = models.CharField("解除原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "原系统在办"
        constraints = [
            models.UniqueConstraint(
                fields=["isp_id", "bureau_id"],
                condition=Q(lifted_at=None) & ~Q(bureau_id=None),
                name="in_process_id_marked_once",
            ),
            models.UniqueConstraint(
                fields=["isp_id", "number"],
                condition=Q(lifted_at=None) & ~Q(number=""),
                name="in_process_number_marked_once",
            ),
            models.CheckConstraint(
                condition=~Q(bureau_id=None, number=""), name="in_process_names_a_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.number or str(self.bureau_id)
