"""Batches: begun, told to go on, to pause, to hand in, to take back; what they show. `batch_running` does the work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from filing.bulk import update_rows
from filing.choices import (
    AuditAction,
    BatchAct,
    BatchAim,
    BatchKind,
    BatchRowState,
    BatchStage,
    RequestState,
)
from filing.models import Batch, BatchImage, BatchRow
from filing.roles import ADMINISTER, AUDIT
from filing.services.audit import note
from filing.services.errors import NotAllowed
from filing.visibility import strangers_to

UNDER_WAY = (BatchStage.WAITING, BatchStage.RUNNING)
UNPACKED = frozenset(
    {RequestState.DRAFT, RequestState.IN_REVIEW, RequestState.REVIEW_RETURNED, RequestState.READY}
)
"""What of a batch is taken back: what the bureau refused is for people to look at one by one."""
DRAFTS_ONLY, ALL_UNPACKED = "drafts", "unpacked"
MOST_TITLE = 255
KEPT = timedelta(days=30)
"""So long an uploaded workbook can be downloaded again with its results."""


@dataclass
class Progress:
    """How a batch stands: rows by what became of them, its requests by where they are now."""

    total: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    @property
    def drafts(self) -> int:
        return self.requests[RequestState.DRAFT]

    @property
    def unpacked(self) -> int:
        return sum(self.requests[each] for each in UNPACKED)

    @property
    def in_review(self) -> int:
        return self.requests[RequestState.IN_REVIEW]


def begin(
    kind: BatchKind,
    title: str,
    *,
    user: User | None,
    act: BatchAct = BatchAct.MAKE,
    aim: BatchAim = BatchAim.DRAFT,
    **columns: Any,
) -> Batch:
    """Write down a batch; nothing is done yet. `user` None: a command. In the caller's transaction."""
    name = (user.get_full_name() or user.get_username()) if user else "命令行"
    batch = Batch.objects.create(
        kind=kind,
        title=title[:MOST_TITLE],
        act=act,
        aim=aim,
        created_by=user,
        acted_by=user,
        created_name=name[:150],
        **columns,
    )
    if user is not None:
        note(AuditAction.CHANGE, user=user, about=batch, facts={"what": f"开始批次：{kind.label}"})
    return batch


def may_see(user: User) -> QuerySet[Batch]:
    """The batches that this person may see: their team's and everybody's, as drafts are."""
    found = Batch.objects.defer("source")
    strangers = strangers_to(user)
    if not strangers or user.has_perm(AUDIT) or user.has_perm(ADMINISTER):
        return found
    return found.exclude(created_by__in=strangers)


def progress_of(batch: Batch) -> Progress:
    """Count the rows of a batch. Two queries."""
    rows = BatchRow.objects.filter(batch=batch).order_by()
    states = Counter(dict(rows.values_list("state").annotate(count=Count("pk"))))
    requests = rows.exclude(request=None).values_list("request__state")
    return Progress(
        sum(states.values()), states, Counter(dict(requests.annotate(count=Count("request", distinct=True))))
    )


def _locked(batch: Batch) -> Batch:
    return Batch.objects.select_for_update(of=("self",)).defer("source").get(pk=batch.pk)


@transaction.atomic
def pause(batch: Batch) -> None:
    """Ask a batch to stand still; what was done stays. Raises: NotAllowed where nothing is under way."""
    row = _locked(batch)
    if row.stage not in UNDER_WAY:
        raise NotAllowed("这个批次现在没有在办")
    if row.stage == BatchStage.WAITING:
        row.stage = BatchStage.PAUSED
    else:
        row.wants_pause = True
    row.save(update_fields=["stage", "wants_pause"])


@transaction.atomic
def resume(batch: Batch) -> None:
    """Let a batch that stands still go on behind its last row. Raises: NotAllowed where it does not stand still."""
    row = _locked(batch)
    if row.stage not in (BatchStage.PAUSED, BatchStage.FAILED):
        raise NotAllowed("这个批次不用继续：正在办，或已经办完")
    row.stage, row.wants_pause, row.words = BatchStage.WAITING, False, ""
    row.save(update_fields=["stage", "wants_pause", "words"])


@transaction.atomic
def start_act(batch: Batch, act: BatchAct, *, user: User, what: str = "") -> None:
    """Begin another act on all rows of a batch: hand its drafts in, or take back what was not packed.

    `what`: DRAFTS_ONLY or ALL_UNPACKED, of a withdrawal. Raises: NotAllowed while another act is under way.
    """
    row = _locked(batch)
    if row.stage in UNDER_WAY:
        raise NotAllowed("这个批次正在办，等它办完，或先暂停")
    if act not in (BatchAct.SUBMIT, BatchAct.WITHDRAW):
        raise NotAllowed("不能对批次这样做")
    row.act, row.stage, row.position, row.words = act, BatchStage.WAITING, 0, ""
    row.acted_by, row.finished_at = user, None
    row.plan = row.plan | {"withdraw": what} if act == BatchAct.WITHDRAW else row.plan
    row.save(update_fields=["act", "stage", "position", "words", "acted_by", "finished_at", "plan"])
    facts = {"what": act.label, "of": what} if what else {"what": act.label}
    note(AuditAction.CHANGE, user=user, about=row, facts=facts)


def write_rows(rows: list[BatchRow]) -> None:
    """Store what became of rows. One statement."""
    update_rows(
        BatchRow,
        [
            {
                "id": row.pk,
                "state": row.state,
                "words": row.words,
                "problems": row.problems,
                "facts": row.facts,
                "request_id": row.request_id,
                "edits": row.edits,
            }
            for row in rows
        ],
    )


def refuse(row: BatchRow, words: str, problems: list[dict[str, str]] | None = None) -> None:
    """Set in a row why nothing came of it. Does not save."""
    row.state, row.words, row.problems = BatchRowState.REFUSED, words, problems or []


def under_way() -> list[int]:
    """The keys of the batches that are to be worked at."""
    return list(Batch.objects.filter(stage__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True))


def erase_sources() -> int:
    """Erase uploaded workbooks and pictures of batches that ended long enough ago, and what was said of lines of which
    nothing came. Shape: how many workbooks.
    """
    before = timezone.now() - KEPT
    old = Batch.objects.filter(created_at__lt=before, kind=BatchKind.SHEET).exclude(stage__in=UNDER_WAY)
    BatchImage.objects.filter(batch__in=old).delete()
    BatchRow.objects.filter(batch__in=old, request=None).exclude(problems=[]).update(name="", problems=[])
    return old.exclude(source=None).update(source=None)
