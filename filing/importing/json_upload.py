"""Filing JSON (docs/filing-json.md) that a person brings to the page: a batch whose rows are settled at once."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from filing.actors import person
from filing.bulk import insert_rows
from filing.choices import BatchKind, BatchRowState, BatchStage
from filing.documents import paths
from filing.documents.operations import SHAPES
from filing.importing.workbook import Unusable
from filing.models import Batch, BatchRow, Request
from filing.services.batches import begin
from filing.services.intake import BadFile, Row, import_requests, read_document
from filing.visibility import strangers_to

MOST_REQUESTS = 200
"""So many are taken in while the person waits; more by the command, which does not hurry."""


def take_json(data: bytes, name: str, *, user: User) -> Batch:
    """Take the requests of a file in as this person's drafts. Raises: Unusable where the file is none, or too long."""
    try:
        items = read_document(data, f"“{name}”")
    except BadFile as bad:
        raise Unusable(str(bad)) from bad
    if not 0 < len(items) <= MOST_REQUESTS:
        raise Unusable(
            f"在页面上一次导入 1 到 {MOST_REQUESTS} 张，这里有 {len(items)} 张：分几次，或用命令 import_filings"
        )
    _must_be_ours([each.get("ref") for each in items if isinstance(each, dict)], user)
    rows = import_requests(items, actor=person(user))
    operations = [str(each.get("operation", "")) if isinstance(each, dict) else "" for each in items]
    with transaction.atomic():
        batch = begin(BatchKind.SHEET, name, user=user)
        insert_rows(
            BatchRow,
            [_told(batch, number, row, operations[number - 1]) for number, row in enumerate(rows, 1)],
        )
        now = timezone.now()
        batch.stage, batch.position, batch.seen_at, batch.finished_at = (
            BatchStage.FINISHED,
            len(rows),
            now,
            now,
        )
        batch.save(update_fields=["stage", "position", "seen_at", "finished_at"])
    return batch


def _must_be_ours(refs: list[object], user: User) -> None:
    """What is another team's is not told of, whatever the file says of it."""
    texts = [each.strip() for each in refs if isinstance(each, str)]
    strangers = strangers_to(user)
    taken = (
        Request.objects.filter(ref__in=texts, created_by__in=strangers).values_list("ref", flat=True).first()
    )
    if taken is not None:
        raise Unusable(f"单号 {taken} 已被别的报备单使用，换一个")


def _told(batch: Batch, number: int, row: Row, operation: str) -> dict[str, object]:
    request = Request.objects.filter(pk=row.id).only("subject_name", "state").first() if row.id else None
    refused = bool(row.problems)
    words = "没有收下：按下面的提示改好再导入" if refused else "已在系统里，是完整的"
    return {
        "batch_id": batch.pk,
        "number": number,
        "key": row.ref[:160],
        "name": (request.subject_name if request else row.ref)[:255],
        "request_id": None if refused else row.id,
        "state": BatchRowState.REFUSED if refused else BatchRowState.DONE,
        "words": words,
        "problems": [
            {
                "path": each.path,
                "label": _words(operation, each.path.partition("].")[2]) or each.label,
                "message": each.message,
                "kind": "wrong",
                "heading": "",
                "line": 0,
            }
            for each in row.problems
        ],
    }


def _words(operation: str, path: str) -> str:
    """A path in the words of the form, where the operation is known."""
    return paths.words(operation, path) if path and operation in SHAPES else ""
