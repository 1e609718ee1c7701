"""What is done with the requests of a batch: handed in, taken back, reviewed. Each by itself, as a person would do it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from filing.actors import COMMAND, person
from filing.choices import BatchRowState, RequestState, Severity
from filing.models import Batch, BatchRow, Request
from filing.services import review
from filing.services.batches import DRAFTS_ONLY, UNPACKED, refuse
from filing.services.drafts import withdraw
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.revisions import current_revision, findings_for
from filing.states import MoveRefused
from filing.visibility import may_work_on

APPROVE, RETURN = "approve", "return"


class _Act:
    """An act on the requests of a batch, in the name of whoever asked for it."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.user: User | None = batch.acted_by

    def work(self, rows: Sequence[BatchRow]) -> None:
        for row in rows:
            if row.request is not None:
                self.one(row, row.request)

    def one(self, row: BatchRow, request: Request) -> None:
        raise NotImplementedError


class Submitting(_Act):
    """Drafts that are complete go to the reviewers; of the others is told what they lack."""

    def one(self, row: BatchRow, request: Request) -> None:
        if request.state == RequestState.DRAFT:
            row.words, row.problems = submitted(request, self.user)


def submitted(request: Request, user: User | None) -> tuple[str, list[dict[str, str]]]:
    """Hand a draft in, in a transaction of its own. Shape: what became of it in words, and what stands against it."""
    if user is None or not may_work_on(user, request):
        return "还是草稿：没有提交的权限", []
    try:
        with transaction.atomic():
            review.submit_for_review(request, user=user)
    except RecordInvalid as invalid:
        # The move that failed stays in the object, not in the database.
        request.refresh_from_db()
        first = invalid.problems[0]
        more = f"等 {len(invalid.problems)} 处" if len(invalid.problems) > 1 else ""
        words = f"还是草稿：{first.label + '：' if first.label else ''}{first.message}{more}"
        return words, [
            {"path": each.path, "label": each.label, "message": each.message, "kind": "gap"}
            for each in invalid.problems
        ]
    except MoveRefused as refused:
        request.refresh_from_db()
        return f"没有提交：{refused.why}", []
    return "已提交审核", []


class Withdrawing(_Act):
    """What was not packed is taken back; what is on its way stays, for there is no method for it."""

    def one(self, row: BatchRow, request: Request) -> None:
        wanted = {RequestState.DRAFT} if self.batch.plan.get("withdraw") == DRAFTS_ONLY else UNPACKED
        if request.state not in wanted:
            return
        if self.user is not None and not may_work_on(self.user, request):
            row.words = "没有撤回：是别的小组的"
            return
        try:
            with transaction.atomic():
                actor = person(self.user) if self.user else COMMAND
                withdraw(request, actor=actor, reason=f"整批撤回：{self.batch.title}"[:200])
        except MoveRefused as refused:
            row.words = f"没有撤回：{refused.why}"
        else:
            row.words, row.problems = "已撤回", []


class Deciding(_Act):
    """A reviewer's one decision for several requests; each is decided by the rules of a single one."""

    def one(self, row: BatchRow, request: Request) -> None:
        if row.state != BatchRowState.WAITING:
            return
        if self.user is None:
            refuse(row, "没有决定：审核要由人来做")
            return
        if request.state != RequestState.IN_REVIEW:
            refuse(row, f"没有决定：已不在待审核，现在是“{RequestState(request.state).label}”")
            return
        if request.revision_number != row.facts.get("revision"):
            refuse(row, "没有决定：您看过之后内容改成了新的一版，请单独打开再看")
            return
        if row.facts.get("calm_only") and (heed := _warning_of(request)):
            refuse(row, f"没有决定：有提醒（{heed}），请单独打开看")
            return
        try:
            with transaction.atomic():
                row.words = self._decide(request, self.user)
                row.state = BatchRowState.DONE
        except NotAllowed as refused:
            refuse(row, f"没有决定：{refused}")
        except RecordInvalid as invalid:
            problem = invalid.problems[0]
            refuse(row, f"没有通过：现在有必须改的地方（{problem.label}：{problem.message}），请退改")
        except MoveRefused as refused:
            refuse(row, f"没有决定：{refused.why}")

    def _decide(self, request: Request, user: User) -> str:
        words = str(self.batch.plan.get("words", ""))
        if self.batch.plan.get("decision") == APPROVE:
            review.approve(request, user=user, opinion=words)
            return "已通过，待上报"
        review.return_for_changes(request, user=user, reason=words)
        return "已退改"


def _warning_of(request: Request) -> str:
    """The first thing that a reviewer should heed, in words; "" where there is none."""
    found = findings_for(request, current_revision(request).content)
    return next((each.message for each in found if each.severity == Severity.WARN), "")
