from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q

from filing.choices import FiledState
from filing.models.people import FiledRecord
from filing.models.website import Website
from filing.models.words import Span

HIGHEST_ADDRESS = 4294967295
"""255.255.255.255: addresses travel and are stored as unsigned 32-bit numbers."""


class Access(FiledRecord):
    """接入 (XML: Jr_xx): one provider's connection of a website. `provider_id` is that provider's unit number (Ispid)."""

    website = models.ForeignKey(Website, models.CASCADE, related_name="accesses", verbose_name="网站")
    provider_id = models.BigIntegerField("接入商", null=True, blank=True)
    server_locations = ArrayField(models.PositiveIntegerField(), verbose_name="服务器放置地", default=list)
    methods = ArrayField(models.PositiveIntegerField(), verbose_name="接入方式", default=list)
    state = models.CharField("状态", max_length=16, choices=FiledState.choices, default=FiledState.FILED)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)

    class Meta:
        verbose_name = "接入"
        verbose_name_plural = "接入"
        indexes = [
            # Those of other providers: few beside ours.
            models.Index(
                fields=["website"],
                condition=Q(provider_id__isnull=False) & ~Q(provider_id=F("isp_id")),
                name="access_elsewhere",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["isp_id", "bureau_id"], name="access_bureau_id_once_a_link"),
            models.CheckConstraint(condition=Q(state__in=FiledState.values), name="access_state_known"),
        ]

    @property
    def is_ours(self) -> bool:
        """Whether it is the access of the unit whose link told of it."""
        return self.provider_id in (None, self.isp_id)

    def __str__(self) -> str:
        return f"{self.website} · 接入 {self.bureau_id or self.own_id}"


class AddressRange(FiledRecord):
    """IP 段 (XML: Ip_xx, Qsip and Zzip): first and last IPv4 address as unsigned 32-bit numbers, never 0."""

    access = models.ForeignKey(Access, models.CASCADE, related_name="ranges", verbose_name="接入")
    start = models.BigIntegerField("起始地址", db_index=True)
    end = models.BigIntegerField("终止地址")

    class Meta:
        verbose_name = "IP 段"
        verbose_name_plural = "IP 段"
        indexes = [GistIndex(Span(), name="range_span")]
        constraints = [
            models.UniqueConstraint(fields=["access", "start", "end"], name="range_once_an_access"),
            models.UniqueConstraint(fields=["isp_id", "bureau_id"], name="range_bureau_id_once_a_link"),
            models.CheckConstraint(
                condition=Q(start__gte=1, end__lte=HIGHEST_ADDRESS, start__lte=F("end")),
                name="range_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start}-{self.end}"
