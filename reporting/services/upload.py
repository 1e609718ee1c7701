"""Sending: one file of a link at a time, intent, call and outcome in three commits; doubt is settled by asking.

Spec: protocol "The sequence number", "Codes that steer the link".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from filing.models import Request, Revision
from filing.services import outcomes
from filing.services.codes import name_of, province_of
from reporting import envelope
from reporting.answers import Answer, FileInfo
from reporting.choices import UNSETTLED, Direction, EntryOutcome, FileState
from reporting.errors import EnvelopeBroken, InterfaceMismatch, NotSent, OutcomeUnknown
from reporting.models import DataFile, FileEntry, Link, proof_of
from reporting.services import calls, patience
from reporting.services.locks import link_lock
from reporting.services.pack import pack

SENDING = Direction.SENDING
ACCEPTED_CODE = 0
MISSING_FILES_CODE = 14
TOO_LARGE_CODE = 18
FOUND_LACKING = "found_lacking"
"""A row's outcome: the bureau lacks the file (or ones before it), which go now."""

KNOWN_CODES = (
    patience.PERSON_CODES
    | patience.PATIENCE_CODES
    | patience.FAULT_CODES
    | {ACCEPTED_CODE, MISSING_FILES_CODE}
)


@dataclass
class FileReport:
    """One row of `report`: a file that was sent or settled in this pass. `outcome` is a FileState, or why none was."""

    isp_id: int
    sequence: int | None
    code: int | None
    outcome: str
    refs: list[str] = field(default_factory=list)
    message: str = ""


def send_link(link: Link, *, max_files: int | None = None, asked: bool = False) -> list[FileReport]:
    """One pass over a link: settle what is uncertain, pack what is ready, upload in order, until nothing is left.

    `asked`: a person's command, which does not wait for the link's patience to run out (an open circuit is probed).
    Returns one row for each file touched, or one that says why nothing was done.
    """
    with link_lock(link, SENDING) as held:
        if not held:
            return [FileReport(link.isp_id, None, None, "busy", message="另一个进程正在上报此链路")]
        rows: list[FileReport] = []
        lacking: Counter[int] = Counter()
        while max_files is None or len(rows) < max_files:
            link.refresh_from_db()
            if not asked and not patience.may_call(link, SENDING):
                break
            file = link.files.filter(state__in=UNSETTLED).first() or pack(link)
            if file is None:
                break
            row = _one_step(link, file)
            rows.append(row)
            lacking[file.sequence] += row.outcome == FOUND_LACKING
            if lacking[file.sequence] >= patience.TRIES_BEFORE_A_PERSON:
                reason = f"管局一再称缺少文件，第 {file.sequence} 号发不出去，需人工核对"
                patience.call_a_person(link, SENDING, reason, row.code)
                break
            if row.outcome not in (FileState.ACCEPTED, FOUND_LACKING):
                break
        return rows


def _one_step(link: Link, file: DataFile) -> FileReport:
    if file.state == FileState.SENDING:
        # We hold the lock, so nobody is sending: whoever wrote this was killed between the commit and the outcome.
        _doubt(file, "上次发送时程序中断，不知管局是否收到")
    if file.state == FileState.UNCERTAIN:
        return _settle(link, file)
    if file.state == FileState.CONFLICT:
        return _row(file, file.state, message=link.circuit_reason)
    return _send(link, file)


def _row(file: DataFile, outcome: str, *, code: int | None = None, message: str = "") -> FileReport:
    refs = list(file.entries.order_by("position").values_list("request__ref", flat=True))
    return FileReport(file.link.isp_id, file.sequence, code, outcome, refs, message)


def _entries(file: DataFile) -> list[FileEntry]:
    return list(file.entries.select_related("request").order_by("position"))


def _requests(file: DataFile, entries: Sequence[FileEntry]) -> tuple[list[Request], list[dict[str, object]]]:
    return [entry.request for entry in entries], [proof_of(file, entry.position) for entry in entries]


