"""The requests of a sheet: each taken in whole as a draft, or refused with the cells that must change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from filing.actors import COMMAND, Actor, person
from filing.bulk import insert_rows
from filing.choices import BatchAim, BatchKind, BatchRowState, Operation, RequestState
from filing.documents import paths
from filing.documents.operations import read_content
from filing.documents.shape import BadImage, Problem
from filing.importing.records import Picture, Record, Trouble, mark_of, records_of
from filing.importing.workbook import Unusable, Upload, pictures_of, read_head, read_lines
from filing.models import Attachment, Batch, BatchImage, BatchRow, Request
from filing.rules.materials import MOST_CHARACTERS
from filing.services.attachments import REFERENCE, StoredImages
from filing.services.batch_acts import submitted
from filing.services.batches import begin, refuse
from filing.services.drafts import create_draft, save_draft
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.findings import Findings, look_through
from filing.services.fitting import limit_for, store_fitted
from filing.services.review import vouch
from filing.services.revisions import current_revision
from filing.states import MoveRefused
from filing.visibility import may_work_on

Document = dict[str, Any]
WRONG, GAP, HEED = "wrong", "gap", "heed"
AT_ONCE_BYTES = 128 * 1024
TO_MEND = "没有收下：改好标红的格子再导入"


@transaction.atomic
def begin_sheet(upload: Upload, *, user: User | None, aim: BatchAim, isp_id: int | None = None) -> Batch:
    """Write down a sheet as a batch, with its pictures; its requests are made later.

    The lines of a small one are read here, so that what is wrong with all of it is told at once; those of a large one by
    the worker.
    Raises: Unusable where it cannot be read as a whole; then nothing was written.
    """
    is_small = len(upload.workbook) <= AT_ONCE_BYTES
    records = _records(upload.workbook) if is_small else []
    read_head(upload.workbook)
    batch = begin(
        BatchKind.SHEET,
        upload.name,
        user=user,
        aim=aim,
        isp_id=isp_id,
        source=upload.workbook,
        source_name=upload.name[:255],
        source_sha256=hashlib.sha256(upload.workbook).hexdigest(),
    )
    _write_rows(batch, records)
    for name, content in pictures_of(upload):
        BatchImage.objects.create(batch=batch, name=name[:255].lower(), content=content)
    return batch


def _records(workbook: bytes) -> list[Record]:
    """What a sheet asks for. Raises: Unusable, also where there is nothing."""
    records = records_of(read_lines(workbook))
    if not records:
        raise Unusable("只有示例行，没有要导入的内容：从示例下面一行起填，单号不要以“示例”开头")
    return records


def _write_rows(batch: Batch, records: list[Record]) -> None:
    rows = [
        {
            "batch_id": batch.pk,
            "number": number,
            "key": record.ref,
            "name": record.name,
            "first_line": record.lines[0],
            "last_line": record.lines[-1],
        }
        for number, record in enumerate(records, 1)
    ]
    insert_rows(BatchRow, rows)


class _Wrong(Exception):
    """What would be written is not as it must be: it is rolled back. Field: `findings`."""

    def __init__(self, findings: Findings) -> None:
        super().__init__()
        self.findings = findings


class SheetMaking:
    """Makes the requests of a sheet."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.user: User | None = batch.acted_by
        self.actor: Actor = person(batch.acted_by) if batch.acted_by else COMMAND
        if not BatchRow.objects.filter(batch=batch).exists():
            _write_rows(batch, self.records)

    @cached_property
    def records(self) -> list[Record]:
        """What the sheet says; read anew by each worker that takes the batch up. Raises: NotAllowed."""
        source = Batch.objects.values_list("source", flat=True).get(pk=self.batch.pk)
        if source is None:
            raise NotAllowed("原表已清理，请重新上传")
        try:
            return _records(bytes(source))
        except Unusable as error:
            raise NotAllowed(str(error)) from error

    def work(self, rows: Sequence[BatchRow]) -> None:
        """Settle rows, each by itself."""
        for row in rows:
            if row.state == BatchRowState.WAITING:
                self._one(row, self.records[row.number - 1])

    def _one(self, row: BatchRow, record: Record) -> None:
        pictures = self._pictures(record)
        if record.troubles:
            refuse(row, TO_MEND, _all_at_once(record))
            return
        mark = mark_of(record, {name: hashlib.sha256(data).hexdigest() for name, data in pictures.items()})
        try:
            with transaction.atomic():
                known = Request.objects.select_for_update().filter(ref=record.ref).first()
                if known is not None and self._is_the_same(known, mark):
                    self._again(row, record, known)
                    return
                self._take(row, record, known, mark, pictures)
        except _Wrong as wrong:
            refuse(row, TO_MEND, _all_told(record, wrong.findings))
        except RecordInvalid as invalid:
            problems = [_placed(record, each, WRONG) for each in invalid.problems]
            refuse(row, f"没有收下：{invalid.problems[0].message}", problems)
        except (NotAllowed, MoveRefused) as refused:
            words = refused.why if isinstance(refused, MoveRefused) else str(refused)
            refuse(row, f"没有收下：{words}", [_placed(record, Problem("ref", "单号", words), WRONG)])
        except IntegrityError:
            words = "此单号刚被另一处使用，请再试一次"
            refuse(row, f"没有收下：{words}", [_placed(record, Problem("ref", "单号", words), WRONG)])

    # --- the pictures ---

    def _pictures(self, record: Record) -> dict[str, bytes]:
        """The pictures that a record names, by their names. What is missing is told as trouble of its cell."""
        names = {each.name.lower() for each in record.pictures}
        rows = BatchImage.objects.filter(batch=self.batch, name__in=names) if names else ()
        found = {row.name: bytes(row.content) for row in rows}
        for each in record.pictures:
            if each.name.lower() not in found:
                words = f"ZIP 里没有图片“{each.name[:60]}”：核对文件名，连同图片一起上传"
                record.troubles.append(Trouble(*each.place, words))
        return found

    def _fit(self, record: Record, pictures: dict[str, bytes]) -> list[tuple[Picture, Attachment]]:
        """Store the pictures, made to fit as the form does it. Raises: _Wrong."""
        found, wrong = [], Findings()
        for each in record.pictures:
            limit = limit_for(each.purpose) if each.purpose else MOST_CHARACTERS
            try:
                data = pictures[each.name.lower()]
                row = store_fitted(data, limit, user=self.user, jpeg_only=not each.purpose)
            except BadImage as error:
                wrong.wrong.append(Problem(each.path, each.name, str(error)))
            else:
                found.append((each, row))
        if wrong.wrong:
            raise _Wrong(wrong)
        return found

    # --- the request ---

    def _is_the_same(self, known: Request, mark: str) -> bool:
        latest = known.revisions.exclude(source_digest="").order_by("-number").first()
        return latest is not None and latest.source_digest == mark

    def _again(self, row: BatchRow, record: Record, known: Request) -> None:
        """The same as before: nothing is written. A draft that nobody went on with still says what it lacks, and goes on
        where that is asked now."""
        self._must_be_ours(known)
        row.request_id, row.state = known.pk, BatchRowState.UNCHANGED
        row.words = f"没有变化，{known.ref} 已在系统里（{known.get_state_display()}）"
        row.edits = _edits_left(known)
        if known.state != RequestState.DRAFT:
            return
        revision = current_revision(known)
        findings = look_through(known.operation, revision.content, known)
        if revision.edits == row.edits:
            row.problems = _all_told(record, findings)
        self._go_on(row, known, findings)

    def _must_be_ours(self, known: Request) -> None:
        if self.user is not None and not may_work_on(self.user, known):
            raise NotAllowed("此单号已被别的报备单使用，换一个")

    def _take(
        self,
        row: BatchRow,
        record: Record,
        known: Request | None,
        mark: str,
        pictures: dict[str, bytes],
    ) -> None:
        raw = record.content
        for picture, stored in self._fit(record, pictures):
            _set_picture(raw, picture, stored)
        content, _problems = read_content(Operation.NEW_FILING, raw, StoredImages(), complete=False)
        if known is None:
            request = create_draft(
                Operation.NEW_FILING,
                content,
                actor=self.actor,
                ref=record.ref,
                isp_id=self.batch.isp_id,
                remarks=record.remarks,
                source_digest=mark,
            )
        else:
            request = self._over(known, content, record, mark)
        revision = current_revision(request)
        findings = look_through(request.operation, revision.content, request)
        if findings.wrong:
            raise _Wrong(findings)
        row.request, row.state, row.edits = request, BatchRowState.DONE, revision.edits
        row.words = "已建草稿" if known is None else "已按新的内容改了草稿"
        row.problems = _all_told(record, findings)
        self._go_on(row, request, findings)

    def _over(self, known: Request, content: Document, record: Record, mark: str) -> Request:
        """Write a draft of an earlier try anew. Raises: NotAllowed where a person went on with it, or it is none."""
        self._must_be_ours(known)
        if known.operation != Operation.NEW_FILING or known.state != RequestState.DRAFT:
            raise NotAllowed(
                f"此单号的报备单已是“{known.get_state_display()}”，不能从表格改：在页面里改，或换一个单号"
            )
        if current_revision(known).edits != _edits_left(known):
            raise NotAllowed("导入之后有人在页面里改过这张草稿：在页面里接着改，或换一个单号")
        save_draft(known, content, actor=self.actor, remarks=record.remarks, source_digest=mark)
        return known

    def _go_on(self, row: BatchRow, request: Request, findings: Findings) -> None:
        """As far as was asked: to the reviewers, or ready. What is not complete stays a draft and says what it lacks."""
        if findings.gaps:
            row.words += f"，还差 {len(findings.gaps)} 处（标黄的格子），补齐才能提交"
            return
        if self.batch.aim == BatchAim.REVIEW:
            words, _problems = submitted(request, self.user)
            row.words += f"；{words}"
        elif self.batch.aim == BatchAim.READY:
            vouch(request)
            row.words += "；已待上报"
        else:
            row.words += "，已填全"


