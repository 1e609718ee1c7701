"""Every status and fixed choice of what is filed and asked, with its Chinese label.

Status literals appear here and nowhere else. Codes that travel in XML carry the official number as value.
"""

from __future__ import annotations

from django.db import models


class RequestState(models.TextChoices):
    """What a request is (the business ladder); how its data file went is `reporting.choices.FileState`."""

    DRAFT = "draft", "草稿"
    IN_REVIEW = "in_review", "待审核"
    REVIEW_RETURNED = "review_returned", "审核退改"
    READY = "ready", "待上报"
    PACKED = "packed", "已打包"
    UPLOADING = "uploading", "上报中"
    UNCERTAIN = "uncertain", "结果待查"
    AWAITING_BUREAU = "awaiting_bureau", "等待管局审核"
    FORWARDED = "forwarded", "已转外省"
    APPROVED = "approved", "已通过"
    REJECTED = "rejected", "审核拒绝"
    RETURNED = "returned", "管局退回"
    WITHDRAWN = "withdrawn", "已撤回"


class Operation(models.TextChoices):
    """One thing asked of the bureau. Spec: V.3.0 upload schema, the children of UploadData/ICP."""

    NEW_FILING = "new_filing", "新增备案"
    NEW_WEBSITE = "new_website", "新增网站"
    NEW_ACCESS = "new_access", "新增接入"
    CHANGE = "change", "变更备案"
    CANCEL_SUBJECT = "cancel_subject", "注销主体"
    CANCEL_WEBSITE = "cancel_website", "注销网站"
    CANCEL_ACCESS = "cancel_access", "取消接入"
    SUBMIT_MATERIALS = "submit_materials", "提交核验材料"
    VERIFICATION_RESULT = "verification_result", "核实结果"
    UNFILED_RESULT = "unfiled_result", "未备案处理结果"


class ActorKind(models.TextChoices):
    """Who made a move: the screen draws the bureau as a square, us as a circle."""

    PERSON = "person", "人员"
    COMMAND = "command", "命令行"
    LINK = "link", "报备链路"
    BUREAU = "bureau", "管局"


class FiledState(models.TextChoices):
    """Whether the bureau still holds a filed record; only downloads change it (ZXSJ takes away)."""

    FILED = "filed", "有效"
    CANCELLED = "cancelled", "已注销"


class TallyKind(models.TextChoices):
    """What is counted by the database's triggers: see `filing/tallies.py`."""

    REQUEST = "request", "报备请求"
    MOVE = "move", "状态变化"
    SUBJECT = "subject", "主体"
    WEBSITE = "website", "网站"


class FiledBy(models.IntegerChoices):
    """Who reports a subject. Spec: XML tag Bbfs."""

    OWNER = 0, "自行报备"
    PROVIDER = 1, "代为报备"


class AttachmentOwner(models.TextChoices):
    """Whom an attachment belongs to. Spec: XML tag Ssdxlx (1 and 2 in uploads)."""

    SUBJECT = "subject", "主体"
    WEBSITE = "website", "网站"


class LookupKind(models.TextChoices):
    """What somebody did with data of an owner who was here before."""

    SHOWN = "shown", "查看"
    TAKEN = "taken", "填入"


class AuditAction(models.TextChoices):
    """What the record of who did and saw what tells (`filing/services/audit.py`)."""

    SIGN_IN = "sign_in", "登录"
    SIGN_IN_FAILED = "sign_in_failed", "登录失败"
    SIGN_OUT = "sign_out", "退出登录"
    ACCOUNT = "account", "账户安全"
    VIEW_IDENTITY = "view_identity", "查看完整证件与电话"
    VIEW_ATTACHMENT = "view_attachment", "查看附件"
    EXPORT = "export", "导出"
    DOWNLOAD = "download", "下载"
    CHANGE = "change", "修改"
    REVIEW = "review", "审核"
    SETTING = "setting", "改设置"
    PEOPLE = "people", "人员与角色"
    LINK = "link", "链路操作"
    COMMAND = "command", "命令"
    ERASE = "erase", "清理与删除"
    REFUSED = "refused", "被拒绝"


class Severity(models.TextChoices):
    """What a finding of a rule does: a blocking one stops the request, a warning is shown."""

    BLOCK = "block", "必须改"
    WARN = "warn", "请留意"


class RuleSetting(models.TextChoices):
    """What a bureau makes of a rule (`BureauRule`): nothing, or one of the severities."""

    OFF = "off", "不检查"
    WARN = "warn", "请留意"
    BLOCK = "block", "必须改"