def _send(link: Link, file: DataFile) -> FileReport:
    with transaction.atomic():
        entries = _entries(file)
        file.state, file.attempts, file.sent_at = FileState.SENDING, file.attempts + 1, timezone.now()
        file.save(update_fields=["state", "attempts", "sent_at"])
        requests, proofs = _requests(file, entries)
        outcomes.mark_uploading(requests, proofs=proofs)
    try:
        answer = calls.upload(link, file)
    except NotSent as error:
        _same_bytes_again(file, str(error))
        if isinstance(error, InterfaceMismatch):
            patience.call_a_person(link, SENDING, str(error))
        else:
            patience.wait_a_while(link, SENDING, str(error))
        return _row(file, file.state, message=str(error))
    except OutcomeUnknown as error:
        _doubt(file, str(error))
        patience.wait_a_while(link, SENDING, str(error))
        return _row(file, file.state, message=str(error))
    return _heed_answer(link, file, answer)


def _heed_answer(link: Link, file: DataFile, answer: Answer) -> FileReport:
    code, message = answer.code, answer.message
    file.code, file.message = code, message
    file.save(update_fields=["code", "message"])
    if code == ACCEPTED_CODE:
        accept(link, file, reason=f"管局受理第 {file.sequence} 号文件", proof={"code": code})
        patience.all_is_well(link, SENDING)
    elif code == MISSING_FILES_CODE:
        _same_bytes_again(
            file, f"管局缺少编号 {'、'.join(map(str, answer.missing)) or '（未说明）'}（代码 14）"
        )
        return _send_missing(link, file, answer)
    elif code in patience.FREE_NUMBER_CODES:
        words = patience.heed(link, SENDING, code, message)
        _free_number(file, words, code)
    elif code in KNOWN_CODES:
        _same_bytes_again(file, patience.heed(link, SENDING, code, message))
    else:
        # A code that the interface does not know says nothing of what the bureau did with the file.
        words = f"{message or '管局未说明'}（规范外代码 {code}）"
        _doubt(file, words)
        patience.wait_a_while(link, SENDING, words)
    return _row(file, file.state, code=code, message=message)


def _send_missing(link: Link, file: DataFile, answer: Answer) -> FileReport:
    """Send the stored bytes of the numbers that the bureau lacks, lowest first; the file itself goes in the next step."""
    wanted = [number for number in sorted(set(answer.missing)) if number != file.sequence]
    stored = {
        each.sequence: each for each in link.files.filter(sequence__in=wanted, state=FileState.ACCEPTED)
    }
    if not wanted or set(wanted) - set(stored):
        lost = sorted(set(wanted) - set(stored))
        reason = f"管局称缺少编号 {'、'.join(map(str, lost)) or '（未说明）'}，本系统没有这些文件，需人工核对（代码 14）"
        patience.call_a_person(link, SENDING, reason, MISSING_FILES_CODE)
        return _row(file, file.state, code=answer.code, message=reason)
    for number in wanted:
        try:
            again = calls.upload(link, stored[number])
        except (NotSent, OutcomeUnknown) as error:
            patience.wait_a_while(link, SENDING, str(error))
            return _row(file, file.state, code=answer.code, message=str(error))
        if again.code != ACCEPTED_CODE:
            patience.heed(link, SENDING, again.code, again.message)
            return _row(file, file.state, code=again.code, message=again.message)
    return _row(file, FOUND_LACKING, code=answer.code, message=answer.message)


def _settle(link: Link, file: DataFile) -> FileReport:
    """Ask for the last accepted upload and find out what became of the file in doubt."""
    try:
        answer = calls.previous_upload(link, file)
    except (NotSent, OutcomeUnknown) as error:
        patience.wait_a_while(link, SENDING, str(error))
        return _row(file, file.state, message=str(error))
    if answer.code not in (0, 1, 2, 3):
        patience.heed(link, SENDING, answer.code, answer.message)
        return _row(file, file.state, code=answer.code, message=answer.message)
    sequence = (answer.file.sequence if answer.file else None) or 0
    if sequence < file.sequence:
        _same_bytes_again(file, f"查询上次上报：管局最近收到第 {sequence} 号，没有第 {file.sequence} 号")
        patience.all_is_well(link, SENDING)
        return _row(file, FOUND_LACKING, code=answer.code)
    if sequence == file.sequence and answer.file and _is_same(link, file, answer.file):
        reason = f"查询上次上报：管局已有第 {file.sequence} 号文件，内容一致"
        accept(link, file, reason=reason, proof={"query": True, "code": answer.code})
        patience.all_is_well(link, SENDING)
        return _row(file, file.state, code=answer.code)
    reason = (
        f"编号冲突：管局最近收到第 {sequence} 号"
        + ("，内容与我方不同" if sequence == file.sequence else f"，我方第 {file.sequence} 号尚未落定")
        + "。请人工核对两边的文件"
    )
    DataFile.objects.filter(pk=file.pk).update(state=FileState.CONFLICT, message=reason)
    file.state = FileState.CONFLICT
    patience.call_a_person(link, SENDING, reason)
    return _row(file, file.state, code=answer.code, message=reason)


