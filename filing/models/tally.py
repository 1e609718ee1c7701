from __future__ import annotations

from django.db import models
from django.db.models import Q

from filing.choices import TallyKind


class Tally(models.Model):
    """计数: by how much a count changed. The sum of the rows of one name is the count: see `filing/tallies.py`.

    Written by the database's triggers alone, in the transaction of what they count. Rows are only ever added, so that
    no two transactions wait for one another at a counter; `tallies.compact` adds them up from time to time. `key` is a
    state; `isp_id` the unit number of a request's link, 0 where it goes over the default one; `day` the local day of a
    move.
    """

    kind = models.CharField("数什么", max_length=16, choices=TallyKind.choices)
    key = models.CharField("状态", max_length=24)
    isp_id = models.BigIntegerField("报备单位标识", default=0, db_default=0)
    day = models.DateField("日期", null=True, blank=True)
    count = models.BigIntegerField("增减")

    class Meta:
        verbose_name = verbose_name_plural = "计数"
        indexes = [models.Index(fields=["kind", "day"], name="tally_kind_day")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TallyKind.values), name="tally_kind_known"),
            models.CheckConstraint(condition=~Q(count=0), name="tally_counts_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.count:+d}"
