from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from filing.choices import FiledBy, FiledState
from filing.identifiers import MOST_INITIALS
from filing.models.people import FiledRecord, ResponsiblePerson
from filing.models.words import Grams, SubjectWords


class Subject(FiledRecord, ResponsiblePerson):
    """主体 (XML: Zt_xx): the unit or individual who owns websites, as the bureau holds it.

    Changed only by what was downloaded or imported, never by a form: what staff ask for is a `Request`.
    """

    number = models.CharField("主体备案号", max_length=128, blank=True, db_index=True)
    name = models.CharField("主办单位名称", max_length=255)
    initials = models.CharField("名称的拼音首字母", max_length=MOST_INITIALS, blank=True)
    nature = models.PositiveIntegerField("单位性质", null=True, blank=True)
    investor = models.CharField("投资人或主管单位", max_length=255, blank=True)
    province = models.PositiveIntegerField("省")
    city = models.PositiveIntegerField("市", null=True, blank=True)
    county = models.PositiveIntegerField("县", null=True, blank=True)
    address_detail = models.CharField("通信地址", max_length=1024, blank=True)
    certificate_type = models.PositiveIntegerField("证件类型")
    certificate_number = models.CharField("证件号码", max_length=255)
    certificate_address = models.CharField("证件住所", max_length=1024, blank=True)
    filed_by = models.PositiveSmallIntegerField("报备方式", choices=FiledBy.choices, null=True, blank=True)
    remarks = models.CharField("备注", max_length=1024, blank=True)
    first_filed_at = models.DateTimeField("首次报备时间", null=True, blank=True)
    last_modified_at = models.DateTimeField("最近修改时间", null=True, blank=True)
    state = models.CharField("状态", max_length=16, choices=FiledState.choices, default=FiledState.FILED)
    cancelled_at = models.DateTimeField("注销时间", null=True, blank=True)

    class Meta:
        verbose_name = "主体"
        verbose_name_plural = "主体"
        indexes = [
            models.Index(fields=["certificate_type", "certificate_number"]),
            models.Index(fields=["certificate_number"], name="subject_certificate_number"),
            models.Index(fields=["mobile"], name="subject_mobile"),
            GinIndex(Grams(SubjectWords()), name="subject_grams"),
            # Lists are read in this order; rare values of a filter are found by the small ones below.
            models.Index(fields=["-updated_at", "-id"], name="subject_latest"),
            models.Index(fields=["state"], name="subject_state"),
            # A province of few among a million: its latest without a walk through the others, its tabs counted in the
            # index alone.
            models.Index(
                fields=["province", "-updated_at", "-id"], include=["state"], name="subject_province_latest"
            ),
            models.Index(fields=["nature"], name="subject_nature"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["isp_id", "bureau_id"], name="subject_bureau_id_once_a_link"),
            models.CheckConstraint(condition=Q(province__gte=100000), name="subject_province_is_a_region"),
            models.CheckConstraint(condition=Q(state__in=FiledState.values), name="subject_state_known"),
            models.CheckConstraint(condition=~Q(name=""), name="subject_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}".strip()