def _is_same(link: Link, file: DataFile, info: FileInfo) -> bool:
    """Whether the bureau's file is ours: by hash of the zip; where zipped anew, by name and the XML byte for byte."""
    content = info.content
    candidates = [content]
    if link.aes_key and link.aes_iv:
        # What comes back may be stored encrypted or not, whatever its algorithm number says.
        try:
            candidates.append(envelope.decrypt(content, link.aes_key, link.aes_iv))
        except EnvelopeBroken:
            candidates = [content]
    for data in candidates:
        if hashlib.sha256(data).hexdigest() == file.sha256:
            return True
        try:
            name, xml = envelope.unzip_one(data)
        except EnvelopeBroken:
            continue
        if name == file.name and hashlib.sha256(xml).hexdigest() == file.xml_sha256:
            return True
    return False


@transaction.atomic
def accept(link: Link, file: DataFile, *, reason: str, proof: dict[str, object]) -> None:
    """The bureau has the file: its number is spent, its requests wait for the bureau of their subject's province."""
    now = timezone.now()
    file.state, file.settled_at, file.proof = FileState.ACCEPTED, now, proof
    file.save(update_fields=["state", "settled_at", "proof"])
    Link.objects.filter(pk=link.pk).update(next_sequence=file.sequence + 1)
    entries = _entries(file)
    elsewhere = _forwarded(link, entries)
    for forwarded in (False, True):
        group = [entry for entry in entries if (entry.pk in elsewhere) == forwarded]
        requests, proofs = _requests(file, group)
        words = (
            f"{reason}；主体不属于{name_of('region', link.province)}，转主体所在省管局审核"
            if forwarded
            else reason
        )
        outcomes.mark_accepted(
            requests, forwarded=forwarded, at=now, reason=words, proofs=[each | proof for each in proofs]
        )


def _forwarded(link: Link, entries: Sequence[FileEntry]) -> set[int]:
    """Keys of the entries whose subject is of another province than the link: inferred, the interface has no signal."""
    rows = Revision.objects.filter(request__in=[entry.request_id for entry in entries]).values_list(
        "request_id", "number", "content__subject__address__province"
    )
    provinces = {(request_id, number): province for request_id, number, province in rows}
    here = province_of(link.province)
    found = set()
    for entry in entries:
        province = provinces.get((entry.request_id, entry.revision_number))
        if province is not None and province_of(province) != here:
            found.add(entry.pk)
    return found


@transaction.atomic
def _doubt(file: DataFile, reason: str) -> None:
    file.state, file.message = FileState.UNCERTAIN, reason
    file.save(update_fields=["state", "message"])
    requests, proofs = _requests(file, _entries(file))
    outcomes.mark_uncertain(requests, reason=reason, proofs=proofs)


@transaction.atomic
def _same_bytes_again(file: DataFile, reason: str) -> None:
    file.state, file.message = FileState.PACKED, reason
    file.save(update_fields=["state", "message"])
    requests, proofs = _requests(file, _entries(file))
    outcomes.mark_to_be_sent_again(requests, reason=reason, proofs=proofs)


@transaction.atomic
def _free_number(file: DataFile, reason: str, code: int) -> None:
    file.state, file.settled_at = FileState.REFUSED, timezone.now()
    file.save(update_fields=["state", "settled_at"])
    entries = _entries(file)
    FileEntry.objects.filter(file=file).update(outcome=EntryOutcome.UNPACKED, outcome_at=timezone.now())
    requests, proofs = _requests(file, entries)
    columns = {"batch_limit": max(len(entries) // 2, 1)} if code == TOO_LARGE_CODE else {}
    outcomes.mark_unpacked(requests, reason=reason, codes=[code], proofs=proofs, **columns)
