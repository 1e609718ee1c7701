from __future__ import annotations

from django.db import models
from django.db.models import Q

from filing.models import HIGHEST_ADDRESS
from verification.choices import ListedKind
from verification.models.arrival import Arrival


class ListedWork(Arrival):
    """名单涉及本单位 (XML: FFJRHMD/Ffjrxx, HMDLB): a list of the bureau names what is connected or filed here.

    The lists themselves stand in filing/models/blacklist.py, whole; this is the work that an entry makes. `domain` is in
    lower-case Unicode, `address` an unsigned 32-bit number.
    """

    kind = models.CharField("名单", max_length=16, choices=ListedKind.choices)
    name = models.TextField("名称", blank=True)
    domain = models.TextField("域名", blank=True)
    address = models.BigIntegerField("IP 地址", null=True, blank=True)
    provider_id = models.BigIntegerField("直接接入者", null=True, blank=True)
    subject_bureau_id = models.BigIntegerField("管局主体标识", null=True, blank=True)
    website_bureau_id = models.BigIntegerField("管局网站标识", null=True, blank=True)

    class Meta(Arrival.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "名单涉及本单位"
        constraints = [
            *Arrival.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=ListedKind.values), name="listed_work_kind_known"),
            models.CheckConstraint(
                condition=Q(address=None) | Q(address__gte=1, address__lte=HIGHEST_ADDRESS),
                name="listed_work_address_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.domain
