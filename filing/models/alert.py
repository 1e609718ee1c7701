"""What people are told, by which way each wants to be told, and what is told to other systems by web hook."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from filing.choices import AlertKind, AlertWay, Urgency
from filing.secrets import SealedTextField


class Alert(models.Model):
    """提醒: a person is told of something. Written by services/alerts.py alone.

    `about` names the trouble in a form of ours ("request:12", "link:110000000001"): while it lasts a person has one row of
    it. `ended_at`: it is over, whoever ended it; then it may come again, as another row. `ref` and `isp_id` name the request
    and the link where it is about one. `url` is a path of this site. `due_at`: by when somebody has to act.

    `mail_at`: when it goes out by e-mail unless it was read or is over (NULL: not by e-mail); `hooked_at`: when it was
    looked at for the web hooks.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="alerts", verbose_name="提醒谁"
    )
    kind = models.CharField("种类", max_length=16, choices=AlertKind.choices)
    about = models.CharField("对象", max_length=200)
    words = models.TextField("内容")
    url = models.CharField("页面", max_length=400, blank=True)
    urgency = models.CharField("缓急", max_length=8, choices=Urgency.choices, default=Urgency.TODAY)
    ref = models.CharField("单号", max_length=128, blank=True)
    isp_id = models.BigIntegerField("报备单位标识", null=True, blank=True)
    due_at = models.DateTimeField("期限", null=True, blank=True)
    made_at = models.DateTimeField("提醒时间")
    read_at = models.DateTimeField("看过时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    mail_at = models.DateTimeField("何时发邮件", null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField("邮件发过几次", default=0)
    mailed_at = models.DateTimeField("邮件发出时间", null=True, blank=True)
    hooked_at = models.DateTimeField("转给其他系统的时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        ordering = ["-made_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-made_at"], name="alert_of_person"),
            models.Index(fields=["kind", "about"], name="alert_open", condition=Q(ended_at=None)),
            models.Index(
                fields=["mail_at"], name="alert_to_mail", condition=Q(mailed_at=None, ended_at=None)
            ),
            models.Index(fields=["id"], name="alert_to_hook", condition=Q(hooked_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "about"], condition=Q(ended_at=None), name="alert_once_while_it_lasts"
            ),
            models.CheckConstraint(condition=Q(kind__in=AlertKind.values), name="alert_kind_known"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="alert_urgency_known"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def family(self) -> str:
        """The family of states that it is drawn as."""
        return {Urgency.NOW: "bad", Urgency.TODAY: "attention", Urgency.CALM: "waiting"}[
            Urgency(self.urgency)
        ]


class AlertChoice(models.Model):
    """提醒方式: by which way a person wants to be told of a kind. No row: the usual way of that kind."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="alert_choices", verbose_name="谁"
    )
    kind = models.CharField("种类", max_length=16, choices=AlertKind.choices)
    way = models.CharField("方式", max_length=8, choices=AlertWay.choices)

    class Meta:
        verbose_name = verbose_name_plural = "提醒方式"
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="alert_choice_once"),
            models.CheckConstraint(condition=Q(kind__in=AlertKind.values), name="alert_choice_kind_known"),
            models.CheckConstraint(condition=Q(way__in=AlertWay.values), name="alert_choice_way_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.get_kind_display()}: {self.get_way_display()}"


class WebHook(models.Model):
    """转发地址: another system that is told, signed with a secret of its own. `kinds` empty: of everything."""

    name = models.CharField("名称", max_length=64)
    url = models.CharField("地址", max_length=400)
    secret = SealedTextField("密钥")
    kinds = models.JSONField("种类", default=list, blank=True)
    is_active = models.BooleanField("启用", default=True)
    made_at = models.DateTimeField("添加时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "转发地址"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class WebHookDelivery(models.Model):
    """转发: one event for one address, until it answers or a day has passed. `body` is the same each time.

    `next_at` is set before each try, so that a killed process costs one wait. `is_over`: the end of the trouble
    was written down too, as a row of its own.
    """

    hook = models.ForeignKey(WebHook, models.CASCADE, related_name="deliveries", verbose_name="转发地址")
    event_id = models.UUIDField("编号", default=uuid.uuid4, editable=False)
    event = models.CharField("事件", max_length=8)
    about = models.CharField("对象", max_length=200)
    body = models.TextField("内容")
    made_at = models.DateTimeField("时间")
    next_at = models.DateTimeField("下次发送", null=True)
    tries = models.PositiveSmallIntegerField("发过几次", default=0)
    done_at = models.DateTimeField("送达时间", null=True, blank=True)
    given_up_at = models.DateTimeField("放弃时间", null=True, blank=True)
    answer = models.CharField("最近应答", max_length=200, blank=True)
    is_over = models.BooleanField("已结束", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "转发"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_at"], name="hook_delivery_due", condition=Q(done_at=None, given_up_at=None)
            ),
            models.Index(
                fields=["about"], name="hook_delivery_lasting", condition=Q(event="began", is_over=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["hook", "event_id"], name="hook_delivery_once"),
        ]

    def __str__(self) -> str:
        return f"{self.hook_id} {self.event} {self.about}"
