from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from filing.choices import UNDECIDED_STATES, ActorKind, Operation, RequestState
from filing.identifiers import MOST_INITIALS
from filing.models.words import Grams, RequestWords
from filing.secrets import SealedTextField


class Request(models.Model):
    """报备请求: one operation asked of the bureau. Its content stands in its revisions.

    `state` is moved only by `filing.states.move`; the table of moves stands there. `isp_id` names the link by its
    unit number; None means the default link, which is filled in when the request is packed. `target` is what the
    request acts on (own subject id of a new filing, number or bureau id of a filed record): one undecided request
    for a target and operation. `result_keys` and `decision_keys` are the names by which the bureau's results (Bs) and
    decisions (Jlid) call it; `decisions` holds what was decided of each of several websites, by decision key.
    `subject_name` with its pinyin initials and `domains` repeat the content for lists and search, `owner_key` stands for
    the subject's certificate (type and number, hashed: see `services/owners.py`).
    `ready_at` orders packing, `not_before` postpones it (codes 1051, 1052), `batch_limit` bounds how many records may
    share its next file after a file was refused as a whole. `held_reason` keeps it from being packed until a person lets
    it go (it may be at the bureau already, from before a backup was restored). `accepted_at` is the acceptance by the
    interface.
    The filing password is kept until the decision only.
    """

    ref = models.CharField("单号", max_length=64, unique=True)
    operation = models.CharField("业务", max_length=32, choices=Operation.choices)
    isp_id = models.BigIntegerField("报备单位标识", null=True, blank=True)
    remarks = models.TextField("内部备注", blank=True)
    state = models.CharField("状态", max_length=24, choices=RequestState.choices, default=RequestState.DRAFT)
    state_changed_at = models.DateTimeField("状态时间")
    revision_number = models.PositiveIntegerField("版本", default=1)
    target = models.CharField("对象", max_length=160, blank=True)
    result_keys = ArrayField(
        models.CharField(max_length=160), verbose_name="结果标识", default=list, blank=True
    )
    decision_keys = ArrayField(
        models.CharField(max_length=160), verbose_name="审核标识", default=list, blank=True
    )
    decisions = models.JSONField("逐项审核意见", default=dict, blank=True)
    subject_own_id = models.BigIntegerField("我方主体标识", null=True, blank=True, db_index=True)
    subject_name = models.CharField("主体名称", max_length=255, blank=True)
    subject_initials = models.CharField("名称的拼音首字母", max_length=MOST_INITIALS, blank=True)
    domains = ArrayField(models.CharField(max_length=128), verbose_name="域名", default=list, blank=True)
    owner_key = models.CharField("主体证件摘要", max_length=64, blank=True)
    icp_password = SealedTextField("ICP 备案密码")
    vouched = models.BooleanField("由调用方担保审核", default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="填报人",
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="提交人",
    )
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    ready_at = models.DateTimeField("可上报时间", null=True, blank=True)
    not_before = models.DateTimeField("不早于", null=True, blank=True)
    held_reason = models.TextField("暂缓原因", blank=True)
    batch_limit = models.PositiveIntegerField("同文件记录上限", null=True, blank=True)
    accepted_at = models.DateTimeField("管局受理时间", null=True, blank=True)
    decided_at = models.DateTimeField("结论时间", null=True, blank=True)
    result_codes = ArrayField(models.IntegerField(), verbose_name="结果代码", default=list, blank=True)
    bureau_words = models.TextField("管局原话", blank=True)
    stalled_reason = models.TextField("停滞原因", blank=True)

    class Meta:
        verbose_name = "报备请求"
        verbose_name_plural = "报备请求"
        ordering = ["-id"]
        indexes = [
            GinIndex(fields=["result_keys"], name="request_result_keys"),
            GinIndex(fields=["decision_keys"], name="request_decision_keys"),
            GinIndex(fields=["domains"], name="request_domains"),
            models.Index(fields=["owner_key"], condition=~Q(owner_key=""), name="request_owner_key"),
            models.Index(fields=["state", "state_changed_at"]),
            GinIndex(Grams(RequestWords()), name="request_grams"),
            models.Index(fields=["target"], condition=~Q(target=""), name="request_target"),
            # Lists are read in these orders; a rare operation is found by the small one.
            models.Index(fields=["-updated_at", "-id"], name="request_latest"),
            models.Index(fields=["state_changed_at", "id"], name="request_longest"),
            models.Index(fields=["operation"], name="request_operation"),
            models.Index(fields=["-updated_at"], condition=~Q(stalled_reason=""), name="request_stalled"),
            models.Index(
                fields=["isp_id", "ready_at"],
                condition=Q(state=RequestState.READY),
                name="request_ready_queue",
            ),
            # Since when the oldest waits at each step (filing/home_waits.py), and which draft was left longest.
            models.Index(
                fields=["ready_at"],
                condition=Q(state__in=["packed", "ready", "uncertain", "uploading"]),
                name="request_sending_since",
            ),
            models.Index(
                fields=["state", "isp_id", "accepted_at"],
                condition=Q(state__in=["awaiting_bureau", "forwarded"]),
                name="request_bureau_since",
            ),
            models.Index(
                fields=["updated_at"], condition=Q(state=RequestState.DRAFT), name="request_draft_since"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="request_state_known"),
            models.CheckConstraint(
                condition=Q(operation__in=Operation.values), name="request_operation_known"
            ),
            models.CheckConstraint(condition=Q(revision_number__gte=1), name="request_revision_from_one"),
            models.CheckConstraint(
                condition=~Q(state=RequestState.READY) | Q(ready_at__isnull=False),
                name="request_ready_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["awaiting_bureau", "forwarded"]) | Q(accepted_at__isnull=False),
                name="request_waits_only_once_accepted",
            ),
            models.UniqueConstraint(
                fields=["operation", "target"],
                condition=Q(state__in=sorted(UNDECIDED_STATES)) & ~Q(target=""),
                name="request_one_undecided_a_target",
            ),
        ]
        permissions = [
            ("enter_request", "填报：新建、修改、提交报备请求"),
            ("review_request", "审核：通过或退改报备请求"),
        ]

    def __str__(self) -> str:
        return self.ref


