from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from filing.models import HIGHEST_ADDRESS
from verification.models.arrival import Arrival


class UnfiledWebsite(Arrival):
    """未备案网站 (XML: WBAWZLB/Wbawz_xx): found on an address of ours without a filing; answered with WBACLJG.

    `bureau_id` (Id) is the bureau's and stays with the website: detected again after it was dealt with, it is open
    again. `address` is an unsigned 32-bit number.
    """

    bureau_id = models.BigIntegerField("管局记录标识", null=True, blank=True)
    domain = models.TextField("域名")
    address = models.BigIntegerField("IP 地址", null=True, blank=True)
    languages = ArrayField(models.BigIntegerField(), verbose_name="语言类别", default=list, blank=True)
    detected_at = models.DateTimeField("最近检测时间", null=True, blank=True)
    first_detected_at = models.DateTimeField("首次检测时间", null=True, blank=True)
    detections = models.BigIntegerField("检测次数", null=True, blank=True)
    province = models.BigIntegerField("所属省", null=True, blank=True)
    provider_id = models.BigIntegerField("接入商", null=True, blank=True)
    carrier_id = models.BigIntegerField("运营商", null=True, blank=True)

    class Meta(Arrival.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "未备案网站"
        constraints = [
            *Arrival.Meta.constraints,
            models.UniqueConstraint(
                fields=["isp_id", "bureau_id"], name="unfiled_website_bureau_id_once_a_link"
            ),
            models.CheckConstraint(
                condition=Q(address=None) | Q(address__gte=1, address__lte=HIGHEST_ADDRESS),
                name="unfiled_website_address_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.domain
