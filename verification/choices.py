"""States and kinds of what the bureau asks to be looked at, with Chinese labels."""

from __future__ import annotations

from django.db import models


class WorkState(models.TextChoices):
    """Whether staff still have to act on it."""

    OPEN = "open", "待处理"
    DONE = "done", "已处理"


class CheckKind(models.TextChoices):
    """What a check found. Spec: V.3.0 download schema, HCJG/Jgxx; Hcjg means two things, so the kind says which."""

    SUBJECT = "subject", "主体信息有误"  # Zthc
    OVER_REPORTED = "over_reported", "接入多报"  # Jrhc, Hcjg 1
    UNDER_REPORTED = "under_reported", "接入少报"  # Jrhc, Hcjg 2
    ACCESS = "access", "接入核查"  # Jrhc, Hcjg anything else
    EMPTY_SHELL = "empty_shell", "空壳网站"  # Kkwzhc, Hcjg 1 or anything but 0
    ALIVE = "alive", "网站存活"  # Kkwzhc, Hcjg 0
    UNREACHABLE = "unreachable", "网站打不开"  # Wzch


GOOD_CHECKS = frozenset({CheckKind.ALIVE})
"""These say that all is well: they are kept, and are done when they come."""


class ListedKind(models.TextChoices):
    """Which list of the bureau names something that is connected or filed here."""

    ILLEGAL_ACCESS = "illegal_access", "非法接入"
    SUBJECT = "subject", "主体列入黑名单"
    WEBSITE = "website", "网站列入黑名单"


class VisitOutcome(models.TextChoices):
    """What looking at a filing again came to."""

    TRUE = "true", "全部属实"
    FOUND = "found", "发现出入"
    UNREACHED = "unreached", "联系不上"
    GONE = "gone", "已注销，不用核"


class Finding(models.TextChoices):
    """What was found to be otherwise than filed."""

    SUBJECT = "subject", "主体名称或证件"
    SUBJECT_PERSON = "subject_person", "主体负责人"
    CONTACTS = "contacts", "电话、邮箱或地址"
    WEBSITE = "website", "网站名称或服务内容"
    WEBSITE_PERSON = "website_person", "网站负责人"
    DOMAIN = "domain", "域名"
    ACCESS = "access", "接入方式或 IP"
    CLOSED = "closed", "网站已停办"


class NoticeKind(models.IntegerChoices):
    """Whom a notice is about. Spec: V.3.0 download schema, XGTZ, Tzlb."""

    SUBJECT = 0, "主体整改"
    WEBSITE = 1, "网站整改"


class Way(models.TextChoices):
    """How something is verified, the strongest first. Spec: R14 of the training materials."""

    IN_PERSON = "in_person", "当面核验"
    OTHER = "other", "其他方式核实"
    CURRENT = "current", "自行保持准确"


class Outcome(models.TextChoices):
    """How a verification ended. Overruled: a reviewer lets it go without one, in words."""

    PASSED = "passed", "一致"
    REFUSED = "refused", "不一致"
    OVERRULED = "overruled", "审核员免去"
