"""The change requests of a move: one for each subject, with all that is filed of it and the new ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from filing.actors import COMMAND, Actor, person
from filing.bulk import insert_rows
from filing.choices import AuditAction, BatchAim, BatchKind, BatchRowState, Operation
from filing.documents.operations import read_content
from filing.identifiers import format_ipv4, parse_ipv4
from filing.models import Batch, BatchRow, Subject
from filing.services.attachments import LoadedImages, facts_of
from filing.services.audit import note
from filing.services.batches import begin, refuse
from filing.services.drafts import create_draft, create_drafts
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.filed_document import filed_documents
from filing.services.moving import SLICE, Concerned, Move, exchanged, hold_back, preview

Document = dict[str, Any]


@transaction.atomic
def begin_move(move: Move, *, user: User | None, aim: BatchAim) -> Batch:
    """Write down a move as a batch. Raises: NotAllowed where it concerns nobody, or too many."""
    found = preview(move)
    if found.too_many:
        raise NotAllowed("牵涉的 IP 段太多，分几次做：把要换的段填小些，或按服务器放置地分开")
    if not found.going:
        raise NotAllowed("没有可以变更的备案")
    batch = begin(BatchKind.MOVE, move.words, user=user, aim=aim, isp_id=move.isp_id, plan=move.as_json())
    rows = [_row(batch, number, each) for number, each in enumerate(found.concerned, 1)]
    for start in range(0, len(rows), SLICE):
        insert_rows(BatchRow, rows[start : start + SLICE])
    return batch


def _row(batch: Batch, number: int, one: Concerned) -> dict[str, Any]:
    return {
        "batch_id": batch.pk,
        "number": number,
        "key": str(one.subject.pk),
        "name": one.subject.name[:255],
        "subject_id": one.subject.pk,
        "facts": one.facts,
    }


class MoveMaking:
    """Makes the requests of a move. What is filed and what stands in the way is asked again when it is made."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.move = Move.from_json(batch.plan)
        self.actor: Actor = person(batch.acted_by) if batch.acted_by else COMMAND

    def work(self, rows: Sequence[BatchRow]) -> None:
        """Settle rows: at most 500, in a fixed number of queries."""
        waiting = [row for row in rows if row.state == BatchRowState.WAITING]
        subjects = Subject.objects.in_bulk([row.subject_id for row in waiting if row.subject_id])
        concerned = {key: Concerned(subject) for key, subject in subjects.items()}
        hold_back(list(concerned.values()))
        documents = filed_documents(subjects.values())
        asked: list[tuple[BatchRow, Subject, Document]] = []
        for row in waiting:
            one = concerned.get(row.subject_id or 0)
            if one is None:
                refuse(row, "库中已没有这个主体")
            elif one.why_not:
                refuse(row, one.why_not)
            elif not _exchange(documents[one.subject.pk], self.move):
                row.state, row.words = BatchRowState.UNCHANGED, "已经没有要换的 IP 段"
            else:
                asked.append((row, one.subject, documents[one.subject.pk]))
        self._make(asked)

    def _make(self, asked: list[tuple[BatchRow, Subject, Document]]) -> None:
        images = LoadedImages(facts_of([document for _row, _subject, document in asked]))
        contents = []
        for _row, subject, document in asked:
            clean, _gaps = read_content(Operation.CHANGE, document, images, complete=False)
            contents.append((subject.isp_id, clean))
        reason = f"更换 IP 段：{self.move.words}"
        try:
            requests = create_drafts(Operation.CHANGE, contents, actor=self.actor, reason=reason)
        except IntegrityError:
            # Somebody began a change of one of them meanwhile.
            self._make_one_by_one(asked, contents)
            return
        for (row, _subject, _document), request in zip(asked, requests, strict=True):
            row.request_id, row.state, row.words = request.pk, BatchRowState.DONE, "已建变更草稿"
        if requests:
            facts = {"what": "整批新建草稿", "first": requests[0].ref, "count": len(requests)}
            note(AuditAction.CHANGE, user=self.actor, about=self.batch, facts=facts)

    def _make_one_by_one(
        self,
        asked: list[tuple[BatchRow, Subject, Document]],
        contents: list[tuple[int, Document]],
    ) -> None:
        for (row, _subject, _document), (isp_id, content) in zip(asked, contents, strict=True):
            try:
                with transaction.atomic():
                    request = create_draft(Operation.CHANGE, content, actor=self.actor, isp_id=isp_id)
            except RecordInvalid as invalid:
                refuse(row, invalid.problems[0].message)
            else:
                row.request_id, row.state, row.words = request.pk, BatchRowState.DONE, "已建变更草稿"


def _exchange(document: Document, move: Move) -> bool:
    """Put the new ranges into what is filed of a subject, in place. Returns whether anything is new.

    A range that is as it was keeps the bureau's id; one that is new has none yet.
    """
    changed = False
    for website in document["websites"]:
        for access in website.get("accesses", []):
            if move.location is not None and move.location not in access.get("server_locations", []):
                continue
            filed = {
                (parse_ipv4(each["start"]), parse_ipv4(each["end"])): each
                for each in access.get("ip_ranges", [])
            }
            then = exchanged(list(filed), move.exchanges)
            if then != list(filed):
                changed = True
                access["ip_ranges"] = [
                    filed.get(each) or {"start": format_ipv4(each[0]), "end": format_ipv4(each[1])}
                    for each in then
                ]
    return changed