class Revision(models.Model):
    """版本: the content of a request, a document in the shape of the filing JSON (docs/filing-json.md) with our own ids.

    Edited while `frozen_at` is empty, never again afterwards (a database trigger refuses it). Passwords and images
    are not in it: images are named by hash. `source_digest` is the hash of what an importing caller sent, so that the
    same content imported again is known to be the same. `checked_with` names the rules that it passed when it was frozen
    (`rules.registry.version`). `edits` counts saves, so that a stale form is noticed.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="revisions", verbose_name="请求")
    number = models.PositiveIntegerField("版本号")
    content = models.JSONField("内容")
    source_digest = models.CharField("来源摘要", max_length=64, blank=True)
    checked_with = models.CharField("定稿时的规则版本", max_length=64, blank=True)
    edits = models.PositiveIntegerField("保存次数", default=0)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    saved_at = models.DateTimeField("保存时间", auto_now=True)
    frozen_at = models.DateTimeField("定稿时间", null=True, blank=True)

    class Meta:
        verbose_name = "版本"
        verbose_name_plural = "版本"
        ordering = ["request", "number"]
        # Who may see an image is asked of the documents that refer to it.
        indexes = [GinIndex(fields=["content"], opclasses=["jsonb_path_ops"], name="revision_content")]
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="revision_once_a_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revision_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.request} 第 {self.number} 版"


class RequestEvent(models.Model):
    """经过: one row of a request's history, written in the transaction of the move it tells.

    `old_state` equal to `new_state` is a note (good news, a check) that moved nothing. `words` holds the bureau's own
    words; `proof` names what shows it: a file and number, an answer, a download and position.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="events", verbose_name="请求")
    revision_number = models.PositiveIntegerField("版本号")
    old_state = models.CharField("原状态", max_length=24, choices=RequestState.choices, blank=True)
    new_state = models.CharField("新状态", max_length=24, choices=RequestState.choices)
    actor_kind = models.CharField("由谁", max_length=16, choices=ActorKind.choices)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="人员",
    )
    actor_name = models.CharField("名称", max_length=150)
    reason = models.TextField("说明", blank=True)
    codes = ArrayField(models.IntegerField(), verbose_name="代码", default=list, blank=True)
    words = models.TextField("管局原话", blank=True)
    proof = models.JSONField("凭据", default=dict, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "经过"
        verbose_name_plural = "经过"
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["request", "at"]),
            # Which codes came back, by code and period: most events carry none.
            models.Index(fields=["at"], condition=~Q(codes=[]), name="event_with_codes"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.old_state} → {self.new_state}"
