from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from verification.choices import ReminderKind


class Reminder(models.Model):
    """提醒: a person should be told something. `sent_at` is for what tells people outside these pages.

    `about` says of what, in a form of ours, with the day: of one thing a person is reminded once a day at most.
    `url` is a path of this site.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders", verbose_name="提醒谁"
    )
    kind = models.CharField("种类", max_length=16, choices=ReminderKind.choices)
    about = models.CharField("对象", max_length=200)
    words = models.TextField("内容")
    url = models.CharField("页面", max_length=400, blank=True)
    due_at = models.DateTimeField("期限", null=True, blank=True)
    made_at = models.DateTimeField("提醒时间")
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    read_at = models.DateTimeField("看过时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["user", "read_at", "-made_at"], name="reminder_of_person")]
        constraints = [
            models.UniqueConstraint(fields=["user", "about"], name="reminder_once"),
            models.CheckConstraint(condition=Q(kind__in=ReminderKind.values), name="reminder_kind_known"),
        ]

    def __str__(self) -> str:
        return self.words
