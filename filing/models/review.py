from __future__ import annotations

from django.conf import settings
from django.db import models

from filing.models.request import Request, Revision


class RevisionEditor(models.Model):
    """改过内容的人: who changed what a revision holds. Nobody reviews what they entered themselves.

    Written by `filing.services.drafts.save_draft`, where the content did change; who began the request and who
    submitted it stand in the request.
    """

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="editors", verbose_name="版本")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="改过内容的人"
    )

    class Meta:
        verbose_name = "改过内容的人"
        verbose_name_plural = "改过内容的人"
        constraints = [
            models.UniqueConstraint(fields=["revision", "user"], name="revision_editor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.user_id}"


class ReviewReader(models.Model):
    """正在看: a reviewer has the page of a request open. A light lease: it ends by itself when `seen_at` grows old.

    It forbids nothing, so that a closed laptop holds nobody up: others are told.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="readers", verbose_name="请求")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="审核员"
    )
    opened_at = models.DateTimeField("打开时间")
    seen_at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = "正在看"
        verbose_name_plural = "正在看"
        constraints = [
            models.UniqueConstraint(fields=["request", "user"], name="review_reader_once"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.user_id}"
