"""What a subject and a website share: their responsible person."""

from __future__ import annotations

from django.db import models


class ResponsiblePerson(models.Model):
    """负责人 (XML: Fzr of a subject, Wz_Fzr of a website).

    Several phones, mobiles or mail addresses are joined with ";" as the interface joins them. Individuals may
    leave out name and office phone.
    """

    responsible_name = models.CharField("负责人姓名", max_length=128, blank=True)
    office_phone = models.CharField("办公室电话", max_length=128, blank=True)
    mobile = models.CharField("手机号码", max_length=128, blank=True)
    email = models.CharField("电子邮件", max_length=128, blank=True)
    msn = models.CharField("MSN", max_length=128, blank=True)
    qq = models.CharField("QQ", max_length=128, blank=True)
    person_certificate_type = models.PositiveIntegerField("负责人证件类型", null=True, blank=True)
    person_certificate_number = models.CharField("负责人证件号码", max_length=255, blank=True)

    class Meta:
        abstract = True


class FiledRecord(models.Model):
    """What every filed record carries besides its content: both sides' ids, and where we know it from.

    `isp_id` is the unit number of the link that brought it; the bureau's ids are unique within a link only.
    `own_id` is ours (Isp… in XML) where the record began here. `proof` names what was downloaded.
    """

    isp_id = models.BigIntegerField("报备单位标识")
    bureau_id = models.BigIntegerField("管局记录标识", null=True, blank=True)
    own_id = models.BigIntegerField("我方记录标识", null=True, blank=True, unique=True)
    proof = models.JSONField("凭据", default=dict, blank=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        abstract = True
