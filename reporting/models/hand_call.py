from __future__ import annotations

from django.conf import settings
from django.db import models

from reporting.choices import Method, Trouble
from reporting.models.link import Link


class HandCall(models.Model):
    """手工调用: a person called a method of the interface by hand. Never changed.

    `given` are the parameters that were typed, without secrets and contents; credentials and what came back are not in it.
    """

    link = models.ForeignKey(Link, models.CASCADE, related_name="hand_calls", verbose_name="链路")
    method = models.CharField("方法", max_length=32, choices=Method.choices)
    given = models.JSONField("参数", default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="调用人"
    )
    by_name = models.CharField("调用人姓名", max_length=150)
    at = models.DateTimeField("时间")
    seconds = models.FloatField("用时（秒）")
    code = models.IntegerField("代码", null=True, blank=True)
    message = models.TextField("说明", blank=True)
    trouble = models.CharField("问题在哪边", max_length=16, choices=Trouble.choices, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "手工调用"
        ordering = ["-id"]
        indexes = [models.Index(fields=["link", "-at"], name="hand_call_of_link")]

    @property
    def is_good(self) -> bool:
        """Whether the bureau did what was asked: 0, and 1 to 3, which also tell of its queue."""
        return self.code is not None and 0 <= self.code <= 3

    def __str__(self) -> str:
        return f"{self.method} {self.code if self.code is not None else self.message}"
