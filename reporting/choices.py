"""Statuses of what crosses the link: the transport ladder, never mixed with what a request is."""

from __future__ import annotations

from django.db import models


class FileState(models.TextChoices):
    """How a data file went.

    packed → sending → accepted | uncertain | packed (surely not accepted) | refused (the number is free again);
    uncertain → accepted | packed | conflict; packed → dropped before its first send. A file in one of `UNSETTLED`
    binds its number to its bytes.
    """

    PACKED = "packed", "待发送"
    SENDING = "sending", "发送中"
    UNCERTAIN = "uncertain", "结果待查"
    CONFLICT = "conflict", "编号冲突"
    ACCEPTED = "accepted", "已受理"
    REFUSED = "refused", "未受理"
    DROPPED = "dropped", "已作废"


UNSETTLED = frozenset({FileState.PACKED, FileState.SENDING, FileState.UNCERTAIN, FileState.CONFLICT})
"""At most one file of a link is numbered and not settled."""

NUMBER_HELD = UNSETTLED | {FileState.ACCEPTED}
"""In these a number belongs to the file; a refused or dropped file gave it back."""


class EntryOutcome(models.TextChoices):
    """What became of one record of a data file."""

    WAITING = "waiting", "等待结果"
    APPROVED = "approved", "已通过"
    REJECTED = "rejected", "审核拒绝"
    RETURNED = "returned", "退回"
    UNPACKED = "unpacked", "改走其他文件"


class Method(models.TextChoices):
    """The interface's methods. Spec: protocol "Methods"."""

    UPLOAD = "isp_upload", "上报"
    DOWNLOAD = "isp_download", "下载"
    ACKNOWLEDGE = "isp_downloadack", "下载确认"
    PREVIOUS_UPLOAD = "isp_querypreviousupload", "查询上次上报"
    FILING_STATUS = "isp_querybeianstatus", "查询是否备案"
    VERIFY_PASSWORD = "isp_verifybamm", "校验备案密码"


class CallOutcome(models.TextChoices):
    """How one call ended; `open` is written before it, so that a crash leaves a trace."""

    OPEN = "open", "进行中"
    ANSWERED = "answered", "有应答"
    NOT_SENT = "not_sent", "未送出"
    UNKNOWN = "unknown", "无应答"
    UNREADABLE = "unreadable", "应答无法解读"


class ItemOutcome(models.TextChoices):
    """What became of one item of a download."""

    WAITING = "waiting", "待处理"
    APPLIED = "applied", "已应用"
    NOTED = "noted", "已记录"
    UNMATCHED = "unmatched", "无法对应"
    FAILED = "failed", "处理失败"
    UNKNOWN = "unknown", "不认识的内容"


class Direction(models.TextChoices):
    """The two sides of a link: each has its own lock, back-off and patience."""

    SENDING = "sending", "上报"
    RECEIVING = "receiving", "下载"


class Circuit(models.TextChoices):
    """Whether a link is called. `closed` is normal; `open` waits for a person or a successful probe."""

    CLOSED = "closed", "正常"
    OPEN = "open", "已停止，等待处理"
