"""Blacklists that bureaus hand out. Entries are never deleted: what was taken off keeps `removed_at`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from filing.models.access import HIGHEST_ADDRESS


class ListedRecord(models.Model):
    """What every entry carries: the unit number of the link that brought it, when, and the download that shows it.

    A change ends the entry and begins another, so that what held on a day can be told. `removal_proof` names the
    download that ended it.
    """

    isp_id = models.BigIntegerField("报备单位标识")
    remarks = models.TextField("备注", blank=True)
    proof = models.JSONField("凭据", default=dict)
    removal_proof = models.JSONField("移出凭据", default=dict, blank=True)
    added_at = models.DateTimeField("列入时间")
    removed_at = models.DateTimeField("移出时间", null=True, blank=True)

    class Meta:
        abstract = True


class BlacklistedSubject(ListedRecord):
    """主体黑名单 (XML: HMDLB/Zthmdxxs): who may not file (code 1065). Numbers are kept tidied: no blanks, large letters."""

    certificate_type = models.PositiveIntegerField("证件类型")
    certificate_number = models.CharField("证件号码", max_length=255)
    name = models.TextField("主办者名称", blank=True)
    nature = models.PositiveIntegerField("单位性质", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "主体黑名单"
        ordering = ["-added_at", "-id"]
        indexes = [models.Index(fields=["certificate_type", "certificate_number"])]
        constraints = [
            models.UniqueConstraint(
                fields=["isp_id", "certificate_type", "certificate_number"],
                condition=Q(removed_at=None),
                name="blacklisted_subject_once",
            ),
            models.CheckConstraint(
                condition=~Q(certificate_number=""), name="blacklisted_subject_has_certificate"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)


class BlacklistedWebsite(ListedRecord):
    """网站黑名单 (XML: HMDLB/Wzhmdxxs): a domain that may not be filed (code 1064); one row for each domain of an entry.

    Domains are lower-case Unicode, as those of filings.
    """

    domain = models.CharField("域名", max_length=255)
    name = models.TextField("网站名称", blank=True)
    home_url = models.TextField("首页网址", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "网站黑名单"
        ordering = ["-added_at", "-id"]
        indexes = [models.Index(fields=["domain"])]
        constraints = [
            models.UniqueConstraint(
                fields=["isp_id", "domain"], condition=Q(removed_at=None), name="blacklisted_domain_once"
            ),
            models.CheckConstraint(condition=~Q(domain=""), name="blacklisted_website_has_domain"),
        ]

    def __str__(self) -> str:
        return self.domain


class IllegalAccess(ListedRecord):
    """非法接入 (XML: FFJRHMD/Ffjrxx): a domain that a provider connects unlawfully. `bureau_id` is the bureau's (Id).

    The interface has no word for taking one off: a person does that, where at all.
    """

    bureau_id = models.BigIntegerField("管局记录标识", null=True, blank=True)
    domain = models.CharField("域名", max_length=255)
    address = models.BigIntegerField("IP 地址", null=True, blank=True)
    provider_id = models.BigIntegerField("直接接入者", null=True, blank=True)
    province = models.BigIntegerField("所在省", null=True, blank=True)
    detected_at = models.DateTimeField("检测时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "非法接入"
        ordering = ["-added_at", "-id"]
        indexes = [models.Index(fields=["domain"])]
        constraints = [
            models.UniqueConstraint(fields=["isp_id", "bureau_id"], name="illegal_access_bureau_id_once"),
            models.UniqueConstraint(
                fields=["isp_id", "domain", "address"],
                condition=Q(bureau_id=None),
                nulls_distinct=False,
                name="illegal_access_without_id_once",
            ),
            models.CheckConstraint(
                condition=Q(address=None) | Q(address__gte=1, address__lte=HIGHEST_ADDRESS),
                name="illegal_access_address_in_range",
            ),
            models.CheckConstraint(condition=~Q(domain=""), name="illegal_access_has_domain"),
        ]

    def __str__(self) -> str:
        return self.domain
