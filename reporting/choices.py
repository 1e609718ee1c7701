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


class PasswordTried(models.TextChoices):
    """What came of asking whether a filing password is right."""

    ASKED = "asked", "没有等到应答"
    RIGHT = "right", "正确"
    WRONG = "wrong", "不对"
    USED_UP = "used_up", "次数用完"
    REFUSED = "refused", "管局没有受理"


class PasswordForm(models.TextChoices):
    """In which form isp_verifybamm takes the password: the interface does not say."""

    HASHED = "hashed", "MD5"
    PLAIN = "plain", "明文"


class NumberForm(models.TextChoices):
    """Whose number isp_verifybamm takes: the interface does not say."""

    SUBJECT = "subject", "主体备案号"
    WEBSITE = "website", "网站备案号"


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


class Trouble(models.TextChoices):
    """On which side a call failed. Spec: protocol "Codes that steer the link"."""

    BUREAU = "bureau", "管局一侧"
    OURS = "ours", "我方"
    NETWORK = "network", "我方网络"
    EITHER = "either", "分不清"


class NumberVerdict(models.TextChoices):
    """What comparing our sequence with the bureau's last accepted upload came to.

    All but `equal` wait for a person who has seen both sides.
    """

    EQUAL = "equal", "两边一致"
    AHEAD = "ahead", "管局的编号更大"
    BEHIND = "behind", "管局的编号更小"
    DIFFERENT = "different", "同一编号内容不同"


class NumberDecision(models.TextChoices):
    """What a person decided where the numbers differ."""

    ADOPT = "adopt", "以管局的编号为准，接着编"
    OURS_ARRIVED = "ours_arrived", "管局已有我方文件"
    SEND_AGAIN = "send_again", "管局缺的由我方补报"
    OBSOLETE = "obsolete", "后来自行一致"


class Cause(models.TextChoices):
    """Why a request waits."""

    WITHIN_TERM = "within_term", "在法定时限内，等管局审核"
    SMS_CHECK = "sms_check", "可能在等主办者回复核验短信"
    OVERDUE = "overdue", "超过 20 个工作日仍无结论"
    NOT_COLLECTED = "not_collected", "结果可能已在管局，还没有取回"
    NOT_APPLIED = "not_applied", "结果已取回，还没有处理成功"
    FORWARDED = "forwarded", "已转外省管局审核"
    NEVER_ARRIVED = "never_arrived", "没有送到管局"
    DECIDED_WITHOUT_NOTICE = "decided", "管局已有结论而没有通知"
    FILED_BY_ANOTHER = "filed_by_another", "域名或证件已在他人名下备案"
    BUREAU_OUT_OF_ORDER = "bureau_down", "管局系统故障或关闭"
    LINK_STOPPED = "link_stopped", "链路停止，等人处理"
    NETWORK_DOWN = "network_down", "我方网络不通"
    NOT_RUNNING = "not_running", "我方后台任务没有运行"
    NO_LINK = "no_link", "没有对应的链路"
    HELD = "held", "已暂缓，等人确认"
    IN_DOUBT = "in_doubt", "不知管局是否收到，正在核对"
    ABOUT_TO_GO = "about_to_go", "排队待上报"
    POSTPONED = "postponed", "管局要求稍后再报"


class Oddity(models.TextChoices):
    """In what way a record that was handed over is not as the interface has it."""

    FORM = "form", "不符合接口格式"
    MISSING = "missing", "缺少内容"
    UNREADABLE = "unreadable", "读不出来"
    CONVERTED = "converted", "写法不规范"
    TOO_LONG = "too_long", "超过长度"
    UNKNOWN_CODE = "unknown_code", "代码表里没有的代码"
    DOUBTFUL = "doubtful", "内容可疑"
    DOUBLED = "doubled", "重复"
    CONFLICT = "conflict", "与库中冲突"
    OLDER = "older", "比库中旧"
    CANCELLED_HERE = "cancelled_here", "库中已注销"
    ANSWERS_REQUEST = "answers_request", "对应本系统的请求"
    UNKNOWN_PART = "unknown_part", "不认识的内容"
    MARKUP = "markup", "XML 不规范"
    ENCODING = "encoding", "编码不符或含控制字符"
    BROKEN = "broken", "记录不完整"
    NOT_TAKEN = "not_taken", "不并入的种类"


class Remedy(models.TextChoices):
    """What was done with what is odd."""

    AS_IT_IS = "as_it_is", "原样存入"
    MENDED = "mended", "换算后存入"
    IN_PART = "in_part", "部分没有存入"
    KEPT = "kept", "没有存入，原文保留"


class ImportStage(models.TextChoices):
    """How far an import has come. Written by `services/import_runs.py` alone."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "正在导入"
    PAUSED = "paused", "已暂停"
    STOPPED = "stopped", "已停止"
    FINISHED = "finished", "已完成"
    FAILED = "failed", "没有完成"


class Side(models.TextChoices):
    """On which side a difference between us and the bureau stands."""

    HERE = "here", "只有本系统有"
    THERE = "there", "只有管局有"
    BOTH = "both", "两边不同"


class DifferenceDecision(models.TextChoices):
    """What a person decided about a difference."""

    OPEN = "open", "待决定"
    GONE = "gone", "管局已没有，标记注销"
    KEEP = "keep", "保留现状"
    CHANGE = "change", "办理变更"
