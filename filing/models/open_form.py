from __future__ import annotations

from django.conf import settings
from django.db import models

from filing.models.request import Request


class OpenForm(models.Model):
    """打开的表单: a form that stands open in somebody's browser, from its first save on.

    The page that was sent bears `token`. By it a new filing becomes one draft however often the form is sent, and a form
    whose last answer got lost is not taken for a colleague's: `edits` is the save counter that its last save left.
    `turn` counts what the page sent, so that a request which arrives late does not undo a later one.
    Written by `filing.services.open_forms` alone; old rows go when their owner opens new forms.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="填写的人"
    )
    token = models.CharField("页面", max_length=64)
    request = models.ForeignKey(Request, models.CASCADE, related_name="+", verbose_name="请求")
    edits = models.PositiveIntegerField("保存次数")
    turn = models.PositiveBigIntegerField("页面的第几次发送", default=0)
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = "打开的表单"
        verbose_name_plural = "打开的表单"
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="open_form_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.request_id}"
