from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Attachment(models.Model):
    """附件 (XML: Fjnr, Spwj): one image, stored once by its content hash in private storage outside the web root.

    Documents of requests refer to `sha256`. `original` points from a copy that was made to fit to the image it was
    made of, `turned` tells by how many degrees clockwise. `format` is the official code of Fjwjgs (1 JPEG, 2 PNG),
    proved by the content, never by a name.
    """

    sha256 = models.CharField("内容哈希", max_length=64, unique=True)
    format = models.PositiveSmallIntegerField("格式")
    size_bytes = models.PositiveIntegerField("大小")
    width = models.PositiveIntegerField("宽")
    height = models.PositiveIntegerField("高")
    original = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="copies", verbose_name="原图"
    )
    turned = models.PositiveSmallIntegerField("右转角度", default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="上传人",
    )
    created_at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        constraints = [
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="attachment_is_not_empty"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="attachment_hash_is_sha256"
            ),
            models.CheckConstraint(
                condition=Q(turned__in=[0, 90, 180, 270]), name="attachment_turned_by_quarters"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]}（{self.size_bytes} 字节）"
