"""One decision of a reviewer for several requests: written down as a batch, then made one by one."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from filing.bulk import insert_rows
from filing.choices import AuditAction, BatchAct, BatchKind, RequestState
from filing.models import Batch, BatchRow, Request
from filing.roles import REVIEW
from filing.services.audit import note
from filing.services.batch_acts import APPROVE
from filing.services.batches import begin
from filing.services.errors import NotAllowed
from filing.services.review import reviewable_among
from filing.visibility import seen_by

SLICE = 1000
Chosen = tuple[int, int]
"""A request that somebody chose, by its key, and the revision that they saw."""


@transaction.atomic
def begin_decision(
    decision: str, words: str, chosen: Sequence[Chosen], *, user: User, rest_of: Batch | None = None
) -> Batch:
    """Write down a decision for the chosen requests; `rest_of`: and for what else of that batch waits for this reviewer
    and has nothing to heed, which is asked when its turn comes.

    Raises: NotAllowed without the role, without a reason for a return, or where nothing is left to decide.
    """
    if not user.has_perm(REVIEW):
        raise NotAllowed("没有审核的权限")
    words = words.strip()
    if decision != APPROVE and not words:
        raise NotAllowed("写明退改的原因，填报人才知道改哪里")
    rows = [(key, revision, False) for key, revision in chosen]
    if rest_of is not None and decision == APPROVE:
        seen = {key for key, _revision in chosen}
        rows += [(key, revision, True) for key, revision in _waiting(rest_of, user) if key not in seen]
    # Keys can be counted up: a draft of another team is not there, and the batch does not name it.
    seen_ones = Request.objects.filter(seen_by(user))
    requests = seen_ones.only("pk", "ref", "subject_name", "created_by", "submitted_by").in_bulk(
        [key for key, _revision, _calm in rows]
    )
    rows = [each for each in rows if each[0] in requests]
    if not rows:
        raise NotAllowed("一件也没有选")
    title = f"{'通过' if decision == APPROVE else '退改'} {len(rows)} 件"
    plan = {"decision": decision, "words": words}
    batch = begin(BatchKind.REVIEW, title, user=user, act=BatchAct.DECIDE, plan=plan)
    found = [
        {
            "batch_id": batch.pk,
            "number": number,
            "key": requests[key].ref,
            "name": requests[key].subject_name[:255],
            "request_id": key,
            "facts": {"revision": revision, "calm_only": calm_only},
        }
        for number, (key, revision, calm_only) in enumerate(rows, 1)
    ]
    for start in range(0, len(found), SLICE):
        insert_rows(BatchRow, found[start : start + SLICE])
    note(AuditAction.REVIEW, user=user, about=batch, facts={"what": title, "words": words})
    return batch


def _waiting(batch: Batch, user: User) -> list[Chosen]:
    """What of a batch this reviewer may decide, with the revision that stands now."""
    rows = list(
        Request.objects.filter(batch_rows__batch=batch, state=RequestState.IN_REVIEW)
        .only("pk", "revision_number", "created_by", "submitted_by")
        .distinct()
        .order_by("pk")
    )
    mine = reviewable_among(rows, user)
    return [(each.pk, each.revision_number) for each in rows if each.pk in mine]
