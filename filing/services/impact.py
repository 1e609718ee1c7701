"""What a change of the rules, the code tables or the schemas breaks: drafts and filings that would not pass any more.

One pass goes through all of them in batches, tells its progress, and keeps what it found; two passes never run at once.
The schemas are `reporting`'s: it hands in a check of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from filing.choices import FiledState, Operation, RequestState, Severity
from filing.documents.shape import Problem
from filing.models import Broken, BureauRule, ImpactRun, Request, Subject
from filing.rules import Finding, check
from filing.rules.code_tables import CODE_OF_TABLE
from filing.rules.registry import version
from filing.services import codes
from filing.services.contexts import contexts_of
from filing.services.filed_document import filed_documents
from filing.services.revisions import current_contents

Document = dict[str, Any]
SchemaCheck = Callable[[Request, Document], list[Problem]]
"""What the schema has against a document that is complete; empty also where it is not."""

FROZEN = (RequestState.IN_REVIEW, RequestState.READY)
WRITTEN = (RequestState.DRAFT, RequestState.REVIEW_RETURNED, RequestState.RETURNED, RequestState.REJECTED)
BATCH = 200
KEPT_RUNS = 5
DEAD_AFTER = timedelta(minutes=10)
"""A pass that told no progress for so long has lost its worker."""


def made_with(schemas: str = "") -> str:
    """Names the rules, the settings of bureaus, the code tables and the schemas as they are now."""
    parts = [version(), schemas]
    parts += [
        f"{each.rule}:{each.isp_id}:{each.province}:{each.setting}" for each in BureauRule.objects.all()
    ]
    parts += [f"{table}:{codes.version_of(table)}" for table in CODE_OF_TABLE]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def latest() -> ImpactRun | None:
    """The last pass that came to its end."""
    return ImpactRun.objects.exclude(finished_at=None).first()


def under_way() -> ImpactRun | None:
    """The pass that is running now."""
    return ImpactRun.objects.filter(finished_at=None, alive_at__gte=timezone.now() - DEAD_AFTER).first()


def is_due(schemas: str = "") -> bool:
    """Whether anything changed since the last pass."""
    last = latest()
    return last is None or last.made_with != made_with(schemas)


def begin(schemas: str = "") -> ImpactRun | None:
    """A new pass to be worked off; None where one is running."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('impact'))")
        if under_way() is not None:
            return None
        total = _requests().count() + _subjects().count()
        return ImpactRun.objects.create(made_with=made_with(schemas), total=total)


def work(run: ImpactRun, schema_check: SchemaCheck | None = None) -> ImpactRun:
    """Go through everything. Bounded in memory: one batch at a time."""
    for requests in _batches(_requests()):
        _look_at_requests(run, requests, schema_check)
    for subjects in _batches(_subjects()):
        _look_at_subjects(run, subjects)
    run.finished_at = timezone.now()
    run.save(update_fields=["finished_at", "alive_at"])
    old = ImpactRun.objects.exclude(pk__in=ImpactRun.objects.values("pk")[:KEPT_RUNS])
    old.delete()
    return run


def _requests() -> Any:
    return Request.objects.filter(state__in=(*FROZEN, *WRITTEN))


def _subjects() -> Any:
    return Subject.objects.filter(state=FiledState.FILED).exclude(bureau_id=None)


def _batches(rows: Any) -> Iterator[list[Any]]:
    after = 0
    while batch := list(rows.filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield batch
        after = batch[-1].pk


def _look_at_requests(run: ImpactRun, requests: Sequence[Request], schema_check: SchemaCheck | None) -> None:
    contents = current_contents(requests)
    contexts = contexts_of([(request, contents[request.pk]) for request in requests])
    broken = []
    for request, context in zip(requests, contexts, strict=True):
        content = contents[request.pk]
        found = check(request.operation, content, context, only_blocking=True)
        problems = [_row(each) for each in found if request.state in FROZEN or _is_there(content, each.path)]
        if not problems and schema_check is not None:
            problems = [_of_schema(each) for each in schema_check(request, content)]
        if problems:
            broken.append(Broken(run=run, request=request, problems=problems))
    _keep(run, broken, len(requests))


def _look_at_subjects(run: ImpactRun, subjects: Sequence[Subject]) -> None:
    documents = filed_documents(subjects)
    asked = [
        (Request(operation=Operation.CHANGE, isp_id=subject.isp_id), documents[subject.pk])
        for subject in subjects
    ]
    broken = []
    for subject, (request, content), context in zip(subjects, asked, contexts_of(asked), strict=True):
        found = check(request.operation, content, context, only_blocking=True)
        # What is on its way or missing is no fault of what is filed.
        problems = [_row(each) for each in found if _is_there(content, each.path)]
        if problems:
            broken.append(Broken(run=run, subject=subject, problems=problems))
    _keep(run, broken, len(subjects))


@transaction.atomic
def _keep(run: ImpactRun, broken: Sequence[Broken], looked_at: int) -> None:
    Broken.objects.bulk_create(broken)
    run.done += looked_at
    run.save(update_fields=["done", "alive_at"])


def _row(finding: Finding) -> dict[str, Any]:
    assert finding.severity == Severity.BLOCK
    return {"code": finding.code, "path": finding.path, "label": finding.label, "message": finding.message}


def _of_schema(problem: Problem) -> dict[str, Any]:
    return {"code": 5001, "path": problem.path, "label": problem.label, "message": problem.message}


def _is_there(content: Document, path: str) -> bool:
    """Whether something stands at a path: what a draft lacks is a gap, not broken."""
    value: Any = content
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return False
    return value not in (None, "", [], {})
