from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from filing.choices import LookupKind


class Lookup(models.Model):
    """查阅: somebody was shown, or took over, what is known of an owner while entering a request.

    `found` names what it was (subject:5, request:R-…): the log itself holds no personal data. Its rows of the last
    minutes also bound how much one person may look up.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="查阅人"
    )
    kind = models.CharField("动作", max_length=16, choices=LookupKind.choices)
    found = models.CharField("查到", max_length=160, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "查阅记录"
        verbose_name_plural = "查阅记录"
        indexes = [models.Index(fields=["user", "kind", "at"], name="lookup_of_person")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LookupKind.values), name="lookup_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_kind_display()} {self.found}"