def _edits_left(known: Request) -> int:
    """The save counter that the last import left; -1 where none ever did."""
    rows = BatchRow.objects.filter(request=known, batch__kind=BatchKind.SHEET).order_by("-pk")
    found = rows.values_list("edits", flat=True).first()
    return -1 if found is None else found


def _set_picture(content: Document, picture: Picture, stored: Attachment) -> None:
    reference = REFERENCE + stored.sha256
    if picture.purpose:
        index = int(re.findall(r"\d+", picture.path)[0])
        content["attachments"][index] |= {"content": reference, "format": stored.format}
        return
    website, approval = (int(each) for each in re.findall(r"\d+", picture.path)[:2])
    content["websites"][website]["pre_approvals"][approval].setdefault("scans", []).append(reference)


def _told(problem: Problem, kind: str, line: int, heading: str) -> Document:
    return {
        "path": problem.path,
        "label": problem.label,
        "message": problem.message,
        "kind": kind,
        "line": line,
        "heading": heading,
    }


def _placed(record: Record, problem: Problem, kind: str) -> Document:
    """A problem with the cell that it is about, in the words of the form."""
    line, heading = record.place_of(problem.path)
    said = paths.words(Operation.NEW_FILING, problem.path) if problem.path and not heading else problem.label
    return _told(Problem(problem.path, said or problem.label, problem.message), kind, line, heading)


def _all_told(record: Record, findings: Findings) -> list[Document]:
    kinds = ((findings.wrong, WRONG), (findings.gaps, GAP), (findings.heed, HEED))
    return [_placed(record, each, kind) for some, kind in kinds for each in some]


def _all_at_once(record: Record) -> list[Document]:
    """What is wrong with cells, and with what could be read of the others: nobody has to try twice to learn it."""
    found = [
        _told(Problem("", each.heading, each.words), WRONG, each.line, each.heading)
        for each in record.troubles
    ]
    told = {(each["line"], each["heading"]) for each in found}
    rest = {name: value for name, value in record.content.items() if name != "attachments"}
    content, _problems = read_content(Operation.NEW_FILING, rest, StoredImages(), complete=False)
    others = _all_told(record, look_through(Operation.NEW_FILING, content))
    return found + [
        each for each in others if each["heading"] and (each["line"], each["heading"]) not in told
    ]
