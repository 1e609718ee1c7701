from __future__ import annotations

from django.db import models
from django.db.models import Q

from filing.models import HIGHEST_ADDRESS
from verification.choices import CheckKind
from verification.models.arrival import Arrival


class CheckResult(Arrival):
    """核查结果 (XML: HCJG/Jgxx): what the bureau's checks of filed data found.

    `kind` says it; `verdict` is Hcjg as it was sent, which means different things for different kinds. What names the
    filing (ids of the bureau, number, domain, address) differs by kind too.
    """

    kind = models.CharField("核查", max_length=16, choices=CheckKind.choices)
    verdict = models.BigIntegerField("核查结果代码", null=True, blank=True)
    subject_bureau_id = models.BigIntegerField("管局主体标识", null=True, blank=True)
    website_bureau_id = models.BigIntegerField("管局网站标识", null=True, blank=True)
    access_bureau_id = models.BigIntegerField("管局接入标识", null=True, blank=True)
    website_number = models.TextField("网站备案号", blank=True)
    name = models.TextField("主体名称", blank=True)
    certificate_type = models.BigIntegerField("证件类型", null=True, blank=True)
    certificate_number = models.TextField("证件号码", blank=True)
    domain = models.TextField("域名", blank=True)
    address = models.BigIntegerField("解析到的地址", null=True, blank=True)
    provider_id = models.BigIntegerField("报备接入商", null=True, blank=True)
    home_url = models.TextField("首页网址", blank=True)
    words = models.TextField("错误原因", blank=True)
    checked_at = models.DateTimeField("核查时间", null=True, blank=True)

    class Meta(Arrival.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "核查结果"
        constraints = [
            *Arrival.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=CheckKind.values), name="check_result_kind_known"),
            models.CheckConstraint(
                condition=Q(address=None) | Q(address__gte=1, address__lte=HIGHEST_ADDRESS),
                name="check_result_address_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name or self.website_number}".strip()
