from __future__ import annotations

from django.db import models
from django.db.models import Q

from verification.choices import NoticeKind
from verification.models.arrival import Arrival


class Notice(Arrival):
    """整改通知 (XML: XGTZ/Tzxx): the bureau asks to correct a subject or a website; its words are kept verbatim.

    `bureau_id` is that of the subject or the website, as `kind` says.
    """

    kind = models.SmallIntegerField("类别", choices=NoticeKind.choices, null=True, blank=True)
    number = models.TextField("备案号", blank=True)
    bureau_id = models.BigIntegerField("管局记录标识", null=True, blank=True)
    words = models.TextField("通知内容", blank=True)

    class Meta(Arrival.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "整改通知"
        constraints = [
            *Arrival.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind=None) | Q(kind__in=NoticeKind.values), name="notice_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display() or '整改'} {self.number}".strip()