class DomainPoints(models.TextChoices):
    """Where a domain leads, beside the addresses that are declared for it."""

    HERE = "here", "指向所填 IP"
    ELSEWHERE = "elsewhere", "指向别处"
    NOWHERE = "nowhere", "没有解析"
    UNKNOWN = "unknown", "没查到"


class WaitStep(models.TextChoices):
    """A step at which requests wait, as home shows it."""

    REVIEW = "review", "待审核"
    SENDING = "sending", "待上报"
    BUREAU = "bureau", "等待管局"
    FORWARDED = "forwarded", "已转外省"


PASSWORD_OPERATIONS = frozenset({Operation.NEW_ACCESS, Operation.CANCEL_SUBJECT})
"""Where the bureau checks the owner's filing password. Spec: protocol "Filing password"."""

INDIVIDUAL_NATURE = 5
"""Code of the nature 个人 (Dwxz 5): everything else is a unit and must name its responsible person."""

UNDECIDED_STATES = frozenset(
    {
        RequestState.DRAFT,
        RequestState.IN_REVIEW,
        RequestState.REVIEW_RETURNED,
        RequestState.READY,
        RequestState.PACKED,
        RequestState.UPLOADING,
        RequestState.UNCERTAIN,
        RequestState.AWAITING_BUREAU,
        RequestState.FORWARDED,
    }
)
"""A request in one of these may still get an answer: at most one for the same filing and operation."""

AT_BUREAU_STATES = frozenset({RequestState.AWAITING_BUREAU, RequestState.FORWARDED})
"""The bureau has it and owes a decision: these carry a freshness clock."""

CORRECTABLE_STATES = frozenset({RequestState.REVIEW_RETURNED, RequestState.RETURNED, RequestState.REJECTED})
"""From these staff start the next revision."""

WITHDRAWABLE_STATES = frozenset(
    {
        RequestState.DRAFT,
        RequestState.IN_REVIEW,
        RequestState.REVIEW_RETURNED,
        RequestState.READY,
        RequestState.REJECTED,
        RequestState.RETURNED,
    }
)
"""What can still be taken back: from `packed` on there is no method for it."""


class AlertKind(models.TextChoices):
    """Of what people are told."""

    CAME_BACK = "came_back", "退回与拒绝"
    REVIEW = "review", "待审核"
    STUCK = "stuck", "卡住的报备单"
    LINK = "link", "链路停止"
    LINK_AGAIN = "link_again", "链路恢复"
    NUMBERS = "numbers", "编号不一致"
    QUEUE = "queue", "积压"
    BROKEN = "broken", "下载文件损坏"
    INBOX = "inbox", "来件待人工"
    WORK = "work", "管局任务"
    CAMPAIGN = "campaign", "专项核验"
    REVISIT = "revisit", "定期回访"
    SMS = "sms", "短信核验"
    SENDING = "sending", "提醒发不出去"


class Urgency(models.TextChoices):
    """How soon somebody should look at it."""

    CALM = "calm", "知道就行"
    TODAY = "today", "今天处理"
    NOW = "now", "马上处理"


class AlertWay(models.TextChoices):
    """How a person wants to be told, beside the page."""

    AT_ONCE = "at_once", "马上发邮件"
    DAILY = "daily", "每个工作日 9:00 一封"
    PAGE = "page", "只在页面里"


class BatchKind(models.TextChoices):
    """What a batch does with many at once."""

    SHEET = "sheet", "导入表格"
    MOVE = "move", "更换 IP 段"
    REVIEW = "review", "一起审核"


class BatchAct(models.TextChoices):
    """What is done, or was done last, with the rows of a batch."""

    MAKE = "make", "建报备单"
    SUBMIT = "submit", "提交审核"
    WITHDRAW = "withdraw", "撤回"
    DECIDE = "decide", "审核"


class BatchStage(models.TextChoices):
    """How far the act has come. `paused` and `failed` go on when somebody asks for it."""

    WAITING = "waiting", "排队"
    RUNNING = "running", "进行中"
    PAUSED = "paused", "已暂停"
    FINISHED = "finished", "已办完"
    FAILED = "failed", "中断"


class BatchRowState(models.TextChoices):
    """What became of one row of a batch."""

    WAITING = "waiting", "还没办"
    DONE = "done", "已办"
    UNCHANGED = "unchanged", "没有变化"
    REFUSED = "refused", "没有办成"


class BatchAim(models.TextChoices):
    """How far new requests go by themselves."""

    DRAFT = "draft", "只建草稿"
    REVIEW = "review", "填全的直接提交审核"
    READY = "ready", "填全的直接待上报（由调用方担保）"
