from __future__ import annotations

from django.conf import settings
from django.db import models


class Team(models.Model):
    """团队: people who work on each other's drafts. Who is in none shares with everybody (`filing/visibility.py`)."""

    name = models.CharField("名称", max_length=64, unique=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="teams", blank=True, verbose_name="成员"
    )

    class Meta:
        verbose_name = "团队"
        verbose_name_plural = "团队"
        ordering = ["name"]
        permissions = [("administer", "管理：人员、角色、团队与设置")]

    def __str__(self) -> str:
        return self.name
